/**
 * Every built-in network on every preset runs with a clean check, or is refused by the rule docs/pairs.md lists.
 * Inputs are small and a fixed share of the pairs runs, another one with WORDLINE_TURN=1, 2, …; WORDLINE_MATRIX=all runs all of them.
 * Full inputs: `npm run bench -- pairs`, whose rows are held to the page here.
 */
import { describe, expect, test } from "vitest";
import { allPairs, PAIRS_FILE, type Pair, pairsPage, pairsTable } from "../../bench/pairs.js";
import { readCsv } from "../../sims/common/campaign.js";
import { UserError } from "../../src/base/index.js";
import { readChip } from "../../src/hardware/index.js";
import { programDigest } from "../../src/isa/index.js";
import { compileNetwork, mapNetwork, runNetwork, weightsOf } from "../../src/run/index.js";
import { readNetwork } from "../../src/workload/index.js";

const MODE = process.env["WORDLINE_MATRIX"] ?? "";
/** Rows up to which all laws are checked; beyond, those on counters. */
const CHECK_ROWS = 120_000;
const HOUR = 3_600_000;

/** Inputs that keep every layer and cost little. */
const SMALL_INPUT: Readonly<Record<string, string>> = {
  efficientnet_b0: "@32x32",
  mobilenet_v1_025: "@32x32",
  mobilenet_v2: "@32x32",
  resnet18: "@32x32",
  resnet50: "@32x32",
  resnet8: "@8x8",
  squeezenet1_1: "@35x35",
  vgg16: "@32x32",
};
const LITTLE = ["deep_autoencoder", "ds_cnn", "mobilenet_v1_025", "resnet8"];
/** Chips on which the large networks take minutes whatever their input: so many tiles do they have. */
const MANY_TILES = ["ddc-pim", "dimc-28nm", "isaac", "pack-dimc", "thread-2", "thread-2-banked"];

const rows = readCsv(PAIRS_FILE);
const rowOf = ({ network, chip }: Pair) => rows.find((row) => row["network"] === network && row["chip"] === chip);
const isRefused = (pair: Pair) => !["clean", undefined].includes(rowOf(pair)?.["outcome"]);
const running = allPairs().filter((pair) => !isRefused(pair));
const refused = allPairs().filter(isRefused);
const turn = Number(process.env["WORDLINE_TURN"] ?? 0);
const rest = running.filter(({ network, chip }) => !LITTLE.includes(network) && !MANY_TILES.includes(chip));
const little = running.filter(({ network }) => LITTLE.includes(network));
const sample = [
  ...little.filter((_, index) => index % 3 === turn % 3),
  ...rest.filter((_, index) => index % 10 === turn % 10),
];

const nameOf = ({ network, chip }: Pair) => `${network} on ${chip}`;

test("the page shows the rows, no check of which was broken", () => {
  expect(pairsPage()).toBe(pairsTable(rows));
  expect(rows.filter(({ outcome }) => outcome === "BROKEN")).toEqual([]);
  const all = allPairs().map(nameOf);
  expect(rows.map((row) => `${row["network"]} on ${row["chip"]}`).filter((name) => !all.includes(name))).toEqual([]);
});

test("all three weight cases occur, and the little networks' programs and cases are those of now", () => {
  const ran = rows.filter(({ outcome }) => outcome === "clean");
  expect(new Set(ran.map(({ weights }) => weights))).toStrictEqual(
    new Set(["resident", "replaced", "layerLargerThanChip"]),
  );
  for (const pair of little) {
    const row = rowOf(pair);
    if (pair.chip === "isaac" || row === undefined) continue;
    const network = readNetwork(pair.network);
    const chip = readChip(pair.chip);
    const { mapping, program } = compileNetwork(network, chip, {});
    const weights = weightsOf(network, chip, mapping);
    // Rows of programs that are not made any more would say nothing: `npm run bench -- pairs fresh` drops them.
    expect([nameOf(pair), programDigest(program)]).toEqual([nameOf(pair), row["program"]]);
    expect([weights.case, `${weights.stages}`], nameOf(pair)).toEqual([row["weights"], row["stages"]]);
  }
});

test.each(refused.map((pair) => [nameOf(pair), pair] as const))("%s is refused", (_, { network, chip }) => {
  let codes: string[] = [];
  try {
    mapNetwork(readNetwork(network), readChip(chip));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    codes = error.problems.map(({ code }) => code);
  }
  expect(codes).toStrictEqual([rowOf({ network, chip })!["outcome"]]);
});

describe("small inputs", () => {
  test.each((MODE === "all" ? running : sample).map((pair) => [nameOf(pair), pair] as const))(
    "%s",
    async (_, { network, chip }) => {
      const { result } = await runNetwork(readNetwork(`${network}${SMALL_INPUT[network] ?? ""}`), readChip(chip), {
        experiments: false,
        checkRows: CHECK_ROWS,
      });
      expect(result.check.violations).toStrictEqual([]);
      expect(result.cycles).toBeGreaterThan(0);
    },
    HOUR,
  );
});
