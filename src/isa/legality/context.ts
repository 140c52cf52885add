/**
 * What the rules of legality share: the program, the limits, the list of problems, and the walk that shows every rule every
 * instruction once with the loops around it.
 */
import type { Problem } from "../../base/index.js";
import type { NamedField, Values } from "../field.js";
import { instructionName } from "../fields.js";
import type { Instruction } from "../instruction.js";
import { MAX_LOOP_DEPTH } from "../instruction.js";
import { ProblemList } from "../problems.js";
import type { Program, Stream } from "../program.js";
import type { Limits } from "./limits.js";

/** One static instruction where it stands. */
export interface Site {
  stream: Stream;
  index: number;
  instruction: Instruction;
  /** Trips of the loops around it, outermost first. */
  trips: readonly number[];
  /** How often it runs: the product of `trips`. */
  runs: number;
}

/** A group of checks: sees every instruction, then the end. */
export interface Rule {
  visit?(site: Site): void;
  /** After the last instruction. */
  finish?(): void;
}

/** More about a problem than its message. */
export type More = Pick<Problem, "seen" | "accepted" | "nearest"> & { field?: string };

/** Everything a rule needs. */
export class Context {
  readonly found = new ProblemList();
  /** What was left unchecked, and why. */
  readonly notes: string[] = [];

  constructor(
    readonly program: Program,
    readonly limits: Limits,
  ) {}

  /** A problem of one instruction. */
  at(site: Site, code: string, message: string, more: More = {}): void {
    this.add(code, message, siteName(site), more);
  }

  /** A problem of something that is no instruction: a table row, a stream, a semaphore. */
  of(where: string, code: string, message: string, more: More = {}): void {
    this.add(code, message, where, more);
  }

  private add(code: string, message: string, instruction: string, { field, ...rest }: More): void {
    this.found.add({ code, message, place: field === undefined ? { instruction } : { instruction, field }, ...rest });
  }
}

/** The name of a site: `core 3 mvm #17 MVM`. */
export function siteName({ stream, index, instruction }: Site): string {
  return instructionName(stream.core, stream.unit, index, instruction);
}

/** The value of a field of a site's instruction; undefined where it is absent. */
export function fieldValue(site: Site, field: NamedField): unknown {
  return (site.instruction as unknown as Values)[field.name];
}

/** Shows a stream's instructions to the rules, and finds loops that do not match. */
export function walkStream(context: Context, stream: Stream, rules: readonly Rule[]): void {
  const open: Site[] = [];
  let trips: readonly number[] = [];
  let runs = 1;
  for (let index = 0; index < stream.code.length && !context.found.full; index++) {
    const instruction = stream.code.at(index);
    const site: Site = { stream, index, instruction, trips, runs };
    if (instruction.op === "ENDL" && open.length === 0) {
      context.at(site, "endl-without-loop", "ENDL without LOOP");
      continue;
    }
    for (const rule of rules) rule.visit?.(site);
    if (instruction.op === "LOOP") {
      open.push(site);
      if (open.length === MAX_LOOP_DEPTH + 1)
        context.at(site, "loops-too-deep", "too many loops around each other", {
          accepted: `at most ${MAX_LOOP_DEPTH}`,
        });
      trips = [...trips, Math.max(1, instruction.trips)];
      runs *= Math.max(1, instruction.trips);
    } else if (instruction.op === "ENDL") ({ trips, runs } = open.pop()!);
    else if (instruction.op === "HALT" && (index < stream.code.length - 1 || open.length > 0))
      context.at(site, "halt-before-end", "instructions behind HALT never run", {
        accepted: "HALT as the last instruction",
      });
  }
  for (const site of open) if (!context.found.full) context.at(site, "loop-without-endl", "LOOP without ENDL");
}

/** The first few of a list in words. */
export function someOf(names: readonly string[], most = 4): string {
  return names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}
