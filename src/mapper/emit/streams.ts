/** The streams of a program by number: one a unit of every core. */
import { UNITS, type Unit } from "../../isa/index.js";

const VECTOR = UNITS.indexOf("vector");

/** The stream number of a core's unit. */
export function streamOf(core: number, unit: Unit): number {
  return core * UNITS.length + UNITS.indexOf(unit);
}

/** The core of a stream. */
export function coreOf(stream: number): number {
  return Math.floor(stream / UNITS.length);
}

/** The unit of a stream. */
export function unitOf(stream: number): Unit {
  return UNITS[stream % UNITS.length]!;
}

/** Whether a stream starts an instruction only when the one before has completed, on every chip. */
export function isSerial(stream: number): boolean {
  return stream % UNITS.length === VECTOR;
}
