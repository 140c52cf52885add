/**
 * Every built-in network on every preset runs with a clean check, or is refused by the rule docs/pairs.md lists.
 * Inputs are small and a fixed share of the pairs runs, another one with WORDLINE_TURN=1, 2, …; WORDLINE_MATRIX=full runs all of them at full size (an hour) and writes the table,
 * WORDLINE_MATRIX=all runs all of them with small inputs.
 */
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/base/index.js";
import { listChips, readChip } from "../../src/hardware/index.js";
import { mapNetwork, runNetwork, weightsOf } from "../../src/run/index.js";
import { listNetworks, readNetwork } from "../../src/workload/index.js";
import { type Pair, readPairs, writePairs } from "./pairs.js";

const MODE = process.env["WORDLINE_MATRIX"] ?? "";
/** Rows up to which all laws are checked; beyond, those on counters. */
const CHECK_ROWS = MODE === "full" ? 1_000_000 : 120_000;
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

const pairs = readPairs();
const running = pairs.filter(({ rule }) => rule === undefined);
const refused = pairs.filter(({ rule }) => rule !== undefined);
const turn = Number(process.env["WORDLINE_TURN"] ?? 0);
const rest = running.filter(({ network, chip }) => !LITTLE.includes(network) && !MANY_TILES.includes(chip));
const little = running.filter(({ network }) => LITTLE.includes(network));
const sample = [
  ...little.filter((_, index) => index % 3 === turn % 3),
  ...rest.filter((_, index) => index % 10 === turn % 10),
];

const nameOf = ({ network, chip }: Pair) => `${network} on ${chip}`;

test("the document lists every pair once", () => {
  const all = listNetworks().flatMap((network) => listChips().map((chip) => nameOf({ network, chip })));
  expect(pairs.map(nameOf).sort()).toStrictEqual(all.sort());
});

test("all three weight cases occur, as the document says", () => {
  expect(new Set(running.map(({ weights }) => weights))).toStrictEqual(
    new Set(["resident", "replaced", "layerLargerThanChip"]),
  );
  for (const { network: name, chip: chipName, weights, stages } of little) {
    if (chipName === "isaac") continue;
    const network = readNetwork(name);
    const chip = readChip(chipName);
    expect(weightsOf(network, chip, mapNetwork(network, chip)), `${name} on ${chipName}`).toMatchObject({
      case: weights,
      stages,
    });
  }
});

test.each(refused.map((pair) => [nameOf(pair), pair] as const))("%s is refused", (_, { network, chip, rule }) => {
  let codes: string[] = [];
  try {
    mapNetwork(readNetwork(network), readChip(chip));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    codes = error.problems.map(({ code }) => code);
  }
  expect(codes).toStrictEqual([rule]);
});

describe.skipIf(MODE === "full")("small inputs", () => {
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

describe.runIf(MODE === "full")("full inputs", () => {
  const done = new Map(pairs.map((pair) => [nameOf(pair), pair]));
  test.each(running.map((pair) => [nameOf(pair), pair] as const))(
    "%s",
    async (name, { network, chip }) => {
      const { result } = await runNetwork(readNetwork(network), readChip(chip), {
        experiments: false,
        checkRows: CHECK_ROWS,
      });
      expect(result.check.violations).toStrictEqual([]);
      const { weights, cycles, check } = result;
      done.set(name, { network, chip, weights: weights.case, stages: weights.stages, cycles, check: check.mode });
      writePairs([...done.values()]);
    },
    HOUR,
  );
});
