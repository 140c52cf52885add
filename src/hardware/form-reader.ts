/**
 * Reading single fields of a chip file that may be wrong elsewhere: semantic checks use it, so that contradictions are reported
 * together with misspelt fields. A check whose fields are not there or not valid is left out.
 */
import type * as z from "zod";
import type { Rational } from "../base/index.js";
import { rational } from "../base/index.js";
import { toBytes, toCycles, toCyclesPerByte, toHertz, toTicksPerByte } from "./quantities.js";
import { chipSchema } from "./schema.js";
import { fieldAt, pathParts, valueAt } from "./schema-walk.js";

/** Thrown by a reader where a field cannot be read; ends one check quietly. */
export class Unreadable extends Error {}

/** Fields of a chip file by dotted path, defaults filled in; the empty path is the whole file. */
export class FormReader {
  /** `bad` are the paths that validation has already complained about; `schema` knows the defaults. */
  constructor(
    private readonly form: unknown,
    private readonly bad: readonly string[] = [],
    private readonly schema: z.ZodType = chipSchema,
  ) {}

  /** Whether the file itself gives the field. */
  has(path: string): boolean {
    return valueAt(this.form, pathParts(path)) !== undefined;
  }

  /** Whether validation had no complaint about the field, what it stands in, and (the whole file apart) what it holds. */
  valid(path: string): boolean {
    return (
      path === "" || !this.bad.some((bad) => bad === path || bad.startsWith(`${path}.`) || path.startsWith(`${bad}.`))
    );
  }

  /** The value of a field, or its default; undefined where neither is. */
  value(path: string): unknown {
    const parts = pathParts(path);
    if (!this.valid(path)) throw new Unreadable();
    return valueAt(this.form, parts) ?? fieldAt(this.schema, this.form, parts)?.defaultValue;
  }

  /** A number. */
  number(path: string): number {
    const value = this.value(path);
    if (typeof value !== "number") throw new Unreadable();
    return value;
  }

  /** A text. */
  text(path: string): string {
    const value = this.value(path);
    if (typeof value !== "string") throw new Unreadable();
    return value;
  }

  /** A list of numbers. */
  numbers(path: string): number[] {
    const value = this.value(path);
    if (!Array.isArray(value) || value.some((item) => typeof item !== "number")) throw new Unreadable();
    return value as number[];
  }

  /** Whole bytes. */
  bytes(path: string): number {
    return known(toBytes(this.value(path) as string | number));
  }

  /** Hertz of the clock at a path, or of the chip where the part has none of its own. */
  hertz(path: string): number {
    return known(toHertz(this.has(path) ? this.text(path) : this.text("clock")));
  }

  /** Ticks a cycle of the clock at a path. */
  ticksPerCycle(path: string): Rational {
    return rational(this.hertz("clock"), this.hertz(path));
  }

  /** Whole cycles of the clock at `clock`. */
  cycles(path: string, clock = "clock"): number {
    return known(toCycles(this.value(path) as string | number, this.hertz(clock)));
  }

  /** Exact ticks a byte of the rate at a path, of a part with the clock at `clock`. */
  ticksPerByte(path: string, clock = "clock"): Rational {
    return known(toTicksPerByte(this.text(path), this.hertz(clock), this.ticksPerCycle(clock)));
  }

  /** Exact cycles of the part's own clock a byte. */
  cyclesPerByte(path: string, clock: string): Rational {
    return known(toCyclesPerByte(this.text(path), this.hertz(clock)));
  }
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Unreadable();
  return value;
}
