/** Random devices, settings and traces on which the fast controller must equal the ticking one. */
import fc from "fast-check";
import { UserError } from "../../../src/base/index.js";
import { type DramDevice, listDramDevices, readDramDevice } from "../../../src/hardware/dram/index.js";
import { createDramController } from "../../../src/machine/dram/index.js";
import { createOracle } from "./oracle.js";
import { emptyTrace, firstDifference, record, type Trace } from "./reference.js";

/** Runs are cut off here: where refreshes come more often than they can be done, requests are never served. */
const LIMIT = 60_000;

const boolean = fc.boolean();

/** Settings drawn for one run. */
const settings = fc.record({
  name: fc.constantFrom(...listDramDevices()),
  perRank: boolean,
  refresh: fc.constantFrom("RANK_LEVEL_STAGGERED", "RANK_LEVEL_SIMULTANEOUS", "BANK_LEVEL_STAGGERED" as const),
  commandEntries: fc.constantFrom(1, 2, 4, 8, 8, 16),
  transactionEntries: fc.constantFrom(4, 9, 16, 32, 32, 64),
  unified: boolean,
  closePage: boolean,
  map: fc.shuffledSubarray(["ro", "ch", "ra", "bg", "ba", "co"], { minLength: 6 }),
  ownMap: boolean,
  dual: boolean,
  refbBlocksOthers: boolean,
  simultaneousRefreshesFirstRank: boolean,
  lastWritesStay: boolean,
  autoPrechargeBounds: boolean,
  readBeforeWriteLock: boolean,
  oftenRefresh: boolean,
});

/** Traces: a few streams and random places in a small range, in bursts and pauses. */
const requests = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  length: fc.integer({ min: 1, max: 400 }),
  writes: fc.constantFrom(0, 0.1, 0.5, 0.9, 1),
  streams: fc.integer({ min: 1, max: 4 }),
  jump: fc.constantFrom(0, 0.05, 0.5, 1),
  range: fc.constantFrom(2 ** 9, 2 ** 13, 2 ** 20, 2 ** 32),
  step: fc.constantFrom(32, 64, 64, 256, 4096),
  pause: fc.constantFrom(0, 0, 0.02, 0.3, 1),
  longest: fc.constantFrom(3, 40, 3000),
  width: fc.constantFrom(1, 1, 2, 8),
});

type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;
type Requests = typeof requests extends fc.Arbitrary<infer T> ? T : never;

function deviceOf(drawn: Settings): DramDevice {
  const base = readDramDevice(drawn.name, { asDramsim3: true });
  const { timing } = base;
  return {
    ...base,
    addressMap: drawn.ownMap ? drawn.map.join("") : base.addressMap,
    timing: drawn.oftenRefresh
      ? { ...timing, tREFI: Math.min(timing.tREFI, 3 * timing.tRFC), tREFIb: Math.min(timing.tREFIb, 150) }
      : timing,
    controller: {
      queueStructure: drawn.perRank ? "PER_RANK" : "PER_BANK",
      refreshPolicy: drawn.refresh as DramDevice["controller"]["refreshPolicy"],
      commandQueueEntries: drawn.commandEntries,
      transactionQueueEntries: drawn.transactionEntries,
      unifiedQueue: drawn.unified,
      rowBufferPolicy: drawn.closePage ? "CLOSE_PAGE" : "OPEN_PAGE",
      dualCommand: drawn.dual,
    },
    quirks: {
      refbBlocksOthers: drawn.refbBlocksOthers,
      simultaneousRefreshesFirstRank: drawn.simultaneousRefreshesFirstRank,
      lastWritesStay: drawn.lastWritesStay,
      autoPrechargeBounds: drawn.autoPrechargeBounds,
      readBeforeWriteLock: drawn.readBeforeWriteLock,
      energyLacksClock: false,
    },
  };
}

function traceOf(drawn: Requests): Trace {
  let state = drawn.seed;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  const trace = emptyTrace(drawn.length);
  const place = () => Math.floor((random() * drawn.range) / 32) * 32;
  const heads = Array.from({ length: drawn.streams }, place);
  let arrival = 0;
  for (let index = 0; index < drawn.length; index++) {
    const stream = Math.floor(random() * heads.length);
    heads[stream] = random() < drawn.jump ? place() : (heads[stream] + drawn.step) % drawn.range;
    trace.address[index] = heads[stream];
    trace.write[index] = random() < drawn.writes ? 1 : 0;
    if (random() < drawn.pause) arrival += Math.floor(random() * drawn.longest);
    trace.arrival[index] = arrival;
  }
  return trace;
}

/** Runs that ended, that locked up, and that were cut off, while the property was checked. */
export const tally = { ended: 0, locked: 0, cut: 0 };

/** On any device and trace, both controllers issue the same commands in the same cycles, and lock up on the same traces. */
export const bothEqual = fc.property(settings, requests, (drawnSettings, drawnRequests) => {
  const device = deviceOf(drawnSettings);
  const trace = traceOf(drawnRequests);
  const { width } = drawnRequests;
  const tail = 1500;
  let fast: ReturnType<typeof record>;
  try {
    fast = record((d, l) => createDramController(d, "dramsim3", l), device, trace, width, { tail, limit: LIMIT });
  } catch (error) {
    if (!(error instanceof UserError) || error.problems[0].code !== "dram-live-lock") throw error;
    const slow = record(createOracle, device, trace, width, { tail, everyCycle: true, limit: LIMIT });
    if (slow.ended) throw new Error("reported as locked up, but the ticking controller ends");
    tally.locked++;
    return;
  }
  const slow = record(createOracle, device, trace, width, { tail, everyCycle: true, limit: LIMIT });
  if (fast.ended) tally.ended++;
  else tally.cut++;
  for (const kind of ["commands", "requests"] as const) {
    const difference = firstDifference(fast[kind], slow[kind]);
    if (difference !== undefined) throw new Error(`${kind}: ${difference}`);
  }
  const { energyPj: fastEnergy, ...fastCounts } = fast.summary;
  const { energyPj: slowEnergy, ...slowCounts } = slow.summary;
  if (JSON.stringify(fastCounts) !== JSON.stringify(slowCounts))
    throw new Error(`counts: ours ${JSON.stringify(fastCounts)}, theirs ${JSON.stringify(slowCounts)}`);
  for (const part of Object.keys(slowEnergy!) as (keyof typeof slowEnergy & string)[]) {
    const [a, b] = [fastEnergy![part], slowEnergy![part]];
    if (Math.abs(a - b) > 1e-9 * Math.abs(b)) throw new Error(`energy ${part}: ours ${a}, theirs ${b}`);
  }
});
