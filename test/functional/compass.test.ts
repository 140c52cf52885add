/**
 * What the COMPASS strategies make, verified bit by bit with races and laws: a few hard programs here; those of the study at reduced size
 * by `npm run bench -- verify compass`, whose rows stand in bench/verify/compass.csv and, in short, in docs/compass.md.
 */
import { describe, expect, it } from "vitest";
import { COMPASS_FILE, compassPage, compassTable, hardness } from "../../bench/verify/compass.js";
import { CHIPS, SCHEMES, VARIATIONS } from "../../bench/verify/compass-cases.js";
import { verifyProgram } from "../../bench/verify/outcome.js";
import { readCsv } from "../../sims/common/campaign.js";
import { type Overrides, readChip } from "../../src/hardware/index.js";
import type { MapOptions } from "../../src/mapper/index.js";
import { NetworkBuilder } from "../../src/workload/index.js";
import { littleCompass, type TowerSize, towers } from "./towers.js";

const banked: Overrides = { "core.arrays.write.doubleBanked": true, "core.arrays.write.swapTime": "4 ns" };
const narrow: Overrides = {
  "core.localMemory.size": "640 B",
  "core.arrays.write.portsPerCore": 3,
  "core.arrays.write.rowsPerPulse": 4,
};

describe("hard programs", () => {
  const rowBlock: MapOptions = { mvmPer: "rowBlock" };
  const unit: MapOptions = { mvmPer: "unit", prefetchWeights: false };
  const small: TowerSize = [9, 4, 64, 1];
  const cases: [string, TowerSize, string, number, MapOptions, Overrides][] = [
    ["free copies and cuts inside columns", [17, 5, 96, 0], "compass", 3, {}, {}],
    ["one sample after another on double-banked arrays", small, "compass-optimal", 3, { pipeline: "sample" }, banked],
    ["all arrays of a unit at once, double-banked", small, "compass", 2, unit, banked],
    ["strips, three write ports, four rows a pulse", [9, 8, 96, 1], "greedy", 2, rowBlock, narrow],
    ["layers alone, in rounds of one sample", small, "layerwise", 3, { ...rowBlock, samplesPerRound: 1 }, {}],
  ];
  const met = { cuts: 0, free: 0, stripped: 0 };
  for (const [name, size, mapper, batch, mapping, set] of cases)
    it(name, async () => {
      const chip = littleCompass(set);
      const request = { mapper, batch, mapping, checkRows: size === small ? 1_000_000 : 0 };
      const { word, races, details, made } = await verifyProgram(towers(size), chip, request);
      expect(details).toEqual([]);
      expect([word, races]).toEqual(["equal", 0]);
      const own = hardness(made!.mapping, made!.network, chip);
      expect(own.cuts).toBeGreaterThan(0);
      for (const kind of ["cuts", "free", "stripped"] as const) met[kind] += own[kind];
    });
  it("which are what they are here for", () => {
    for (const times of Object.values(met)) expect(times).toBeGreaterThan(0);
  });
  it("four buffers of sixteen row blocks under way are no race", async () => {
    const build = new NetworkBuilder("burst");
    const x = build.input("x", { height: 6, width: 3, channels: 464 });
    build.output(build.conv(x, { name: "tall", channels: 64, kernel: 3, padding: 1 }));
    const mapping = { mvmPer: "rowBlock", vectorsPerMvm: 1, accumulatorBuffers: 4 } as const;
    const chip = readChip("compass-m", { set: { cores: 2 } });
    const { word, details, made } = await verifyProgram(build.build(), chip, { mapper: "greedy", batch: 1, mapping });
    expect(made!.program.groups.length).toBeGreaterThanOrEqual(16);
    expect(details).toEqual([]);
    expect(word).toBe("equal");
  });
});

describe("the committed table", () => {
  const rows = readCsv(COMPASS_FILE);

  it("has no case that differs, and none with a race", () => {
    expect(rows.filter((row) => row["outcome"] === "DIFFERS" || row["races"] !== "0")).toEqual([]);
  });
  it("has every network, chip, scheme and variation, and programs of every kind", () => {
    const values = (column: string) => new Set(rows.map((row) => row[column]));
    expect(values("network").size).toBeGreaterThanOrEqual(3);
    for (const chip of CHIPS) expect(values("chip")).toContain(chip);
    for (const scheme of SCHEMES) expect(values("mapper")).toContain(scheme);
    for (const options of Object.keys(VARIATIONS)) expect(values("options")).toContain(options);
    for (const column of ["cuts", "freeLayers", "strippedLayers"])
      expect(rows.some((row) => Number(row[column]) > 0)).toBe(true);
  });
  it("is the one the page shows", () => expect(compassPage()).toBe(compassTable(rows)));
});
