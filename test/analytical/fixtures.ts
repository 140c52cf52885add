/** A thin chip whose every number is easy to reckon with, and small programs for it. */
import type { Chip, Clock, Dram, Mesh, Sram } from "../../src/hardware/index.js";
import type { ArrayGroup, Code, Instruction, Piece, Program, Unit } from "../../src/isa/index.js";
import { OPCODES } from "../../src/isa/index.js";

export const ratio = (num: number, den = 1) => ({ num, den });
export const onChip: Clock = { hz: 1e9, ticksPerCycle: ratio(1) };

export const sram = (changes: Partial<Sram> = {}): Sram => ({
  bytes: 1 << 20,
  readPorts: 1,
  writePorts: 1,
  sharedPorts: 0,
  ticksPerByte: ratio(1, 4),
  banks: 1,
  interleaveBytes: 64,
  packetBytes: 16,
  arbitration: "oldest",
  ...changes,
});

export const dram = (changes: Partial<Dram> = {}): Dram => ({
  model: "bandwidth",
  policy: "dramsim3",
  readAheadPackets: 8,
  bytes: 1 << 30,
  channels: 1,
  interleaveBytes: 64,
  clock: onChip,
  cyclesPerByte: ratio(1, 2),
  latencyCycles: 20,
  packetBytes: 16,
  arbitration: "oldest",
  storeAck: "accepted",
  ...changes,
});

export const mesh = (changes: Partial<Mesh> = {}): Mesh => ({
  kind: "mesh",
  columns: 3,
  rows: 2,
  ticksPerByte: ratio(1, 8),
  clock: onChip,
  hopCycles: 1,
  packetBytes: 16,
  arbitration: "oldest",
  memoryNode: 0,
  ...changes,
});

/**
 * Packets of 16 bytes everywhere; a packet takes 4 ticks in local and global memory, 8 in DRAM, 2 on the bus, 1 in the weight buffer, 8 in the
 * vector unit (2 more the first).
 */
export function thinChip(changes: (chip: Chip) => void = () => {}): Chip {
  const chip: Chip = {
    name: "thin",
    description: "",
    clockHz: 1e9,
    cores: 4,
    core: {
      localMemory: sram(),
      weightBuffer: { bytes: 4096, ticksPerByte: ratio(1, 16) },
      arrays: {
        count: 4,
        rows: 64,
        columns: 32,
        depth: 1,
        cellBits: 2,
        railsPerCell: 1,
        modes: ["normal", "double", "dualBroadcast", "split"],
        inputsFrom: "localMemory",
        weightsFrom: "weightBuffer",
        outputsTo: "localMemory",
        inputRegisters: 2,
        arraysPerInput: 1,
        timing: {
          kind: "composed",
          phaseCycles: 3,
          rowsActive: 32,
          inputBitsPerPhase: 1,
          converter: {
            kind: "adc",
            bits: 8,
            arraysPerGroup: 1,
            convertersPerGroup: 8,
            conversionCycles: 2,
            pipelined: true,
            grain: "mvm",
            arbitration: "oldest",
          },
        },
        accumulateCycles: 5,
        write: {
          portsPerCore: 1,
          rowsPerPulse: 2,
          pulseCycles: 10,
          verify: { kind: "none" },
          doubleBanked: false,
          swapCycles: 3,
          broadcast: true,
        },
      },
      vectorUnit: { ticksPerByte: ratio(1, 2), startCycles: 2, packetBytes: 16 },
      mvmIssueCycles: 1,
      accumulatorBits: 24,
      accumulatorEntries: 1024,
      semaphores: 64,
      channelCredits: 2,
      outstanding: { weightLoad: 1, load: 1, store: 1, mvm: 1, send: 1, receive: 1 },
    },
    globalBuffer: sram(),
    network: { kind: "bus", ticksPerByte: ratio(1, 8), clock: onChip, packetBytes: 16, arbitration: "oldest" },
    dram: dram(),
    defaultPrecision: { weightBits: 4, activationBits: 4 },
    weightBits: [4],
    inputBits: [4],
    energy: {
      arrayMvmPj: 1,
      cellPhasePj: 0.5,
      conversionPj: 2,
      cellWritePj: 3,
      verifyRowPj: 4,
      localMemoryReadPjPerByte: 1,
      localMemoryWritePjPerByte: 1,
      weightBufferPjPerByte: 1,
      globalBufferReadPjPerByte: 1,
      globalBufferWritePjPerByte: 1,
      dramReadPjPerByte: 1,
      dramWritePjPerByte: 1,
      networkPjPerByte: 1,
      vectorPjPerByte: 1,
      staticPowerMw: 1,
    },
  };
  changes(chip);
  return chip;
}

export const piece = (changes: Partial<Piece> = {}): Piece => ({
  array: 0,
  row0: 0,
  rows: 64,
  column0: 0,
  columns: 32,
  depth: 0,
  tile: 0,
  inputElement0: 0,
  output0: 0,
  outputs: 16,
  ...changes,
});

export const group = (pieces: Piece[], changes: Partial<ArrayGroup> = {}): ArrayGroup => ({
  name: "g",
  core: 0,
  pieces,
  inputs: 64,
  outputs: 16,
  inputBits: 4,
  weightBits: 4,
  inputSigned: false,
  ...changes,
});

export const at = (space: "lm" | "wb" | "acc" | "gb" | "gm", base = 0) => ({ space, base });
export const block = (space: "lm" | "gb" | "gm", stride: number, base = 0) => ({ address: at(space, base), stride });

export function mvm(changes: Partial<Extract<Instruction, { op: "MVM" }>> = {}): Extract<Instruction, { op: "MVM" }> {
  return {
    op: "MVM",
    groups: [0],
    source: {
      address: at("lm"),
      segments: 1,
      segmentStride: 0,
      parts: 1,
      partBytes: 32,
      partStride: 0,
      headRows: 0,
      tailRows: 0,
      padValue: 0,
    },
    vectors: 1,
    vectorStride: 32,
    accumulator: at("acc"),
    accumulate: "set",
    mode: "normal",
    ...changes,
  };
}

export function wwr(changes: Partial<Extract<Instruction, { op: "WWR" }>> = {}): Extract<Instruction, { op: "WWR" }> {
  return {
    op: "WWR",
    arrays: [0],
    row0: 0,
    rows: 5,
    column0: 0,
    columns: 32,
    depth: 0,
    source: at("wb"),
    tile: 0,
    tileRow0: 0,
    ...changes,
  };
}

/** Code kept as plain objects. */
export const plainCode = (instructions: Instruction[]): Code => ({
  length: instructions.length,
  at: (index) => instructions[index]!,
  opcodeAt: (index) => OPCODES.indexOf(instructions[index]!.op),
});

/** A program of some streams. */
export function program(
  streams: { core: number; unit: Unit; code: Instruction[] }[],
  groups: ArrayGroup[] = [group([piece()])],
): Program {
  return {
    name: "p",
    chip: "thin",
    structureDigest: "",
    cores: 4,
    batch: 1,
    tags: [],
    tiles: [],
    groups,
    streams: streams.map(({ core, unit, code }) => ({ core, unit, code: plainCode(code) })),
    tensors: [],
    resident: true,
  };
}
