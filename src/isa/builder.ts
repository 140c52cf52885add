/**
 * Program builder: the comfortable way to write a program, for the mapper, tests and foreign readers.
 * It interns tags, hands out table indices and semaphores, and closes loops; it judges nothing (see `checkProgram`).
 */
import { InternalError, UserError } from "../base/index.js";
import { CodeBuilder } from "./code.js";
import type { Instruction, Unit } from "./instruction.js";
import { UNITS } from "./instruction.js";
import type { ArrayGroup, Program, TensorPlace, Tile } from "./program.js";

/** What a program is called and made for. */
export interface ProgramOptions {
  name: string;
  chip: string;
  structureDigest: string;
  cores: number;
  batch?: number;
  resident?: boolean;
  /** Semaphores a core has (default 64). */
  semaphores?: number;
}

/** Writes the code of one stream. */
export class StreamBuilder {
  private readonly code = new CodeBuilder();
  private openLoops = 0;

  constructor(
    readonly core: number,
    readonly unit: Unit,
  ) {}

  /** Static instructions so far. */
  get length(): number {
    return this.code.length;
  }

  /** Loops around what is pushed next: the level a step of the innermost loop has is one less. */
  get depth(): number {
    return this.openLoops;
  }

  /** Appends one instruction and returns its index. */
  push(instruction: Instruction): number {
    return this.code.push(instruction);
  }

  /** A loop around everything `body` pushes. */
  loop(trips: number, body: () => void): this {
    this.code.push({ op: "LOOP", trips });
    this.openLoops++;
    body();
    this.openLoops--;
    this.code.push({ op: "ENDL" });
    return this;
  }

  /** The code so far. */
  finish(): ReturnType<CodeBuilder["finish"]> {
    if (this.openLoops > 0) throw new InternalError(`core ${this.core} ${this.unit}: a loop is still open`);
    return this.code.finish();
  }
}

/** Puts a program together. */
export class ProgramBuilder {
  private readonly streams = new Map<string, StreamBuilder>();
  private readonly tags: Program["tags"] = [];
  private readonly tagIndices = new Map<string, number>();
  private readonly tiles: Tile[] = [];
  private readonly groups: ArrayGroup[] = [];
  private readonly tensors: TensorPlace[] = [];
  private readonly semaphores = new Map<number, Map<string, number>>();

  constructor(private readonly options: ProgramOptions) {}

  /** The stream of a core and unit, begun where it is new. */
  stream(core: number, unit: Unit): StreamBuilder {
    const key = `${core} ${unit}`;
    let stream = this.streams.get(key);
    if (!stream) {
      stream = new StreamBuilder(core, unit);
      this.streams.set(key, stream);
    }
    return stream;
  }

  /** The index of a tag, added where it is new. */
  tag(stage: number, layer: string): number {
    const key = `${stage} ${layer}`;
    let index = this.tagIndices.get(key);
    if (index === undefined) {
      index = this.tags.push({ stage, layer }) - 1;
      this.tagIndices.set(key, index);
    }
    return index;
  }

  /** Adds a weight tile and returns its index. */
  tile(tile: Tile): number {
    return this.tiles.push(tile) - 1;
  }

  /** Adds an array group and returns its index. */
  group(group: ArrayGroup): number {
    return this.groups.push(group) - 1;
  }

  /** Adds a tensor's place and returns its index. */
  tensor(place: TensorPlace): number {
    return this.tensors.push(place) - 1;
  }

  /** The semaphore of this name in a core; a new name takes the lowest free number. */
  semaphore(core: number, name: string): number {
    let taken = this.semaphores.get(core);
    if (!taken) {
      taken = new Map();
      this.semaphores.set(core, taken);
    }
    const known = taken.get(name);
    if (known !== undefined) return known;
    const numbers = new Set(taken.values());
    let number = 0;
    while (numbers.has(number)) number++;
    const limit = this.options.semaphores ?? 64;
    if (number >= limit)
      throw new UserError({
        code: "no-free-semaphore",
        message: `core ${core} has no free semaphore for "${name}"`,
        seen: `${numbers.size} in use`,
        accepted: `at most ${limit}`,
      });
    taken.set(name, number);
    return number;
  }

  /** Frees a semaphore's number for another name; all its tokens must have been consumed by then. */
  releaseSemaphore(core: number, name: string): void {
    this.semaphores.get(core)?.delete(name);
  }

  /** The program, its streams ordered by core, then unit. */
  build(): Program {
    const { name, chip, structureDigest, cores, batch = 1, resident = false } = this.options;
    const streams = [...this.streams.values()]
      .filter((stream) => stream.length > 0)
      .sort((a, b) => a.core - b.core || UNITS.indexOf(a.unit) - UNITS.indexOf(b.unit))
      .map((stream) => ({ core: stream.core, unit: stream.unit, code: stream.finish() }));
    return {
      name,
      chip,
      structureDigest,
      cores,
      batch,
      tags: [...this.tags],
      tiles: [...this.tiles],
      groups: [...this.groups],
      streams,
      tensors: [...this.tensors],
      resident,
    };
  }
}
