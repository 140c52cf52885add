/**
 * Networks on presets verified bit by bit: a few here; all of them by `npm run bench -- verify table`, whose rows stand in
 * bench/verify/table.csv and, in short, in docs/functional.md.
 */
import { describe, expect, it } from "vitest";
import { splitStale } from "../../bench/lib/fresh.js";
import {
  caseProgram,
  sizedName,
  tableNetworks,
  type VerifyCase,
  verifyCase,
  verifyCases,
} from "../../bench/verify/cases.js";
import { KEYS, keysOf, pageTable, summaryTable, TABLE_FILE } from "../../bench/verify/table.js";
import { type CsvRow, readCsv } from "../../sims/common/campaign.js";
import { listChips } from "../../src/hardware/index.js";

const few: VerifyCase[] = [
  { network: "resnet8", chip: "pack-dimc", batch: 3, strategy: "greedy", mode: "coarse", engine: "wheel" },
  { network: "ds_cnn", chip: "isaac", batch: 1, strategy: "greedy", mode: "coarse", engine: "heap" },
  { network: "deep_autoencoder", chip: "compass-m", batch: 3, strategy: "layerwise", mode: "coarse", engine: "wheel" },
  { network: "mobilenet_v1_025", chip: "compass-s", batch: 1, strategy: "layerwise", mode: "fine", engine: "heap" },
];
for (const one of few)
  it(`${one.network} on ${one.chip}, batch ${one.batch}, ${one.strategy}`, async () => {
    const { word, details, program } = await verifyCase(one);
    expect(details).toEqual([]);
    expect(word).toBe("equal");
    expect(caseProgram(one)).toBe(program);
    const row = readCsv(TABLE_FILE).find((known) => keysOf(one).every((key, at) => known[KEYS[at]!] === key));
    // A table of programs that are not made any more would say nothing: `npm run bench -- verify fresh table` drops such rows.
    if (row) expect(row["program"]).toBe(program);
  });

it("rows whose program is not the one of now are stale, those of other tables' cases are left alone", () => {
  const rows = [
    { name: "same", program: "aa" },
    { name: "changed", program: "bb" },
    { name: "refused", program: "" },
    { name: "refused now", program: "cc" },
    { name: "unknown", program: "dd" },
    { name: "of before the column" },
  ] as CsvRow[];
  const now: Record<string, string> = {
    same: "aa",
    changed: "b0",
    refused: "",
    "refused now": "",
    "of before the column": "",
  };
  const { kept, stale } = splitStale(rows, {
    ...{ keys: ["name"], cases: Object.keys(now) },
    keyOf: (name) => [name],
    programOf: (name) => now[name]!,
  });
  expect(kept.map(({ name }) => name)).toEqual(["same", "refused", "unknown"]);
  expect(stale.map(({ name }) => name)).toEqual(["changed", "refused now", "of before the column"]);
});

describe("the committed table", () => {
  const rows = readCsv(TABLE_FILE);

  it("has no case that differs, and of a pair all cases of the baselines and of the searching mappers, or none", () => {
    expect(rows.filter((row) => row["outcome"] === "DIFFERS")).toEqual([]);
    const pairs = new Map<string, string[]>();
    const searches = (mapper: string) => mapper.startsWith("compass");
    for (const { network, chip, mapper, batch } of rows) {
      const pair = `${network} ${chip} ${searches(mapper!) ? "searching" : "baselines"}`;
      pairs.set(pair, [...(pairs.get(pair) ?? []), `${mapper} ${batch}`]);
    }
    const all = verifyCases(tableNetworks());
    for (const [pair, cases] of pairs) {
      const [network, chip, kind] = pair.split(" ");
      const wanted = all.filter(
        (one) =>
          sizedName(one.network) === network && one.chip === chip && searches(one.strategy) === (kind === "searching"),
      );
      expect(cases.sort(), pair).toEqual(wanted.map(({ strategy, batch }) => `${strategy} ${batch}`).sort());
    }
  });

  it("names networks and presets that exist", () => {
    const networks = tableNetworks().map(sizedName);
    const unknown = rows.filter(({ network, chip }) => !networks.includes(network!) || !listChips().includes(chip!));
    expect(unknown).toEqual([]);
    expect(new Set(rows.map(({ network }) => network)).size).toBeGreaterThanOrEqual(7);
  });

  it("is the one the page shows", () => expect(pageTable()).toBe(summaryTable(rows)));
});
