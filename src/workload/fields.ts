/**
 * Reads typed fields out of parsed JSON, collecting every problem with its path.
 * Inputs: an unknown value and a list to report to. Invariants: always returns a value of the asked type (the fallback
 * when the field is wrong), so that reading can go on; callers throw once the list is not empty.
 */
import { nearestName, type Problem, UserError } from "../base/index.js";

/** Collects the problems of one file. */
export class Report {
  readonly problems: Problem[] = [];

  constructor(readonly file?: string) {}

  /** Adds a problem at a field path. */
  add(code: string, field: string, message: string, rest: Omit<Problem, "code" | "message" | "place"> = {}): void {
    this.problems.push({
      code,
      message,
      place: this.file === undefined ? { field } : { file: this.file, field },
      ...rest,
    });
  }

  /** Throws everything collected, if anything was. */
  throwIfAny(): void {
    if (this.problems.length > 0) throw new UserError(this.problems);
  }
}

/** A value as short text for messages. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Bounds of a number field. */
export interface NumberRange {
  min?: number;
  max?: number;
  integer?: boolean;
}

/** One JSON object whose fields are taken one by one; what is left over at the end is unknown. */
export class Fields {
  private readonly value: Record<string, unknown>;
  private readonly taken = new Set<string>();

  constructor(
    value: unknown,
    readonly path: string,
    readonly report: Report,
  ) {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isObject) report.add("json-type", path, "is not an object", { seen: show(value), accepted: "an object" });
    this.value = isObject ? (value as Record<string, unknown>) : {};
  }

  /** The path of a field of this object. */
  at(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }

  /** Whether the field is given. */
  has(name: string): boolean {
    return Object.hasOwn(this.value, name);
  }

  /** The raw value of a field. */
  raw(name: string): unknown {
    this.taken.add(name);
    return this.has(name) ? this.value[name] : undefined;
  }

  /** Reports a wrong field. */
  wrong(name: string, accepted: string, nearest?: string): void {
    const rest = nearest === undefined ? { accepted } : { accepted, nearest };
    if (!this.has(name)) this.report.add("json-missing", this.at(name), "is missing", rest);
    else this.report.add("json-value", this.at(name), "has a wrong value", { seen: show(this.value[name]), ...rest });
  }

  /** A required number. */
  number(name: string, range: NumberRange = {}, fallback = range.min ?? 0): number {
    const value = this.raw(name);
    if (isNumber(value, range)) return value;
    this.wrong(name, rangeText(range));
    return fallback;
  }

  /** A number that may be absent. */
  optionalNumber(name: string, range: NumberRange = {}): number | undefined {
    return this.has(name) ? this.number(name, range) : undefined;
  }

  /** A required string that is not empty. */
  text(name: string): string {
    const value = this.raw(name);
    if (typeof value === "string" && value !== "") return value;
    this.wrong(name, "a string");
    return "";
  }

  /** One of a list of words; without fallback it is required. */
  word<T extends string>(name: string, words: readonly T[], fallback?: T): T {
    const value = this.raw(name);
    if (value === undefined && fallback !== undefined) return fallback;
    if (words.includes(value as T)) return value as T;
    this.wrong(name, words.join(", "), typeof value === "string" ? nearestName(value, words) : undefined);
    return fallback ?? words[0]!;
  }

  /** True or false. */
  flag(name: string, fallback: boolean): boolean {
    const value = this.raw(name);
    if (value === undefined || typeof value === "boolean") return value ?? fallback;
    this.wrong(name, "true or false");
    return fallback;
  }

  /** A required list. */
  list(name: string): unknown[] {
    const value = this.raw(name);
    if (Array.isArray(value)) return value;
    this.wrong(name, "a list");
    return [];
  }

  /** A required list of numbers, optionally of fixed length. */
  numbers(name: string, range: NumberRange = {}, length?: number): number[] {
    const value = this.raw(name);
    const fits = Array.isArray(value) && (length === undefined || value.length === length);
    if (fits && value.every((item) => isNumber(item, range))) return value as number[];
    this.wrong(name, `a list of ${length ?? ""} ${rangeText(range)}`.replace("  ", " "));
    return new Array(length ?? 0).fill(range.min ?? 0);
  }

  /** A required nested object. */
  object(name: string): Fields {
    const value = this.raw(name);
    if (!this.has(name)) this.wrong(name, "an object");
    return new Fields(value ?? {}, this.at(name), this.report);
  }

  /** Reports every field nobody asked for. */
  finish(): void {
    for (const name of Object.keys(this.value)) {
      if (this.taken.has(name)) continue;
      const nearest = nearestName(name, this.taken);
      this.report.add("json-field", this.at(name), "unknown field", {
        accepted: [...this.taken].join(", "),
        ...(nearest === undefined ? {} : { nearest }),
      });
    }
  }
}

function isNumber(value: unknown, { min = -Infinity, max = Infinity, integer = false }: NumberRange): value is number {
  return typeof value === "number" && value >= min && value <= max && (!integer || Number.isInteger(value));
}

function rangeText({ min, max, integer = false }: NumberRange): string {
  const kind = integer ? "integer" : "number";
  if (min === undefined && max === undefined) return kind;
  return `${kind} ${min === undefined ? "" : `from ${min}`}${max === undefined ? "" : ` to ${max}`}`;
}

/** Parses JSON text; a syntax error becomes a UserError with line and column. */
export function parseJson(text: string, file?: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const found = /position (\d+)/.exec(message);
    const before = text.slice(0, found === null ? text.length : Number(found[1]));
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    throw new UserError({
      code: "json-syntax",
      message: `is not JSON: ${message.replace(/ in JSON at position.*$/s, "")}`,
      place: file === undefined ? { line, column } : { file, line, column },
    });
  }
}
