/**
 * What a byte costs on each shared resource, in ticks; an ideal part costs nothing.
 * Contention-free: no packets, no rounding, no clock edges; channels and ports share the work evenly.
 */
import { invariant, type Term, type TermCycles, toNumber } from "../../base/index.js";
import { type Chip, type Dram, playsCommands, type Sram } from "../../hardware/index.js";
import { dramStreamCycles } from "../dram/stream.js";
import type { IdealPart } from "../unloaded/index.js";

/** The parts that are made free. */
export type IdealSet = ReadonlySet<IdealPart>;

/** Ticks a byte of DRAM at its peak rate: cycles a byte × ticks a cycle / channels. */
export function dramPeakTicksPerByte(chip: Chip, ideal: IdealSet): number {
  if (ideal.has("dram")) return 0;
  const { dram } = chip;
  invariant(dram, `chip ${chip.name} has no DRAM`);
  return (toNumber(dram.cyclesPerByte) * toNumber(dram.clock.ticksPerCycle)) / dram.channels;
}

/** What a byte of a stream takes, by what it is spent on. */
interface StreamRate {
  data: number;
  row: number;
  refresh: number;
}

/** Bytes of the stream that rates are taken from: long enough for its ends not to count. */
const STREAM_BYTES = 1 << 22;

const RATES = new WeakMap<Dram, Record<Way, StreamRate>>();

/** Directions of DRAM traffic. */
export type Way = "reads" | "writes";

function streamRate(chip: Chip, way: Way): StreamRate {
  const { dram } = chip;
  invariant(dram?.device, `chip ${chip.name} has no DRAM device`);
  let known = RATES.get(dram);
  if (!known) {
    const rate = (write: boolean): StreamRate => {
      const stream = dramStreamCycles(dram.device!, { bytes: STREAM_BYTES, write });
      const ticks = (cycles: number) => (cycles * toNumber(dram.clock.ticksPerCycle)) / STREAM_BYTES;
      return {
        data: ticks(stream.dataCycles + stream.bankCycles),
        row: ticks(stream.rowCycles),
        refresh: ticks(stream.refreshCycles),
      };
    };
    known = { reads: rate(false), writes: rate(true) };
    RATES.set(dram, known);
  }
  return known[way];
}

/**
 * Ticks a byte of a DRAM stream: at the peak rate, or played by commands with the rows that cannot be hidden and the share of refresh
 * (`dramStreamCycles`).
 */
export function dramTicksPerByte(chip: Chip, ideal: IdealSet, way: Way = "reads"): number {
  if (!playsCommands(chip.dram, ideal)) return dramPeakTicksPerByte(chip, ideal);
  const { data, row, refresh } = streamRate(chip, way);
  return data + row + refresh;
}

/** Ticks spent on DRAM streams, split: the data under its own term, rows and refresh under theirs. */
export function dramTerms(chip: Chip, ideal: IdealSet, way: Way, term: Term, ticks: number): Partial<TermCycles> {
  if (ticks === 0 || !playsCommands(chip.dram, ideal)) return { [term]: ticks };
  const { data, row, refresh } = streamRate(chip, way);
  const whole = data + row + refresh;
  return {
    [term]: (ticks * data) / whole,
    dramRow: (ticks * row) / whole,
    dramRefresh: (ticks * refresh) / whole,
  };
}

/** Ticks from a DRAM request to its first data. */
export function dramLatencyTicks(chip: Chip, ideal: IdealSet): number {
  if (ideal.has("dram") || !chip.dram) return 0;
  return chip.dram.latencyCycles * toNumber(chip.dram.clock.ticksPerCycle);
}

/** Ticks a byte on the bus or on one mesh link. */
export function networkTicksPerByte(chip: Chip, ideal: IdealSet): number {
  return ideal.has("bus") ? 0 : toNumber(chip.network.ticksPerByte);
}

/** Ticks a byte on one port of an on-chip memory. */
export function sramTicksPerByte(sram: Sram, ideal: IdealSet): number {
  return ideal.has("sram") ? 0 : toNumber(sram.ticksPerByte);
}

/** Ticks a byte of result of the vector unit. */
export function vectorTicksPerByte(chip: Chip, ideal: IdealSet): number {
  return ideal.has("vector") ? 0 : toNumber(chip.core.vectorUnit.ticksPerByte);
}
