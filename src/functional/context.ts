/**
 * What an instruction does to state: reads at its start, an `Effect` that is applied at its completion.
 * Every access goes through here, so that whoever checks data flow sees exactly the bytes that are used.
 */
import { UserError } from "../base/index.js";
import type { Address, Instruction, Program, Space } from "../isa/index.js";
import type { Network } from "../workload/network.js";
import type { NetworkParameters } from "../workload/reference/index.js";
import type { Memory } from "./memory.js";
import type { ConversionCounts } from "./multiply.js";
import { type ChipState, type FunctionalOptions, spaceNumber } from "./state.js";
import { effectiveAddress, inRing, type StreamWalk } from "./walk.js";

/** A rectangle of cells of one array. */
export interface CellRegion {
  core: number;
  array: number;
  bank: number;
  depth: number;
  row0: number;
  rows: number;
  column0: number;
  columns: number;
}

/** Who watches accesses; all are reported when the instruction starts. Accumulators are counted in entries. */
export interface AccessObserver {
  read(space: number, address: number, count: number): void;
  write(space: number, address: number, count: number): void;
  /** A read and a write whose order against other adds does not matter. */
  add(space: number, address: number, count: number): void;
  readCells(region: CellRegion): void;
  writeCells(region: CellRegion): void;
  swapCells(core: number, array: number): void;
}

/** What an instruction will do when it completes. */
export class Effect {
  private readonly memories: Memory[] = [];
  private readonly runs: number[] = [];
  private readonly data: Uint8Array[] = [];
  private readonly actions: (() => void)[] = [];

  /** Bytes to be written. */
  store(memory: Memory, address: number, data: Uint8Array, at: number, count: number): void {
    this.memories.push(memory);
    this.data.push(data);
    this.runs.push(address, at, count);
  }

  /** Anything else to be done. */
  also(action: () => void): void {
    this.actions.push(action);
  }

  apply(): void {
    for (let i = 0; i < this.memories.length; i++)
      this.memories[i]!.write(this.runs[i * 3]!, this.data[i]!, this.runs[i * 3 + 1]!, this.runs[i * 3 + 2]!);
    for (const action of this.actions) action();
  }
}

/** What converters and cells did to one layer's partial sums, against the exact ones of the same inputs. */
export interface LayerNoise extends ConversionCounts {
  /** Σ exact². */
  signal: number;
  /** Σ (exact − seen)². */
  noise: number;
}

/** Counts of what arithmetic could not hold. */
export interface ArithmeticCounts extends ConversionCounts {
  /** Accumulator entries that wrapped. */
  overflows: number;
  macs: number;
  /** By layer id, where converters or cells are not ideal. */
  layers: Map<number, LayerNoise>;
}

/** A block of rows in one space, its address already stepped. */
export interface Rows {
  space: Space;
  core: number;
  base: number;
  ring: { base: number; bytes: number } | undefined;
  rows: number;
  rowBytes: number;
  stride: number;
}

/** One instruction being started. */
export class Context {
  effect = new Effect();
  core = 0;
  walk!: StreamWalk;

  constructor(
    readonly program: Program,
    readonly state: ChipState,
    readonly network: Network,
    readonly parameters: NetworkParameters,
    readonly options: FunctionalOptions,
    readonly counts: ArithmeticCounts,
    readonly observer: AccessObserver | undefined,
  ) {}

  /** Turns to the instruction the walk stands on. */
  enter(core: number, walk: StreamWalk): Instruction {
    this.core = core;
    this.walk = walk;
    this.effect = new Effect();
    return walk.instruction;
  }

  /** The rows an operand names now. */
  rows(address: Address, rows: number, rowBytes: number, stride: number, core = this.core): Rows {
    return {
      space: address.space,
      core,
      base: effectiveAddress(address, this.walk),
      ring: address.ring,
      rows,
      rowBytes,
      stride,
    };
  }

  /** Reads rows, one after another. */
  read(from: Rows): Uint8Array {
    const out = new Uint8Array(from.rows * from.rowBytes);
    const memory = this.state.memory(from.space, from.core);
    const space = spaceNumber(from.space, from.core);
    eachRun(from, (address, at, count) => {
      this.observer?.read(space, address, count);
      memory.read(address, out, at, count);
    });
    return out;
  }

  /** Writes rows at completion. */
  write(to: Rows, data: Uint8Array): void {
    const memory = this.state.memory(to.space, to.core);
    const space = spaceNumber(to.space, to.core);
    eachRun(to, (address, at, count) => {
      this.observer?.write(space, address, count);
      this.effect.store(memory, address, data, at, count);
    });
  }

  /** The accumulator entries an address names, as (first entry, how many) runs. */
  eachEntries(
    address: Address,
    offset: number,
    entries: number,
    visit: (entry: number, at: number, count: number) => void,
  ): void {
    const base = effectiveAddress(address, this.walk) + offset;
    eachRun(
      { space: "acc", core: this.core, base, ring: address.ring, rows: 1, rowBytes: entries, stride: entries },
      (entry, at, count) => {
        const held = this.state.cores[this.core]!.accumulators.length;
        if (entry < 0 || entry + count > held)
          throw new UserError({
            code: "accumulator-outside",
            message: "an access leaves the accumulators",
            seen: `${count} entries at ${entry}`,
            accepted: `0 to ${held - 1}`,
          });
        visit(entry, at, count);
      },
    );
  }
}

/** Visits the contiguous runs of a block: (address, offset in the data, bytes). */
export function eachRun(block: Rows, visit: (address: number, at: number, count: number) => void): void {
  const { base, ring, stride } = block;
  let { rows, rowBytes } = block;
  if (stride === rowBytes) {
    rowBytes *= rows;
    rows = 1;
  }
  if (rowBytes === 0) return;
  for (let row = 0; row < rows; row++) {
    let address = inRing(base + row * stride, ring);
    let at = row * rowBytes;
    let left = rowBytes;
    while (left > 0) {
      const count = ring === undefined ? left : Math.min(left, ring.base + ring.bytes - address);
      visit(address, at, count);
      at += count;
      left -= count;
      address = inRing(address + count, ring);
    }
  }
}
