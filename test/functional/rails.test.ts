import { describe, expect, it } from "vitest";
import { FunctionalMachine, legalOrder, packElements, packedBytes, tileImage } from "../../src/functional/index.js";
import { readChip, structureDigest } from "../../src/hardware/index.js";
import { type InstructionOf, ProgramBuilder } from "../../src/isa/index.js";
import { NetworkBuilder } from "../../src/workload/index.js";
import { pairFilters, parametersOf } from "../../src/workload/reference/index.js";

const precision = { weightBits: 8, activationBits: 8 };

/** The golden pair of the specification, typed off: two filters of the first case are enough to fix rounding and signs. */
const u = [50, 12, 49, 15, -6, -86, 2, -14, 35, 10, -31, -1];
const v = [37, 59, -10, -4, 9, -5, -34, 29, -5, 17, 47, -11];

/** Runs one MVM of paired filters and RECOVER on the two-rail preset; returns the accumulators behind it. */
function recover(
  mode: InstructionOf<"MVM">["mode"],
  weights: Int8Array,
  channels: number,
  rows: number,
  x: Int32Array,
): number[] {
  const chip = readChip("ddc-pim");
  const build = new NetworkBuilder("pairs");
  const input = build.input(
    "x",
    { height: 1, width: 1, channels: rows },
    { bits: 8, signed: true, quantization: { scale: 1, zeroPoint: 0 } },
  );
  build.output(
    build.fc(input, { name: "fc", channels, weightBits: 8, weights: { layout: "KHWC", data: weights, scales: [1] } }),
  );
  const network = build.build();
  const parameters = parametersOf(network, { seed: 1, precision, pairedLayers: ["fc"] });
  const own = parameters.layers[0]!;
  if (own.kind !== "matrix") throw new Error("no matrix");
  const { stored } = own.pairs!;
  const halves = mode === "split" ? 2 : 1;
  const count = channels / 2 / halves;
  const { cellBits } = chip.core.arrays;
  const columnsPerWeight = Math.ceil(8 / cellBits);
  const columns = count * columnsPerWeight;
  const rowBytes = Math.ceil((columns * cellBits) / 8);
  const program = new ProgramBuilder({
    name: "rails",
    chip: chip.name,
    structureDigest: structureDigest(chip),
    cores: 1,
  });
  const tileRows = rows * halves;
  const tile = program.tile({
    name: "t",
    layer: 0,
    row0: 0,
    rows: tileRows,
    column0: 0,
    columns: count,
    group0: 0,
    groups: 1,
    weightBits: 8,
    columnsPerWeight,
    address: 4096,
    rowBytes,
  });
  // In a split array, pair 2j + h lies in half h.
  const image = tileImage(
    program.build().tiles[0]!,
    cellBits,
    (row, j) => stored[(j * halves + Math.floor(row / rows)) * rows + (row % rows)]!,
  );
  const source = { space: "lm" as const, base: 0 };
  const inputs = x.length;
  const group = program.group({
    name: "g",
    core: 0,
    pieces: [
      {
        array: 0,
        row0: 0,
        rows: tileRows,
        column0: 0,
        columns,
        depth: 0,
        tile,
        inputElement0: 0,
        output0: 0,
        outputs: channels,
      },
    ],
    inputs,
    outputs: channels,
    inputBits: 8,
    weightBits: 8,
    inputSigned: true,
  });
  const post = (semaphore: number) => ({ posts: [{ core: 0, semaphore, count: 1 }] });
  const wait = (...semaphores: number[]) => ({ waits: semaphores.map((semaphore) => ({ semaphore, count: 1 })) });
  const bytes = packedBytes(inputs, 8);
  program.stream(0, "weightLoad").push({
    op: "WLD",
    destination: { space: "wb", base: 0 },
    source: { space: "gm", base: 4096 },
    bytes: image.length,
    cores: [0],
    ...post(0),
  });
  program.stream(0, "weightWrite").push({
    op: "WWR",
    arrays: [0],
    row0: 0,
    rows: tileRows,
    column0: 0,
    columns,
    depth: 0,
    source: {
      space: chip.core.arrays.weightsFrom === "weightBuffer" ? "wb" : "gm",
      base: chip.core.arrays.weightsFrom === "weightBuffer" ? 0 : 4096,
    },
    tile,
    tileRow0: 0,
    ...wait(0),
    ...post(1),
  });
  program.stream(0, "load").push({
    op: "LD",
    rows: 1,
    rowBytes: bytes,
    destination: { address: source, stride: bytes },
    source: { address: { space: "gm", base: 0 }, stride: bytes },
    ...post(2),
  });
  program.stream(0, "mvm").push({
    op: "MVM",
    groups: [group],
    source: {
      address: source,
      segments: 1,
      segmentStride: 0,
      parts: 1,
      partBytes: bytes,
      partStride: bytes,
      headRows: 0,
      tailRows: 0,
      padValue: 0,
    },
    vectors: 1,
    vectorStride: 0,
    accumulator: { space: "acc", base: 0 },
    accumulate: "set",
    mode,
    ...wait(1, 2),
    ...post(3),
  });
  program
    .stream(0, "vector")
    .push({ op: "RECOVER", accumulator: { space: "acc", base: 0 }, elements: channels, params: "fc", ...wait(3) });
  const built = program.build();
  const data = new Uint8Array(bytes);
  packElements(x, 0, inputs, 8, data, 0);
  const machine = new FunctionalMachine({
    program: built,
    chip,
    network,
    parameters,
    image: [
      { address: 4096, bytes: image, what: "tile" },
      { address: 0, bytes: data, what: "x" },
    ],
    checkDataFlow: true,
  });
  for (const record of legalOrder(built, chip, 1)) machine.instruction(record);
  machine.finish();
  expect(machine.flowReport()!.problems.filter(({ kind }) => kind !== "unread")).toEqual([]);
  return machine.readAccumulators(0, 0, channels);
}

/** Σ x·w of one filter. */
function dot(x: ArrayLike<number>, weights: ArrayLike<number>, from: number, rows: number): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += x[i]! * weights[from + i]!;
  return sum;
}

describe("complementary pairs", () => {
  it("are made as the specification says", () => {
    const { means, stored, weights } = pairFilters(Int8Array.of(...u, ...v), 2, 12);
    // Σ = 35 + 129 = 164 over 24 weights, rounded half up: 7.
    expect([...means]).toEqual([7]);
    expect([...stored]).toEqual(u.map((value, i) => (value - v[i]!) >> 1));
    for (let i = 0; i < 12; i++) expect(weights[i]! + weights[12 + i]!).toBe(2 * 7 - 1);
  });

  it("double: both rails see one input", () => {
    const weights = Int8Array.of(...u, ...v, ...v, ...u);
    const x = Int32Array.from({ length: 12 }, (_, i) => ((i * 37) % 256) - 128);
    const { weights: recovered } = pairFilters(weights, 4, 12);
    const expected = [0, 1, 2, 3].map((channel) => dot(x, recovered, channel * 12, 12));
    expect(recover("double", weights, 4, 12, x)).toEqual(expected);
  });

  it("dual broadcast: the rails see two channels, side by side in the vector", () => {
    const weights = Int8Array.of(...u.slice(0, 9), ...v.slice(0, 9));
    const x = Int32Array.from({ length: 18 }, (_, i) => ((i * 53) % 256) - 128);
    const { weights: recovered } = pairFilters(weights, 2, 9);
    const rail = (q: number) => x.filter((_, i) => i % 2 === q);
    expect(recover("dualBroadcast", weights, 2, 9, x)).toEqual([
      dot(rail(0), recovered, 0, 9),
      dot(rail(1), recovered, 9, 9),
    ]);
  });

  it("split: two channel pairs in two halves of the rows", () => {
    const weights = Int8Array.of(...u.slice(0, 9), ...v.slice(0, 9), ...v.slice(3, 12), ...u.slice(2, 11));
    const x = Int32Array.from({ length: 36 }, (_, i) => ((i * 91) % 256) - 128);
    const { weights: recovered } = pairFilters(weights, 4, 9);
    const expected = [0, 1, 2, 3].map((channel) =>
      dot(
        x.filter((_, i) => i % 4 === channel),
        recovered,
        channel * 9,
        9,
      ),
    );
    expect(recover("split", weights, 4, 9, x)).toEqual(expected);
  });
});
