/** Packs units into cores: a unit lies in one core, each of its tiles in a slot of its own. */
import type { Geometry, Slot } from "./geometry.js";

/** Something to be packed. */
export interface PackItem {
  /** Array slots it takes. */
  slots: number;
  /** MVM vectors it issues in one sample: what a core's issue port has to do for it. */
  load: number;
}

/** Where each item went: core and slots, in the order of the items given. */
export type Packing = { core: number; slots: Slot[] }[];

/**
 * First-fit decreasing: largest items first, each into the first core that has room.
 * This is the test of whether units may stand in one partition. Undefined where they do not fit.
 */
export function packFirstFit(items: readonly PackItem[], geometry: Geometry): number[] | undefined {
  return assign(items, geometry, (free, need) => free.findIndex((room) => room >= need));
}

/** Largest items first, each to the core with the least load that has room; undefined where they do not fit. */
export function packLeastLoad(items: readonly PackItem[], geometry: Geometry): number[] | undefined {
  const load = new Array<number>(geometry.cores).fill(0);
  return assign(items, geometry, (free, need, item) => {
    let best = -1;
    for (let core = 0; core < free.length; core++)
      if (free[core]! >= need && (best < 0 || load[core]! < load[best]!)) best = core;
    if (best >= 0) load[best]! += item.load;
    return best;
  });
}

function assign(
  items: readonly PackItem[],
  geometry: Geometry,
  choose: (free: readonly number[], need: number, item: PackItem) => number,
): number[] | undefined {
  const free = new Array<number>(geometry.cores).fill(geometry.slotsPerCore);
  const order = items.map((_, index) => index);
  order.sort((a, b) => items[b]!.slots - items[a]!.slots || items[b]!.load - items[a]!.load || a - b);
  const cores = new Array<number>(items.length).fill(-1);
  for (const index of order) {
    const item = items[index]!;
    const core = choose(free, item.slots, item);
    if (core < 0) return undefined;
    free[core]! -= item.slots;
    cores[index] = core;
  }
  return cores;
}

/** Gives items that share cores their slots: the array with the fewest levels in use first, so that tiles can run in lockstep. */
export function assignSlots(items: readonly PackItem[], cores: readonly number[], geometry: Geometry): Packing {
  const used = Array.from({ length: geometry.cores }, () => new Array<number>(geometry.arrays).fill(0));
  return items.map((item, index) => {
    const core = cores[index]!;
    const levels = used[core]!;
    const slots: Slot[] = [];
    for (let n = 0; n < item.slots; n++) {
      let array = 0;
      for (let other = 1; other < levels.length; other++) if (levels[other]! < levels[array]!) array = other;
      slots.push({ array, depth: levels[array]! });
      levels[array]!++;
    }
    return { core, slots };
  });
}
