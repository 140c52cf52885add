/**
 * Bringing a stage's weights and writing them.
 *
 * Load: every distinct tile once over DRAM and bus where a read may feed several cores, else once a receiver (once an array write where
 * cells are written straight from memory). L = the busiest of DRAM, bus or link, global buffer, after one DRAM latency.
 * Write: a tile is ceil(rows / rowsPerPulse) pulse groups, each pulse + expected verify passes, read from the buffer (or memory) while the one
 * before is pulsed: the longer of pulses and reading; tiles of a core follow each other on its ports, W = max over cores of max(longest tile, sum / ports).
 * Load and write are pipelined tile by tile, so together they take max(L + w, l + W) with w, l the largest tile's write and load.
 */
import type { TermCycles } from "../../base/index.js";
import type { Chip, WritePort } from "../../hardware/index.js";
import type { MappedPartition, MappedTile, Mapping } from "../../mapping/index.js";
import type { EstimateContext } from "./context.js";
import { Ledger } from "./ledger.js";
import {
  dramLatencyTicks,
  dramTerms,
  dramTicksPerByte,
  type IdealSet,
  networkTicksPerByte,
  sramTicksPerByte,
} from "./rates.js";

/** Where the tiles of a stage go: by tile, the arrays of every core that hold it. */
export interface TilePlace {
  tile: MappedTile;
  bytes: number;
  cores: { core: number; arrays: number }[];
}

/** Weight load and write of a stage, alone. */
export interface WeightTimes {
  /** L and W, with the pulses in W apart from what feeding adds; l and w of the largest tile. */
  loadTicks: number;
  writeTicks: number;
  pulseTicks: number;
  tileLoadTicks: number;
  tileWriteTicks: number;
  tilePulseTicks: number;
  /** Ticks of loads that fit the weight buffers before any of them is written. */
  prefetchTicks: number;
  /** Exchanging the banks of all arrays written; 0 without a second bank. */
  swapTicks: number;
  /** Ticks of loading by term: rows and refresh of DRAM apart, where DRAM bounds the load. */
  loadTerms(ticks: number): Partial<TermCycles>;
}

/** Whether weights of the next stage are written while one computes: into a second bank, and where their loads may run ahead. */
export function writesAhead({ mapping, chip }: EstimateContext): boolean {
  const { write, weightsFrom } = chip.core.arrays;
  return write.doubleBanked && (mapping.prefetchWeights || weightsFrom !== "weightBuffer");
}

/** Expected passes of one pulse group: Σ_{n<maxPasses} (1 − p)^n = (1 − (1 − p)^maxPasses) / p; 1 without drawn verification. */
export function expectedPasses(write: WritePort): number {
  const { verify } = write;
  if (verify.kind !== "program") return 1;
  const { passProbability: p, maxPasses } = verify;
  return p === 0 ? maxPasses : (1 - (1 - p) ** maxPasses) / p;
}

/** Expected ticks of one pulse group: passes · (pulse + read), without verification the pulse. */
export function pulseTicks(write: WritePort): number {
  const read = write.verify.kind === "none" ? 0 : write.verify.readCycles;
  return expectedPasses(write) * (write.pulseCycles + read);
}

/** The tiles of a stage, or of one layer of it, in the order of the table. */
export function tilePlaces(mapping: Mapping, partition: MappedPartition, layer?: number): TilePlace[] {
  const places = new Map<number, Map<number, number>>();
  partition.layers.forEach((one, index) => {
    if (layer !== undefined && index !== layer) return;
    for (const slice of one.slices)
      for (const copy of slice.copies)
        for (const part of copy.parts)
          for (const step of part.steps)
            for (const { tile } of step.pieces) {
              const cores = places.get(tile) ?? new Map<number, number>();
              cores.set(part.core, (cores.get(part.core) ?? 0) + 1);
              places.set(tile, cores);
            }
  });
  return [...places]
    .sort((a, b) => a[0] - b[0])
    .map(([index, cores]) => {
      const tile = mapping.tiles[index]!;
      const bytes = tile.rows * tile.rowBytes;
      return { tile, bytes, cores: [...cores].map(([core, arrays]) => ({ core, arrays })) };
    });
}

/** Writes of a tile on one core: one for all its arrays where the port broadcasts. */
export function writesOn(chip: Chip, arrays: number): number {
  return chip.core.arrays.write.broadcast ? 1 : arrays;
}

/** Memory the weights lie in. */
export function weightSpace(chip: Chip): "gm" | "gb" {
  const { weightsFrom } = chip.core.arrays;
  return weightsFrom === "globalBuffer" || !chip.dram ? "gb" : "gm";
}

/** Ticks of the write of one tile on one port, its pulses alone, and one of them. */
function tileWrite(chip: Chip, ideal: IdealSet, tile: MappedTile): { ticks: number; pulses: number; pulse: number } {
  if (ideal.has("write")) return { ticks: 1, pulses: 1, pulse: 1 };
  const { write, weightsFrom } = chip.core.arrays;
  const groups = Math.ceil(tile.rows / write.rowsPerPulse);
  const pulse = pulseTicks(write);
  let perByte = networkTicksPerByte(chip, ideal);
  if (weightsFrom === "weightBuffer") {
    const buffer = chip.core.weightBuffer!.ticksPerByte;
    perByte = ideal.has("sram") ? 0 : buffer.num / buffer.den;
  } else if (weightsFrom === "dram") perByte = Math.max(perByte, dramTicksPerByte(chip, ideal));
  else perByte = Math.max(perByte, sramTicksPerByte(chip.globalBuffer!, ideal));
  const ticks = Math.max(groups * pulse, tile.rows * tile.rowBytes * perByte);
  return { ticks, pulses: groups * pulse, pulse };
}

/** Weight load and write of the tiles given. */
export function weightTimes(context: EstimateContext, places: readonly TilePlace[]): WeightTimes {
  const { mapping, chip, ideal } = context;
  const { write, weightsFrom } = chip.core.arrays;
  const direct = weightsFrom !== "weightBuffer";
  const multicast = !direct && mapping.weightMulticast && chip.network.kind === "bus";
  const space = weightSpace(chip);
  const fromDram = space === "gm" && dramTicksPerByte(chip, ideal) >= networkTicksPerByte(chip, ideal);
  const times: WeightTimes = {
    loadTicks: 0,
    writeTicks: 0,
    pulseTicks: 0,
    tileLoadTicks: 0,
    tileWriteTicks: 0,
    tilePulseTicks: 0,
    prefetchTicks: 0,
    swapTicks: 0,
    loadTerms: (ticks) => (fromDram ? dramTerms(chip, ideal, "reads", "weightLoad", ticks) : { weightLoad: ticks }),
  };
  if (places.length === 0) return times;
  const busiest = (chosen: readonly TilePlace[]): number => {
    const byReceiver = new Map<number, number>();
    for (const { bytes, cores } of chosen)
      for (const { core, arrays } of multicast ? cores.slice(0, 1) : cores)
        byReceiver.set(core, (byReceiver.get(core) ?? 0) + bytes * (direct ? writesOn(chip, arrays) : 1));
    const ledger = new Ledger(chip, ideal);
    for (const [core, moved] of byReceiver) {
      ledger.memory(space, "reads", moved, "weightLoad", 0, "load");
      ledger.network("memory", core, moved, "weightLoad", 0, "load");
    }
    return Math.max(0, ...ledger.list().map((busy) => busy.ticks));
  };
  const latency = space === "gm" ? dramLatencyTicks(chip, ideal) : 0;
  const perByte = Math.max(
    space === "gm" ? dramTicksPerByte(chip, ideal) : sramTicksPerByte(chip.globalBuffer!, ideal),
    networkTicksPerByte(chip, ideal),
  );
  const sizes = new Map<string, ReturnType<typeof tileWrite>>();
  const byCore = new Map<number, { ticks: number; pulses: number; longest: number; arrays: number }>();
  for (const { tile, bytes, cores } of places) {
    const size = `${tile.rows} ${tile.rowBytes}`;
    const one = sizes.get(size) ?? tileWrite(chip, ideal, tile);
    sizes.set(size, one);
    // Straight from memory a tile is a pipeline of its pulse groups, whose loads are part of its write.
    times.tileLoadTicks = Math.max(times.tileLoadTicks, latency + (direct ? 0 : bytes * perByte));
    const last = direct ? { ticks: one.pulse, pulses: one.pulse } : one;
    if (last.ticks > times.tileWriteTicks) {
      times.tileWriteTicks = last.ticks;
      times.tilePulseTicks = last.pulses;
    }
    for (const { core, arrays } of cores) {
      const row = byCore.get(core) ?? { ticks: 0, pulses: 0, longest: 0, arrays: 0 };
      const writes = writesOn(chip, arrays);
      row.ticks += one.ticks * writes;
      row.pulses += one.pulses * writes;
      row.longest = Math.max(row.longest, one.ticks);
      row.arrays += arrays;
      byCore.set(core, row);
    }
  }
  times.loadTicks = latency + busiest(places);
  for (const row of byCore.values()) {
    const ticks = Math.max(row.longest, row.ticks / write.portsPerCore);
    if (ticks > times.writeTicks) {
      times.writeTicks = ticks;
      times.pulseTicks = Math.min(ticks, (row.pulses * ticks) / row.ticks);
    }
    if (write.doubleBanked)
      times.swapTicks = Math.max(times.swapTicks, (row.arrays * write.swapCycles) / write.portsPerCore);
  }
  if (!direct && mapping.prefetchWeights)
    times.prefetchTicks = Math.min(times.loadTicks, prefetched(chip, places, busiest, latency));
  return times;
}

/** Ticks of the loads that find room, in order, in the weight buffers of all their receivers; of a tile, the part that does. */
function prefetched(
  chip: Chip,
  places: readonly TilePlace[],
  busiest: (chosen: readonly TilePlace[]) => number,
  latency: number,
): number {
  const capacity = chip.core.weightBuffer!.bytes;
  const used = new Map<number, number>();
  const chosen: TilePlace[] = [];
  for (const { tile, bytes, cores } of places) {
    const room = Math.min(bytes, ...cores.map(({ core }) => capacity - (used.get(core) ?? 0)));
    if (room > 0) chosen.push({ tile, bytes: room, cores });
    // A core whose tile does not fit whole takes no later one first.
    for (const { core } of cores) used.set(core, room < bytes ? capacity : (used.get(core) ?? 0) + bytes);
  }
  return chosen.length === 0 ? 0 : latency + busiest(chosen);
}
