/** Hand programs that meet what random ones do not: double banks, a mesh, shared converters granted by phase, two DRAM channels. */
import { type Chip, structureDigest } from "../../src/hardware/index.js";
import type { Instruction, Program, Tile, Unit } from "../../src/isa/index.js";
import {
  at,
  block,
  dram,
  group,
  mesh,
  mvm,
  piece,
  program,
  ratio,
  sram,
  thinChip,
  wwr,
} from "../analytical/fixtures.js";

/** A program and the chip it is for. */
export interface Hand {
  name: string;
  program: Program;
  chip: Chip;
}

type Streams = [core: number, unit: Unit, code: Instruction[]][];

const tile = (name: string, rows = 64): Tile => ({
  name,
  layer: 0,
  row0: 0,
  rows,
  column0: 0,
  columns: 16,
  group0: 0,
  groups: 1,
  weightBits: 4,
  columnsPerWeight: 2,
  address: 0,
  rowBytes: 8,
});

function hand(name: string, chip: Chip, streams: Streams, groups = [group([piece()])]): Hand {
  const made = program(
    streams.map(([core, unit, code]) => ({ core, unit, code })),
    groups,
  );
  return {
    name,
    chip,
    program: {
      ...made,
      chip: chip.name,
      structureDigest: structureDigest(chip),
      tiles: [tile("first"), tile("second")],
      tags: [
        { stage: 0, layer: "a" },
        { stage: 1, layer: "b" },
      ],
    },
  };
}

const wait = (semaphore: number, count = 1) => ({ waits: [{ semaphore, count }] });
const post = (core: number, semaphore: number, count = 1) => ({ posts: [{ core, semaphore, count }] });
const whole = { rows: 64 };

/** A tile is computed with while the next one is written behind it. */
export const doubleBanked = hand(
  "double-banked",
  thinChip((chip) => {
    chip.core.arrays.write.doubleBanked = true;
  }),
  [
    [
      0,
      "weightWrite",
      [
        { ...wwr({ ...whole, tile: 0 }), tag: 0 },
        { op: "WSWAP", array: 0, ...post(0, 0), tag: 0 },
        { ...wwr({ ...whole, tile: 1 }), tag: 1 },
        { op: "WSWAP", array: 0, ...wait(1), ...post(0, 0), tag: 1 },
      ],
    ],
    [
      0,
      "mvm",
      [
        { ...mvm({ vectors: 6 }), ...wait(0), ...post(0, 1), tag: 0 },
        { ...mvm({ vectors: 3, groups: [1] }), ...wait(0), tag: 1 },
      ],
    ],
  ],
  [group([piece()]), group([piece({ tile: 1 })])],
);

/** Messages with one credit, global buffer and DRAM over XY ways, stores that are answered, a barrier. */
export const onMesh = hand(
  "mesh",
  thinChip((chip) => {
    chip.network = mesh({ clock: { hz: 4e8, ticksPerCycle: ratio(5, 2) }, ticksPerByte: ratio(5, 16), memoryNode: 1 });
    chip.dram = dram({ storeAck: "written", clock: { hz: 4e8, ticksPerCycle: ratio(7, 3) } });
    chip.core.channelCredits = 1;
    chip.core.outstanding.send = 2;
    chip.core.outstanding.load = 2;
  }),
  [
    [
      0,
      "send",
      [0, 1, 2].map(
        (n): Instruction => ({
          op: "SEND",
          cores: [2],
          channel: 0,
          rows: 1,
          rowBytes: 20 + n,
          source: block("lm", 20 + n),
        }),
      ),
    ],
    [
      2,
      "receive",
      [0, 1, 2].map(
        (n): Instruction => ({
          op: "RECV",
          core: 0,
          channel: 0,
          rows: 1,
          rowBytes: 20 + n,
          destination: block("lm", 20 + n),
        }),
      ),
    ],
    [
      3,
      "load",
      [
        { op: "LD", rows: 3, rowBytes: 24, destination: block("lm", 24), source: block("gb", 64) },
        { op: "LD", rows: 2, rowBytes: 40, destination: block("lm", 40), source: block("gm", 40), ...post(3, 0) },
      ],
    ],
    [
      3,
      "store",
      [
        { op: "ST", rows: 1, rowBytes: 50, destination: block("gm", 50), source: block("lm", 50), ...wait(0) },
        { op: "ST", rows: 2, rowBytes: 18, destination: block("gb", 32), source: block("lm", 18) },
        { op: "BAR", barrier: 0, count: 2 },
      ],
    ],
    [
      0,
      "vector",
      [
        { op: "BAR", barrier: 0, count: 2 },
        { op: "FILL", rows: 1, rowBytes: 33, destination: block("lm", 33), value: 0, elementBits: 8 },
      ],
    ],
  ],
);

/** Two MVMs under way on two pairs of arrays and one group of converters, and every kind of vector work on a banked memory. */
export const phased = hand(
  "shared converters by phase",
  thinChip((chip) => {
    const { timing } = chip.core.arrays;
    if (timing.kind === "composed" && timing.converter.kind === "adc")
      Object.assign(timing.converter, { arraysPerGroup: 4, grain: "phase", arbitration: "round-robin" });
    chip.core.outstanding.mvm = 2;
    chip.core.mvmIssueCycles = 4;
    chip.core.localMemory = sram({ readPorts: 0, writePorts: 1, sharedPorts: 2, banks: 4, interleaveBytes: 16 });
    chip.core.arrays.write.verify = { kind: "program", readCycles: 2, maxPasses: 3, passProbability: 0.5 };
  }),
  [
    [
      0,
      "weightWrite",
      [
        wwr({ ...whole, arrays: [0, 1], tile: 0 }),
        { op: "WVF", array: 1, row0: 0, rows: 3 },
        { ...wwr({ ...whole, arrays: [2, 3], tile: 1 }), ...post(0, 0) },
      ],
    ],
    [
      0,
      "mvm",
      [
        { ...mvm({ vectors: 3 }), ...wait(0) },
        mvm({ vectors: 2, groups: [1] }),
        { ...mvm({ vectors: 2, groups: [0] }), ...post(0, 1) },
      ],
    ],
    [
      0,
      "vector",
      [
        { op: "ACC.ADD", destination: at("lm"), a: at("lm", 64), b: at("lm", 128), elements: 21 },
        { op: "CPY", rows: 3, rowBytes: 20, destination: block("lm", 20), source: block("lm", 64, 256) },
        { op: "RECOVER", accumulator: at("acc"), elements: 9, params: "q" },
        {
          op: "VEC",
          kind: "add",
          rows: 2,
          rowElements: 30,
          elementBits: 8,
          destination: block("lm", 30),
          a: block("lm", 30, 512),
          b: block("lm", 30, 768),
          params: "q",
        },
        {
          op: "POOL",
          kind: "max",
          outputs: 3,
          channels: 12,
          elementBits: 8,
          kernelRows: 2,
          kernelColumns: 2,
          strideX: 2,
          padLeft: 0,
          width: 6,
          rowStride: 72,
          pixelStride: 12,
          source: at("lm", 1024),
          destination: block("lm", 36),
          params: "q",
        },
        {
          op: "ACC.OUT",
          accumulator: at("acc"),
          elements: 40,
          destination: at("gb"),
          elementBits: 8,
          params: "q",
          ...wait(1),
        },
      ],
    ],
  ],
  [
    group([piece(), piece({ array: 1, output0: 16 })], { outputs: 32 }),
    group([piece({ array: 2, tile: 1 }), piece({ array: 3, tile: 1 })]),
  ],
);

const trips = (steps: number[]) => ({ space: "gm" as const, base: 8, steps });

/** Strided loads in loops over two channels of a clock faster than the chip's, and writes straight from DRAM. */
export const twoChannels = hand(
  "two channels",
  thinChip((chip) => {
    chip.dram = dram({ channels: 2, interleaveBytes: 32, clock: { hz: 2.5e9, ticksPerCycle: ratio(2, 5) } });
    chip.core.outstanding.load = 3;
    chip.core.arrays.inputRegisters = 1;
  }),
  [
    [
      0,
      "load",
      [
        { op: "LOOP", trips: 3 },
        { op: "LOOP", trips: 2 },
        {
          op: "LD",
          rows: 3,
          rowBytes: 20,
          destination: block("lm", 20),
          source: { address: trips([100, 24]), stride: 40 },
          ...post(0, 1),
        },
        { op: "ENDL" },
        { op: "ENDL" },
      ],
    ],
    [0, "weightWrite", [{ ...wwr({ ...whole, source: at("gm", 96) }), ...post(0, 0) }]],
    [1, "weightLoad", [{ op: "WLD", destination: at("wb"), source: at("gm", 16), bytes: 70, cores: [1] }]],
    [
      0,
      "mvm",
      [{ op: "WAIT", ...wait(0) }, { op: "LOOP", trips: 2 }, { ...mvm({ vectors: 2 }), ...wait(1, 3) }, { op: "ENDL" }],
    ],
  ],
);

/** All of them. */
export const hands: readonly Hand[] = [doubleBanked, onMesh, phased, twoChannels];
