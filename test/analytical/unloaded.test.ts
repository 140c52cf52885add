/** Every opcode alone on a thin chip, against cycles reckoned by hand (packets of 16 bytes; see `thinChip` for the ticks of one). */
import { describe, expect, it } from "vitest";
import { type IdealPart, type Passes, unloadedTicks } from "../../src/analytical/index.js";
import { sumTerms } from "../../src/base/index.js";
import type { Chip } from "../../src/hardware/index.js";
import type { ArrayGroup, Instruction } from "../../src/isa/index.js";
import { at, block, group, mesh, mvm, piece, ratio, thinChip, wwr } from "./fixtures.js";

interface Extra {
  chip?: (chip: Chip) => void;
  groups?: ArrayGroup[];
  core?: number;
  startTick?: number;
  ideal?: IdealPart[];
  passes?: Passes;
}

function form(instruction: Instruction, extra: Extra = {}) {
  const { startTick = 0, core = 0, passes = "best" } = extra;
  const result = unloadedTicks(instruction, {
    chip: thinChip(extra.chip),
    groups: extra.groups ?? [group([piece()])],
    core,
    startTick,
    passes,
    ideal: new Set(extra.ideal ?? []),
  });
  expect(sumTerms(result.terms)).toBe(result.ticks);
  expect(result.bestTicks).toBeLessThanOrEqual(result.ticks);
  expect(result.worstTicks).toBeGreaterThanOrEqual(result.ticks);
  return result;
}

const ticks = (instruction: Instruction, extra?: Extra) => form(instruction, extra).ticks;
const load = (space: "gm" | "gb", rows: number, rowBytes: number, stride = rowBytes): Instruction => ({
  op: "LD",
  rows,
  rowBytes,
  destination: block("lm", rowBytes),
  source: block(space, stride),
});
const store = (space: "gm" | "gb", rowBytes: number): Instruction => ({
  op: "ST",
  rows: 1,
  rowBytes,
  destination: block(space, rowBytes),
  source: block("lm", rowBytes),
});

describe("transfers", () => {
  it("LD: latency, then DRAM 8, bus 2, local write 4 a packet", () => {
    expect(ticks(load("gm", 4, 16))).toBe(20 + (8 + 2 + 4) + 3 * 8); // one run of 64 bytes, 4 packets
    expect(ticks(load("gm", 3, 8, 32))).toBe(20 + (4 + 1 + 2) + 2 * 4); // rows apart: 3 runs of one packet of 8
    // Two runs of 16 + 8 bytes: DRAM 8, 4, 8 without a break, the third packet's bus 2, then the writes of the last two.
    expect(ticks(load("gm", 2, 24, 32))).toBe(20 + (8 + 4 + 8) + 2 + (4 + 2));
    // 16, 16, 8 bytes: the local write ends last: 4 + 2 in front, 4 + 4 + 2.
    expect(ticks(load("gb", 1, 40))).toBe(16);
  });

  it("ST: with storeAck written the latency stands last", () => {
    expect(ticks(store("gm", 32))).toBe(4 + 2 + 8 + 8);
    expect(ticks(store("gm", 32), { chip: (chip) => (chip.dram!.storeAck = "written") })).toBe(4 + 2 + 8 + 8 + 20);
    expect(form(store("gb", 16))).toMatchObject({ ticks: 4 + 2 + 4, terms: { store: 10 } });
  });

  it("WLD: no stage behind the network", () => {
    const weights = (space: "gm" | "gb"): Instruction => ({
      op: "WLD",
      destination: at("wb"),
      source: at(space),
      bytes: 32,
      cores: [0, 2],
    });
    expect(form(weights("gm"))).toMatchObject({ ticks: 20 + 8 + 2 + 8, terms: { weightLoad: 38 } });
    expect(ticks(weights("gb"))).toBe(4 + 2 + 4);
    // On a mesh the flow goes on from core 0 (where the memory is) to core 2: two hops of 2 + 1.
    expect(ticks(weights("gb"), { chip: (chip) => (chip.network = mesh()) })).toBe(4 + 2 * (2 + 1) + 4);
  });

  it("SEND and RECV", () => {
    const send: Instruction = { op: "SEND", cores: [5], channel: 0, rows: 2, rowBytes: 16, source: block("lm", 16) };
    expect(form(send)).toMatchObject({ ticks: 4 + 2 + 4, terms: { network: 10 } });
    // From (0,0) to (2,1): three hops of link 2 and router 1.
    expect(ticks(send, { chip: (chip) => (chip.network = mesh()) })).toBe(4 + 3 * (2 + 1) + 4);
    expect(ticks({ op: "RECV", core: 0, channel: 0, rows: 2, rowBytes: 16, destination: block("lm", 16) })).toBe(8);
  });
});

describe("writes", () => {
  it("WWR: 5 rows of 8 bytes in pulse groups of 2, 2, 1 rows", () => {
    expect(form(wwr())).toMatchObject({ ticks: 1 + 3 * 10, terms: { weightLoad: 1, write: 30 } });
    expect(ticks(wwr({ source: at("gb") }))).toBe(4 + 2 + 30);
    expect(ticks(wwr({ source: at("gm") }))).toBe(20 + 8 + 2 + 30);
    expect(ticks(wwr({ arrays: [0, 1, 2] }))).toBe(31);
  });

  it("WWR: verification lengthens every pulse group", () => {
    const read = (chip: Chip) => (chip.core.arrays.write.verify = { kind: "read", readCycles: 4 });
    expect(ticks(wwr(), { chip: read })).toBe(1 + 3 * 14);
    const drawn = (chip: Chip) =>
      (chip.core.arrays.write.verify = { kind: "program", readCycles: 4, maxPasses: 3, passProbability: 0.5 });
    expect(form(wwr(), { chip: drawn })).toMatchObject({ ticks: 43, bestTicks: 43, worstTicks: 1 + 3 * 3 * 14 });
    expect(ticks(wwr(), { chip: drawn, passes: [1, 3, 2] })).toBe(1 + 6 * 14);
  });

  it("WWR ideal: one packet, its pulse one tick", () => {
    expect(ticks(wwr(), { ideal: ["write"] })).toBe(1);
    expect(ticks(wwr({ source: at("gb") }), { ideal: ["write"] })).toBe(10 + 5 + 1); // 40 bytes at once
  });

  it("WVF, WSWAP", () => {
    const verify: Instruction = { op: "WVF", array: 0, row0: 0, rows: 5 };
    expect(ticks(verify)).toBe(5);
    expect(ticks(verify, { chip: (chip) => (chip.core.arrays.write.verify = { kind: "read", readCycles: 4 }) })).toBe(
      20,
    );
    expect(ticks(verify, { ideal: ["write"] })).toBe(1);
    expect(form({ op: "WSWAP", array: 0 })).toMatchObject({ ticks: 3, terms: { write: 3 } });
  });
});

describe("vector unit", () => {
  it("CPY: read 4, vector 8 and 2 to start, write 4 a packet", () => {
    expect(ticks({ op: "CPY", rows: 1, rowBytes: 32, destination: block("lm", 32), source: block("lm", 32) })).toBe(
      4 + (2 + 8 + 8) + 4,
    );
    expect(ticks({ op: "FILL", rows: 1, rowBytes: 32, destination: block("lm", 32), value: 0, elementBits: 8 })).toBe(
      2 + 8 + 8 + 4,
    );
  });

  it("VEC: rows padded to bytes, one read an operand, a requantised source at accumulator width", () => {
    const base = {
      rows: 2,
      rowElements: 7,
      elementBits: 4,
      destination: block("lm", 4),
      a: block("lm", 4),
      params: "",
    };
    // 7 elements of 4 bits are 4 bytes; 8 bytes: read 2, vector 2 + 4, write 2.
    expect(ticks({ op: "VEC", kind: "relu", ...base })).toBe(2 + 6 + 2);
    expect(ticks({ op: "VEC", kind: "add", ...base, b: block("lm", 4) })).toBe(4 + 6 + 2);
    expect(ticks({ op: "VEC", kind: "requant", ...base })).toBe(12 + 6 + 2); // 8 · 24 / 4 = 48 bytes
  });

  it("ACC.ADD: reads both operands", () => {
    // 30 bytes: 16 + 14. Read 8, 7; vector 10, 7 from tick 8; write 4 behind tick 25.
    expect(form({ op: "ACC.ADD", destination: at("lm"), a: at("lm"), b: at("lm"), elements: 10 })).toMatchObject({
      ticks: 8 + 10 + 7 + 4,
      terms: { partialSums: 29 },
    });
  });

  it("ACC.OUT: to each memory, raw at accumulator width", () => {
    const out = (space: "lm" | "gb" | "gm", params: string): Instruction => ({
      op: "ACC.OUT",
      accumulator: at("acc"),
      elements: 10,
      destination: at(space),
      elementBits: 8,
      params,
    });
    expect(form(out("lm", "q"))).toMatchObject({ ticks: 7 + 3, terms: { vector: 10 } });
    expect(form(out("gb", "q"))).toMatchObject({ ticks: 7 + 2 + 3, terms: { vector: 7, store: 5 } });
    expect(ticks(out("gm", "q"))).toBe(7 + 2 + 5);
    expect(ticks(out("gm", "q"), { chip: (chip) => (chip.dram!.storeAck = "written") })).toBe(7 + 2 + 5 + 20);
    expect(form(out("lm", "raw"))).toMatchObject({ ticks: 10 + 7 + 4, terms: { partialSums: 21 } });
    expect(ticks({ op: "RECOVER", accumulator: at("acc"), elements: 10, params: "" })).toBe(10 + 7);
  });

  it("POOL: read and vector work on the whole window", () => {
    const pool: Instruction = {
      op: "POOL",
      kind: "max",
      outputs: 2,
      channels: 4,
      elementBits: 4,
      kernelRows: 3,
      kernelColumns: 2,
      strideX: 1,
      padLeft: 0,
      width: 4,
      rowStride: 8,
      pixelStride: 2,
      source: at("lm"),
      destination: block("lm", 2),
      params: "",
    };
    expect(ticks(pool)).toBe(6 + (2 + 12) + 1); // 4 bytes of result, 24 read
  });
});

describe("MVM", () => {
  // 64 elements of 4 bits: 32 bytes, 2 packets of 4. F = 4 · 64/32 = 8, a = 3, c = 32/8 · 2 = 8.
  it("pipelined: the conversions set the pace", () => {
    expect(form(mvm())).toMatchObject({
      ticks: 8 + 8 * 8 + 3 + 5,
      terms: { inputLoad: 8, mvm: 3, adc: 61 + 3, partialSums: 5 },
    });
    expect(ticks(mvm({ vectors: 3 }))).toBe(8 + 3 * 64 + 8);
    expect(ticks(mvm({ vectors: 3 }), { chip: (chip) => (chip.core.arrays.inputRegisters = 1) })).toBe(3 * 72 + 8);
  });

  it("pipelined with slow settling, and not pipelined", () => {
    const timing = (chip: Chip) =>
      chip.core.arrays.timing as Extract<typeof chip.core.arrays.timing, { kind: "composed" }>;
    expect(form(mvm(), { chip: (chip) => (timing(chip).phaseCycles = 10) })).toMatchObject({
      ticks: 8 + 80 + 8 + 5,
      terms: { mvm: 80, adc: 8 },
    });
    const notPipelined = (chip: Chip) => Object.assign(timing(chip).converter, { pipelined: false });
    expect(form(mvm(), { chip: notPipelined })).toMatchObject({ ticks: 8 + 8 * 11 + 5, terms: { mvm: 24, adc: 64 } });
    const tree = (chip: Chip) => (timing(chip).converter = { kind: "adderTree", latencyCycles: 2 });
    expect(form(mvm(), { chip: tree })).toMatchObject({ ticks: 8 + 24 + 2 + 5, terms: { mvm: 24, partialSums: 7 } });
    expect(ticks(mvm(), { ideal: ["mvm", "adc"] })).toBe(8 + 8 + 1 + 5);
  });

  it("given: steps of rows and columns", () => {
    const given = (chip: Chip) =>
      (chip.core.arrays.timing = { kind: "given", rowsPerStep: 16, columnsPerStep: 8, cyclesPerStep: 2 });
    expect(ticks(mvm(), { chip: given })).toBe(8 + 4 * 2 * 2 + 5);
    expect(ticks(mvm(), { chip: given, ideal: ["mvm"] })).toBe(8 + 1 + 5);
  });

  it("modes, row ranges, sources", () => {
    expect(ticks(mvm({ mode: "double" }))).toBe(8 + 8 * 16 + 3 + 5);
    expect(ticks(mvm({ mode: "dualBroadcast" }))).toBe(16 + 8 * 16 + 3 + 5);
    expect(ticks(mvm({ rowRange: { row0: 32, rows: 32 } }))).toBe(8 + 4 * 8 + 3 + 5);
    const from = (space: "gb" | "gm") => mvm({ source: { ...mvm().source, address: at(space) } });
    expect(ticks(from("gb"))).toBe(4 + 2 + 4 + 64 + 8);
    expect(ticks(from("gm"))).toBe(20 + 8 + 2 + 8 + 64 + 8);
  });

  it("loads the distinct elements of each input bus", () => {
    const pieces = [piece({ rows: 48 }), piece({ array: 1, inputElement0: 32, rows: 32 })];
    // Apart: 24 + 16 bytes = 16, 16, 8: 4 + 4 + 2 ticks. F = 4 · 2. Together: elements 0..63, 32 bytes.
    expect(ticks(mvm(), { groups: [group(pieces)] })).toBe(10 + 64 + 8);
    expect(ticks(mvm(), { groups: [group(pieces)], chip: (chip) => (chip.core.arrays.arraysPerInput = 2) })).toBe(
      8 + 64 + 8,
    );
  });

  it("phase by phase on shared converters", () => {
    const shared = (registers: 1 | 2, pipelined = true) => ({
      chip: (chip: Chip) => {
        const { timing } = chip.core.arrays;
        if (timing.kind === "composed")
          Object.assign(timing.converter, { arraysPerGroup: 2, grain: "phase", pipelined });
        chip.core.arrays.inputRegisters = registers;
      },
    });
    expect(form(mvm(), shared(2))).toMatchObject({
      ticks: 80,
      terms: { inputLoad: 8, mvm: 3, adc: 64, partialSums: 5 },
    });
    // One register: the last phase of a vector has settled at 62, three before the conversion before it ends; the next vector is loaded by
    // 70 and settled by 73, while the conversions go on without a break from 11 to 11 + 3 · 64.
    expect(ticks(mvm({ vectors: 3 }), shared(1))).toBe(11 + 192 + 5);
    expect(ticks(mvm(), shared(1, false))).toBe(8 + 8 * 11 + 5);
  });
});

describe("clock domains", () => {
  const slowBus = (chip: Chip) => (chip.network.clock = { hz: 8e8, ticksPerCycle: ratio(5, 4) });
  const slowDram = (chip: Chip) => (chip.dram!.clock = { hz: 4e8, ticksPerCycle: ratio(5, 2) });

  it("a bus of period 5/4: edges at 0, 2, 3, 4, 5, 7, 8, 9, 10", () => {
    // 16 bytes are 2 ticks' worth: 2 cycles. Read until 4 = edge 3, bus until edge 5 = 7, write until 11.
    expect(form(load("gb", 1, 16), { chip: slowBus })).toMatchObject({ ticks: 11, bestTicks: 10, worstTicks: 11 });
    // Read until 7 = edge 5, bus until edge 7 = 9.
    expect(ticks(load("gb", 1, 16), { chip: slowBus, startTick: 3 })).toBe(10);
  });

  it("DRAM of period 5/2: latency and data from edges", () => {
    // Started at 1: edge 1 = 3; latency until edge 21 = 53, data until edge 29 = 73, bus 2, write 4.
    expect(form(load("gm", 1, 16), { chip: slowDram, startTick: 1 })).toMatchObject({
      ticks: 78,
      terms: { wait: 2, inputLoad: 76 },
    });
    expect(ticks(load("gm", 1, 16), { chip: slowDram, startTick: 1, ideal: ["dram"] })).toBe(1 + 2 + 4);
  });
});

describe("synchronisation", () => {
  it("takes one tick; what is passed over takes none", () => {
    expect(form({ op: "WAIT" })).toMatchObject({ ticks: 1, terms: { wait: 1 } });
    expect(ticks({ op: "POST" })).toBe(1);
    expect(ticks({ op: "BAR", barrier: 0, count: 2 })).toBe(1);
    expect(ticks({ op: "MARK", kind: "layer", a: 0, b: 0 })).toBe(0);
    expect(ticks({ op: "LOOP", trips: 9 })).toBe(0);
  });
});
