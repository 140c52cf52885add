/** Counts: the published and derived numbers of COMPASS, and the mapping's own counts against the instructions emitted. */
import { describe, expect, it } from "vitest";
import { type Chip, readChip } from "../../src/hardware/index.js";
import type { Instruction, Program } from "../../src/isa/index.js";
import { geometryOf } from "../../src/mapper/geometry.js";
import { decompose, emit, map, slotsOf } from "../../src/mapper/index.js";
import { strategyInput } from "../../src/mapper/map.js";
import { strategyOf } from "../../src/mapper/strategies/index.js";
import type { Mapping } from "../../src/mapping/index.js";
import { isMacLayer, loadBuiltin, type Network, withInputSize } from "../../src/workload/index.js";

const networks = ["vgg16", "resnet18", "squeezenet1_1"] as const;
const chips = ["compass-s", "compass-m", "compass-l"] as const;

/** Partitions under a strategy; `keepSlices`: never between units of one slice. */
function partitions(network: Network, chip: Chip, strategy: string, keepSlices: boolean): number {
  const units = decompose(network, chip);
  const input = strategyInput(network, chip, geometryOf(chip), units);
  const mayCutAfter = (index: number) => units[index]!.slice !== units[index + 1]?.slice;
  return strategyOf(strategy).cut(keepSlices ? { ...input, mayCutAfter } : input).length;
}

/** MVM vectors of one sample by the mapping's steps: of all slices, or of the first column slice of every layer. */
function stepVectors(mapping: Mapping, first: boolean): number {
  let sum = 0;
  for (const { layers, work } of mapping.partitions)
    for (const [at, layer] of layers.entries())
      for (const slice of layer.slices)
        if (layer.kind === "matrix" && (!first || slice.channel0 === 0))
          for (const part of slice.copies[0]!.parts) sum += part.steps.length * work[at]!.windows;
  return sum;
}

describe("COMPASS counts", () => {
  it("crossbars of a network, every weight once", () => {
    const chip = readChip("compass-m");
    expect(networks.map((name) => slotsOf(decompose(loadBuiltin(name), chip)))).toEqual([8456, 727, 110]);
  });
  it("units of the decomposition on S, M and L", () => {
    const counts = networks.map((name) => chips.map((chip) => decompose(loadBuiltin(name), readChip(chip)).length));
    expect(counts).toEqual([
      [969, 630, 630],
      [91, 84, 84],
      [31, 27, 27],
    ]);
  });
  it("issues of array groups a sample: a row block and window once, whatever columns share it", () => {
    const chip = readChip("compass-m");
    const mappings = networks.map((name) => map(loadBuiltin(name), chip, { mvmPer: "rowBlock" }));
    expect(mappings.map((mapping) => stepVectors(mapping, true))).toEqual([419178, 74678, 40190]);
    for (const mapping of mappings) {
      const issued = mapping.partitions.flatMap((p) => p.work.flatMap((w) => w.cores.map((c) => c.groupVectors)));
      // No window is computed twice, by strips or by replicas.
      expect(issued.reduce((sum, vectors) => sum + vectors, 0)).toBe(stepVectors(mapping, false));
    }
  });
  it("greedy and layerwise partitions, cuts allowed between partial units", () => {
    const counts = (strategy: string) =>
      networks.map((name) => chips.map((chip) => partitions(loadBuiltin(name), readChip(chip), strategy, false)));
    expect(counts("greedy")).toEqual([
      [61, 35, 15],
      [6, 4, 2],
      [1, 1, 1],
    ]);
    expect(counts("layerwise")).toEqual([
      [67, 44, 27],
      [21, 21, 21],
      [26, 26, 26],
    ]);
  });
  it("partitions where the units of one slice stay together", () => {
    const counts = (strategy: string) =>
      networks.map((name) => chips.map((chip) => partitions(loadBuiltin(name), readChip(chip), strategy, true)));
    expect(counts("greedy")).toEqual([
      [81, 41, 17],
      [6, 4, 2],
      [1, 1, 1],
    ]);
    expect(counts("layerwise")[1]).toEqual([21, 21, 21]);
  });
});

/** Sums a number over the instructions of one sample. */
function total(program: Program, of: (instruction: Instruction, core: number) => number): number {
  let sum = 0;
  for (const { core, code } of program.streams)
    for (let index = 0; index < code.length; index++) sum += of(code.at(index), core);
  return sum;
}

describe("work", () => {
  const cases = [
    ["resnet8", "compass-s", {}],
    ["resnet8", "dimc-28nm", {}],
    ["resnet8", "isaac", {}],
    ["squeezenet1_1", "compass-s", { size: 65 }],
    ["mobilenet_v2", "compass-m", { size: 64 }],
    ["resnet18", "compass-m", { size: 64 }],
    ["vgg16", "compass-l", { size: 32 }],
    ["vgg16", "compass-s", { size: 32, mvmPer: "rowBlock" }],
    ["resnet18", "compass-m", { size: 64, pipeline: "sample" }],
    ["efficientnet_b0", "compass-m", { size: 64 }],
    ["squeezenet1_1", "compass-s", { size: 65, asymmetric: true }],
    ["resnet8", "dimc-28nm", { asymmetric: true }],
  ] as const;
  it.each(cases)("%s on %s: counts equal the instructions", (name, chipName, options) => {
    const { size, asymmetric, ...mapOptions } = { size: undefined, asymmetric: false, ...options };
    const network = size === undefined ? loadBuiltin(name) : withInputSize(loadBuiltin(name), size, size);
    if (asymmetric) for (const layer of network.layers.filter(isMacLayer)) layer.asymmetric = true;
    const chip = readChip(chipName);
    const mapping = map(network, chip, mapOptions);
    const program = emit(mapping, network, chip);
    const cores = mapping.partitions.flatMap((partition) => partition.work.flatMap((work) => work.cores));
    const counted = (of: (core: (typeof cores)[number]) => number) => cores.reduce((sum, core) => sum + of(core), 0);
    const bits = chip.core.accumulatorBits;
    expect(counted((c) => c.groupVectors)).toBe(total(program, (i) => (i.op === "MVM" ? i.vectors : 0)));
    expect(counted((c) => c.mvms)).toBe(total(program, (i) => (i.op === "MVM" ? 1 : 0)));
    expect(counted((c) => c.inputMemoryBytes + c.sumInputBytes)).toBe(
      total(program, (i) => (i.op === "LD" ? i.rows * i.rowBytes : 0)),
    );
    expect(counted((c) => c.outputMemoryBytes + c.sumOutputBytes)).toBe(
      total(program, (i) => (i.op === "ST" ? i.rows * i.rowBytes : 0)),
    );
    expect(counted((c) => c.outputStreamBytes + c.partialSumBytes)).toBe(
      total(program, (i) => (i.op === "SEND" ? i.rows * i.rowBytes : 0)),
    );
    expect(counted((c) => c.weightRows)).toBe(total(program, (i) => (i.op === "WWR" ? i.rows : 0)));
    expect(counted((c) => c.weightBytes)).toBe(total(program, (i) => (i.op === "WLD" ? i.bytes * i.cores.length : 0)));
    expect(mapping.partitions.reduce((sum, p) => sum + p.weightBytes, 0)).toBe(
      total(program, (i) => (i.op === "WLD" ? i.bytes : 0)),
    );
    const vector = (i: Instruction): number => {
      if (i.op === "ACC.OUT") return Math.ceil((i.elements * (i.params === "raw" ? bits : i.elementBits)) / 8);
      if (i.op === "ACC.ADD" || i.op === "RECOVER") return Math.ceil((i.elements * bits) / 8);
      if (i.op === "VEC") return i.rows * Math.ceil((i.rowElements * i.elementBits) / 8);
      if (i.op === "POOL") return i.outputs * Math.ceil((i.channels * i.elementBits) / 8);
      return i.op === "CPY" ? i.rows * i.rowBytes : 0;
    };
    expect(counted((c) => c.vectorBytes)).toBe(total(program, vector));
    expect(counted((c) => c.vectorOps)).toBe(total(program, (i) => (vector(i) > 0 ? 1 : 0)));
  });
});
