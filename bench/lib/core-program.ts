/**
 * A program of any number of cores and trips for the benches: weights written once, then a pipeline of MVM, ACC.OUT, VEC and, every
 * eighth round, ST and LD over the shared bus and DRAM. Kept small by loops whatever its length.
 */
import { type Chip, structureDigest } from "../../src/hardware/index.js";
import { type Instruction, type Program, packCode, type Unit } from "../../src/isa/index.js";

/** Dynamic instructions of one round of one core: MVM, ACC.OUT, VEC, and an eighth of LD and ST. */
export const INSTRUCTIONS_PER_ROUND = 3.25;

/** The program. */
export function coreProgram(chip: Chip, cores: number, rounds: number): Program {
  const streams: Program["streams"] = [];
  const groups: Program["groups"] = [];
  const at = (space: "lm" | "gm" | "acc" | "wb", base: number) => ({ space, base }) as const;
  const { rows, columns, cellBits } = chip.core.arrays;
  const weightBits = chip.defaultPrecision.weightBits;
  const columnsPerWeight = Math.ceil(weightBits / cellBits);
  const outputs = Math.min(32, Math.floor(columns / columnsPerWeight));
  const outer = Math.max(1, Math.floor(rounds / 8));
  for (let core = 0; core < cores; core++) {
    groups.push({
      name: `g${core}`,
      core,
      pieces: [
        {
          array: 0,
          row0: 0,
          rows,
          column0: 0,
          columns: outputs * columnsPerWeight,
          depth: 0,
          tile: 0,
          inputElement0: 0,
          output0: 0,
          outputs,
        },
      ],
      inputs: rows,
      outputs,
      inputBits: chip.defaultPrecision.activationBits,
      weightBits,
      inputSigned: false,
    });
    const loop = (unit: Unit, body: Instruction[], inner = 8, tail: Instruction[] = []): void => {
      streams.push({
        core,
        unit,
        code: packCode([
          { op: "LOOP", trips: outer },
          ...(inner > 1 ? [{ op: "LOOP", trips: inner } as Instruction, ...body, { op: "ENDL" } as Instruction] : body),
          ...tail,
          { op: "ENDL" },
        ]),
      });
    };
    const row = 256;
    streams.push({
      core,
      unit: "weightWrite",
      code: packCode([
        {
          op: "WWR",
          arrays: [0],
          row0: 0,
          rows,
          column0: 0,
          columns: outputs * columnsPerWeight,
          depth: 0,
          source: at("wb", 0),
          tile: 0,
          tileRow0: 0,
          posts: [{ core, semaphore: 0, count: 1 }],
        },
      ]),
    });
    loop(
      "load",
      [
        {
          op: "LD",
          rows: 1,
          rowBytes: row,
          destination: { address: at("lm", 0), stride: row },
          source: { address: at("gm", core * row), stride: row },
          waits: [{ semaphore: 5, count: 1 }],
          posts: [{ core, semaphore: 1, count: 8 }],
        },
      ],
      1,
    );
    streams.push({
      core,
      unit: "store",
      code: packCode([
        { op: "POST", posts: [{ core, semaphore: 5, count: 2 }] },
        { op: "LOOP", trips: outer },
        {
          op: "ST",
          rows: 1,
          rowBytes: 64,
          source: { address: at("lm", 4096), stride: 64 },
          destination: { address: at("gm", 1 << 20), stride: 64 },
          waits: [{ semaphore: 4, count: 8 }],
          posts: [{ core, semaphore: 5, count: 1 }],
        },
        { op: "ENDL" },
      ]),
    });
    streams.push({
      core,
      unit: "mvm",
      code: packCode([
        { op: "WAIT", waits: [{ semaphore: 0, count: 1 }] },
        { op: "LOOP", trips: outer * 8 },
        {
          op: "MVM",
          groups: [core],
          source: {
            address: at("lm", 0),
            segments: 1,
            segmentStride: 0,
            parts: 1,
            partBytes: rows,
            partStride: 0,
            headRows: 0,
            tailRows: 0,
            padValue: 0,
          },
          vectors: 1,
          vectorStride: 0,
          accumulator: at("acc", 0),
          accumulate: "set",
          mode: "normal",
          waits: [
            { semaphore: 1, count: 1 },
            { semaphore: 3, count: 1 },
          ],
          posts: [{ core, semaphore: 2, count: 1 }],
        },
        { op: "ENDL" },
      ]),
    });
    streams.push({
      core,
      unit: "vector",
      code: packCode([
        { op: "POST", posts: [{ core, semaphore: 3, count: 2 }] },
        { op: "LOOP", trips: outer * 8 },
        {
          op: "ACC.OUT",
          accumulator: at("acc", 0),
          elements: outputs,
          destination: at("lm", 2048),
          elementBits: 8,
          params: "p",
          waits: [{ semaphore: 2, count: 1 }],
          posts: [{ core, semaphore: 3, count: 1 }],
        },
        {
          op: "VEC",
          kind: "relu",
          rows: 1,
          rowElements: outputs,
          elementBits: 8,
          a: { address: at("lm", 2048), stride: 0 },
          destination: { address: at("lm", 4096), stride: 0 },
          params: "p",
          posts: [{ core, semaphore: 4, count: 1 }],
        },
        { op: "ENDL" },
      ]),
    });
  }
  return {
    name: `bench ${cores} cores ${rounds} rounds`,
    chip: chip.name,
    structureDigest: structureDigest(chip),
    cores,
    batch: 1,
    tags: [{ stage: 0, layer: "bench" }],
    tiles: [
      {
        name: "w",
        layer: 0,
        row0: 0,
        rows,
        column0: 0,
        columns: outputs,
        group0: 0,
        groups: 1,
        weightBits,
        columnsPerWeight,
        address: 0,
        rowBytes: outputs,
      },
    ],
    groups,
    streams,
    tensors: [],
    resident: true,
  };
}
