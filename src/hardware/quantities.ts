/**
 * Quantities of a chip file: the zod builders of "10 ns", "25.6 GB/s", "64 kB", and their conversion to cycles, bytes and exact rationals.
 * A cycle is always one of the clock of the part the field belongs to; sizes are powers of two, rates powers of ten.
 */
import * as z from "zod";
import {
  divide,
  multiply,
  parseQuantity,
  type Quantity,
  type Rational,
  rational,
  rationalFrom,
  unitNames,
} from "../base/index.js";

/** Kinds of quantity a chip file knows; `time` may also be a whole number of cycles, `bytes` a plain whole number. */
export type ChipQuantity = Extract<Quantity, "time" | "frequency" | "bytes" | "bandwidth" | "energy" | "power">;

/** What a quantity field accepts. */
export interface QuantityInfo {
  quantity: ChipQuantity;
  /** Smallest value: for time and bytes the least whole number, else whether zero is allowed (0) or not (1). */
  least: 0 | 1;
  /** What would be accepted, for messages and documentation. */
  accepted: string;
}

const INFO = new WeakMap<z.ZodType, QuantityInfo>();

/** What a schema accepts if it is one of the quantities below. */
export function quantityInfo(schema: z.ZodType): QuantityInfo | undefined {
  return INFO.get(schema);
}

const NUMBER = "[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?";

const PER_CYCLE = new RegExp(`^\\s*(${NUMBER})\\s*(B|bit)/cycle\\s*$`);
const CYCLES = new RegExp(`^\\s*(${NUMBER})\\s*cycles?\\s*$`);

function textPattern(quantity: ChipQuantity): RegExp {
  const units = unitNames(quantity).split(", ");
  if (quantity === "time") units.push("cycles?");
  if (quantity === "bandwidth") units.push("B/cycle", "bit/cycle");
  return new RegExp(`^\\s*${NUMBER}\\s*(?:${units.join("|")})\\s*$`);
}

/** The number a quantity text starts with; used only to ask whether it is zero. */
function leadingNumber(text: string): number {
  return Number.parseFloat(text);
}

function quantity(kind: ChipQuantity, least: 0 | 1, accepted: string, description: string, bare: boolean): z.ZodType {
  const text = z
    .string()
    .regex(textPattern(kind))
    .refine((value) => leadingNumber(value) > 0 || least === 0);
  const schema = (bare ? z.union([z.int().min(least), text]) : text).describe(description);
  INFO.set(schema, { quantity: kind, least, accepted });
  return schema;
}

/** A duration: a whole number of cycles, or a text such as "10 ns" or "8 cycles". */
export function time(description: string, least: 0 | 1 = 1): z.ZodType<number | string> {
  const accepted = `a time such as "10 ns" or "8 cycles", or a whole number of cycles${least === 1 ? ", more than 0" : ""}`;
  return quantity("time", least, accepted, description, true) as z.ZodType<number | string>;
}

/** A frequency such as "1 GHz". */
export function frequency(description: string): z.ZodType<string> {
  return quantity("frequency", 1, 'a frequency such as "1 GHz"', description, false) as z.ZodType<string>;
}

/** A size: a whole number of bytes, or a text such as "64 kB" (1 kB = 1024 B). */
export function bytes(description: string): z.ZodType<number | string> {
  const accepted = 'a size such as "64 kB" (1 kB = 1024 B), or a whole number of bytes, more than 0';
  return quantity("bytes", 1, accepted, description, true) as z.ZodType<number | string>;
}

/** A rate such as "25.6 GB/s" or "32 B/cycle". */
export function bandwidth(description: string): z.ZodType<string> {
  const accepted = 'a rate such as "25.6 GB/s", "32 B/cycle" or "64 bit/cycle", more than 0';
  return quantity("bandwidth", 1, accepted, description, false) as z.ZodType<string>;
}

/** An energy such as "2.2 nJ". */
export function energy(description: string): z.ZodType<string> {
  return quantity("energy", 0, 'an energy such as "2.2 pJ"', description, false) as z.ZodType<string>;
}

/** A power such as "1.5 W". */
export function power(description: string): z.ZodType<string> {
  return quantity("power", 0, 'a power such as "12 mW"', description, false) as z.ZodType<string>;
}

/** Whole cycles of a clock; undefined where the text is no time. A time is rounded up, after forgiving a thousandth of a cycle, so that 3.003 ns at 333 MHz is one cycle. */
export function toCycles(value: number | string, hz: number): number | undefined {
  if (typeof value === "number") return value;
  const match = CYCLES.exec(value);
  const nanoseconds = parseQuantity("time", value);
  if (!match && nanoseconds === undefined) return undefined;
  const exact = match ? Number(match[1]) : (nanoseconds! * hz) / 1e9;
  const nearest = Math.round(exact);
  const cycles = Math.abs(exact - nearest) <= 1e-3 ? nearest : Math.ceil(exact);
  return exact > 0 ? Math.max(1, cycles) : 0;
}

/** Whole bytes; undefined where the text is no size or not a whole number of bytes. */
export function toBytes(value: number | string): number | undefined {
  const size = typeof value === "number" ? value : parseQuantity("bytes", value);
  return size !== undefined && Number.isSafeInteger(size) ? size : undefined;
}

/** Whole hertz; undefined where the text is no frequency or not a whole number of hertz. */
export function toHertz(value: string): number | undefined {
  const hz = parseQuantity("frequency", value);
  return hz !== undefined && Number.isSafeInteger(hz) ? hz : undefined;
}

/** Exact cycles of a clock that one byte takes at a rate; undefined where the text is no rate or cannot be kept exactly. */
export function toCyclesPerByte(value: string, hz: number): Rational | undefined {
  try {
    const match = PER_CYCLE.exec(value);
    if (match) {
      const perCycle = rationalFrom(Number(match[1]));
      return match[2] === "bit" ? divide(rational(8), perCycle) : divide(rational(1), perCycle);
    }
    const perSecond = parseQuantity("bandwidth", value);
    return perSecond === undefined ? undefined : divide(rational(hz), rationalFrom(perSecond));
  } catch {
    return undefined; // numerator or denominator beyond 2^53
  }
}

/** Exact ticks that one byte takes, where one cycle of the part's own clock takes `ticksPerCycle`. */
export function toTicksPerByte(value: string, hz: number, ticksPerCycle: Rational): Rational | undefined {
  const cycles = toCyclesPerByte(value, hz);
  try {
    return cycles && multiply(cycles, ticksPerCycle);
  } catch {
    return undefined;
  }
}
