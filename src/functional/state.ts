/**
 * The state of a chip while a program computes: every memory as bytes, accumulators, arrays, messages under way.
 * Spaces are numbered: 0 DRAM, 1 global buffer, then local memory, weight buffer and accumulators of each core.
 */
import { UserError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { Program, Space } from "../isa/index.js";
import { CellArray, type CellFaults } from "./cells.js";
import { FlatMemory, type Memory, PagedMemory } from "./memory.js";

/** Options of a functional run. */
export interface FunctionalOptions {
  /** Model of the converters of analogue arrays; default: ideal. */
  adc?: import("./multiply.js").AdcModel;
  faults?: CellFaults;
}

/** The number of a space of a core. */
export function spaceNumber(space: Space, core: number): number {
  if (space === "gm") return 0;
  if (space === "gb") return 1;
  return 2 + core * 3 + (space === "lm" ? 0 : space === "wb" ? 1 : 2);
}

/** A space's name for people. */
export function spaceName(number: number): string {
  if (number === 0) return "DRAM";
  if (number === 1) return "the global buffer";
  const core = Math.floor((number - 2) / 3);
  return `${["local memory", "weight buffer", "accumulators"][(number - 2) % 3]} of core ${core}`;
}

/** One core's state. */
export interface CoreState {
  accumulators: Float64Array;
  /** Sum of the inputs that went into each entry, kept by two-rail MVMs for RECOVER. */
  inputSums: Float64Array;
  arrays: (CellArray | undefined)[];
}

/** The whole chip's state. */
export class ChipState {
  readonly memories: (Memory | undefined)[] = [];
  readonly cores: CoreState[] = [];
  /** Messages that have arrived, by channel. */
  readonly messages = new Map<string, Uint8Array[]>();
  constructor(
    program: Program,
    readonly chip: Chip,
    private readonly options: FunctionalOptions,
  ) {
    const { core, dram, globalBuffer } = chip;
    this.memories[0] = dram && new PagedMemory("DRAM", dram.bytes);
    this.memories[1] = globalBuffer && new FlatMemory("the global buffer", globalBuffer.bytes);
    for (let index = 0; index < program.cores; index++) {
      this.memories[spaceNumber("lm", index)] = new FlatMemory(`local memory of core ${index}`, core.localMemory.bytes);
      this.memories[spaceNumber("wb", index)] =
        core.weightBuffer && new FlatMemory(`weight buffer of core ${index}`, core.weightBuffer.bytes);
      this.memories[spaceNumber("acc", index)] = undefined;
      this.cores.push({
        accumulators: new Float64Array(core.accumulatorEntries),
        inputSums: new Float64Array(core.accumulatorEntries),
        arrays: new Array(core.arrays.count).fill(undefined),
      });
    }
  }

  /** The memory of a space; a chip without it is the user's error. */
  memory(space: Space, core: number): Memory {
    const memory = this.memories[spaceNumber(space, core)];
    if (memory === undefined)
      throw new UserError({
        code: "no-such-memory",
        message: `the chip has no memory "${space}"`,
        seen: `core ${core}`,
      });
    return memory;
  }

  /** An array of a core, made when first used. */
  array(core: number, array: number): CellArray {
    const { arrays } = this.cores[core]!;
    let cells = arrays[array];
    if (cells === undefined) {
      if (array < 0 || array >= arrays.length)
        throw new UserError({
          code: "array-outside",
          message: "there is no such array",
          seen: `array ${array} of core ${core}`,
          accepted: `0 to ${arrays.length - 1}`,
        });
      cells = new CellArray(this.chip, core, array, this.options.faults);
      arrays[array] = cells;
    }
    return cells;
  }
}
