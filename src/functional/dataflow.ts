/**
 * Legality of data flow: reads of what nobody wrote, results nobody reads, and races, that is, conflicting accesses that
 * happens-before does not order, whatever this run's times were.
 */
import type { Chip } from "../hardware/index.js";
import type { Instruction, Program } from "../isa/index.js";
import { CellShadow } from "./cell-shadow.js";
import { Claims } from "./claims.js";
import type { AccessObserver, CellRegion } from "./context.js";
import { Identity, UNKNOWN_INSTRUCTION } from "./identity.js";
import { channelsOf } from "./image.js";
import { Order } from "./order.js";
import type { OrderedPairs } from "./pairs.js";
import { Chains, Shadow, type ShadowListener } from "./shadow.js";
import { spaceName } from "./state.js";

/** One thing wrong with a program's data flow. */
export interface FlowProblem {
  kind: "race" | "unwritten" | "unread";
  /** The instruction, and of a race the earlier one it conflicts with. */
  instruction: string;
  other?: string;
  layer?: string;
  /** Where: a memory's or array's name and the address (accumulators: entry, arrays: row). */
  space?: string;
  address?: number;
  message: string;
  /** How many times the same pair of places was found. */
  times: number;
}

/** What a data flow check found. */
export interface FlowReport {
  problems: FlowProblem[];
  /** Kinds of problem beyond the most that are listed. */
  unlisted: number;
  /** Accesses forgotten to bound memory: beyond them a race can be missed. */
  forgotten: number;
  /** Completions not kept as known because too many instructions of one unit were under way: a race may be named that is none. */
  unlearnt: number;
}

const MOST_PROBLEMS = 100;
const MOST_CHAIN_NODES = 4_000_000;

/** Watches every access of a run. */
export class DataFlow implements AccessObserver, ShadowListener {
  id = 0;
  private pc = 0;
  private readonly order: Order;
  private readonly identity: Identity;
  private readonly shadows: (Shadow | undefined)[] = [];
  private readonly cells: CellShadow;
  private readonly unread = new Set<number>();
  private readonly found = new Map<string, FlowProblem>();
  private unlisted = 0;
  private readonly owner = { chains: new Chains() };

  constructor(
    private readonly program: Program,
    private readonly chip: Chip,
    private readonly pairs?: OrderedPairs,
  ) {
    this.order = new Order(program, chip, new Claims(program, chip));
    this.identity = new Identity(program);
    this.cells = new CellShadow(this);
  }

  /** The space tiles and tensors lie in. */
  private get main(): number {
    return this.chip.dram === undefined ? 1 : 0;
  }

  /** Declares bytes of DRAM as defined before the start. */
  load(address: number, count: number): void {
    this.shadow(this.main).load(address, count);
  }

  /** An instruction starts; its accesses follow. */
  start(stream: number, n: number, pc: number, instruction: Instruction): void {
    this.order.start(stream, n, instruction);
    this.id = this.identity.number(stream, n);
    this.pc = pc;
    if (this.owner.chains.length > MOST_CHAIN_NODES) this.compact();
  }

  private shadow(space: number): Shadow {
    let shadow = this.shadows[space];
    if (shadow === undefined) {
      shadow = new Shadow(space, this, this.owner);
      this.shadows[space] = shadow;
    }
    return shadow;
  }

  private compact(): void {
    const { chains, remap } = this.owner.chains.compacted();
    for (const shadow of this.shadows) shadow?.remap(remap);
    this.owner.chains = chains;
  }

  read(space: number, address: number, count: number): void {
    this.shadow(space).read(address, count);
  }

  write(space: number, address: number, count: number): void {
    this.unread.add(this.id);
    this.shadow(space).write(address, count);
  }

  add(space: number, address: number, count: number): void {
    this.unread.add(this.id);
    this.shadow(space).add(address, count);
  }

  readCells(region: CellRegion): void {
    this.cells.read(region);
  }

  writeCells(region: CellRegion): void {
    this.unread.add(this.id);
    this.cells.write(region);
  }

  swapCells(core: number, array: number): void {
    this.cells.swap(core, array);
  }

  knows(id: number): boolean {
    if (id === UNKNOWN_INSTRUCTION) return true;
    return this.order.knows(this.identity.stream(id), this.identity.n(id));
  }

  used(id: number): void {
    if (id !== this.id) this.unread.delete(id);
  }

  ordered(other: number): void {
    this.pairs?.add(
      this.identity.stream(other),
      this.identity.n(other),
      this.identity.stream(this.id),
      this.identity.n(this.id),
    );
  }

  race(kind: string, other: number, space: number, address: number): void {
    const key = `race ${kind} ${this.identity.stream(this.id)}:${this.pc} ${this.identity.stream(other)} ${space < 0 ? "cells" : space}`;
    this.note(key, () => {
      const there = this.describe(other);
      const message = `${kind}: ${this.describe(this.id)} and ${there} are not ordered, ${placeText(space, address)}`;
      return { kind: "race", other: there, message, ...this.place(space, address) };
    });
  }

  unwritten(space: number, address: number): void {
    const key = `unwritten ${this.identity.stream(this.id)}:${this.pc} ${space}`;
    this.note(key, () => {
      const message = `${this.describe(this.id)} reads what nobody wrote, ${placeText(space, address)}`;
      return { kind: "unwritten", message, ...this.place(space, address) };
    });
  }

  private note(key: string, make: () => Omit<FlowProblem, "times" | "instruction">): void {
    const known = this.found.get(key);
    if (known !== undefined) known.times++;
    else if (this.found.size >= MOST_PROBLEMS) this.unlisted++;
    else {
      const layer = this.identity.layer(this.id);
      const instruction = this.describe(this.id);
      this.found.set(key, { ...make(), instruction, times: 1, ...(layer === undefined ? {} : { layer }) });
    }
  }

  private describe(id: number): string {
    return this.identity.describe(id);
  }

  private place(space: number, address: number): { space: string; address: number } {
    return { space: placeName(space), address };
  }

  /** What was found; the network's outputs count as read from outside. */
  finish(outputs: readonly number[]): FlowReport {
    this.id = 0;
    for (const place of this.program.tensors) {
      if (!outputs.includes(place.tensor) || channelsOf(place) === 0) continue;
      for (let sample = 0; sample < this.program.batch; sample++)
        for (const slice of place.slices)
          this.shadow(this.main).use(
            slice.address + sample * place.sampleStride,
            place.height * place.width * slice.pixelBytes,
          );
    }
    const unread = [...this.unread].filter((id) => id !== UNKNOWN_INSTRUCTION).sort((a, b) => a - b);
    const seen = new Map<string, FlowProblem>();
    for (const id of unread) {
      if (seen.size >= MOST_PROBLEMS) {
        this.unlisted++;
        continue;
      }
      const instruction = this.describe(id);
      const key = instruction.replace(/instruction \d+/, "");
      const known = seen.get(key);
      if (known !== undefined) known.times++;
      else {
        const layer = this.identity.layer(id);
        const message = `nobody reads what ${instruction} writes`;
        seen.set(key, { kind: "unread", instruction, message, times: 1, ...(layer === undefined ? {} : { layer }) });
      }
    }
    const { forgotten } = this.owner.chains;
    return {
      problems: [...this.found.values(), ...seen.values()],
      unlisted: this.unlisted,
      forgotten,
      unlearnt: this.order.tally.unlearnt,
    };
  }
}

function placeName(space: number): string {
  if (space >= 0) return spaceName(space);
  const array = -1 - space;
  return `array ${array % 4096} of core ${Math.floor(array / 4096)}`;
}

function placeText(space: number, address: number): string {
  return `${space < 0 ? "row" : "address"} ${address} of ${placeName(space)}`;
}
