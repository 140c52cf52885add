/**
 * The state registry: all that decides a run's future lies in numeric arrays registered here, and in the event queue.
 * One snapshot and compare serves steady-state detection, checkpoints and tests (law 13).
 */
import { InternalError } from "../base/index.js";
import type { EventQueue, PendingEvent } from "./queue.js";

/** The arrays a component may register. */
export type StateArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/**
 * How an array is compared and shifted.
 * `state`: as it is. `tick`: relative to now; negative and infinite values are sentinels and compared as they are.
 * `deadline`: as `tick`, but only as far as it lies ahead: of a resource free since some time, no matter when, all is said.
 * `counter`: not compared. `ref`: not compared; references into a path, which their owner remaps.
 */
export type StateRole = "state" | "tick" | "deadline" | "counter" | "ref";

/** A copy of everything registered and of the events that wait. */
export interface StateSnapshot {
  readonly now: number;
  readonly arrays: readonly StateArray[];
  readonly events: readonly PendingEvent[];
}

interface Registration {
  readonly name: string;
  readonly role: StateRole;
  readonly array: StateArray;
}

/** The registered arrays of one machine and the queue that drives it. */
export class StateRegistry {
  private readonly registrations: Registration[] = [];
  private readonly names = new Set<string>();

  constructor(private readonly queue: EventQueue) {}

  /** Registers an array under a name of its own and returns it; the component goes on using the same array. */
  register<T extends StateArray>(name: string, role: StateRole, array: T): T {
    if (this.names.has(name)) throw new InternalError(`state "${name}" is registered twice`);
    if ((role === "tick" || role === "deadline") && !holdsTicks(array))
      throw new InternalError(
        `state "${name}": ticks need a Float64Array or Int32Array, not ${array.constructor.name}`,
      );
    this.names.add(name);
    this.registrations.push({ name, role, array });
    return array;
  }

  /** Copies all arrays and the pending events; take it between two runs. */
  snapshot(): StateSnapshot {
    return {
      now: this.queue.now,
      arrays: this.registrations.map(({ array }) => array.slice()),
      events: this.queue.pendingEvents(),
    };
  }

  /** Puts everything back as it was, the clock too; events of one (tick, phase) keep their order. */
  restore(snapshot: StateSnapshot): void {
    this.checkShape(snapshot);
    this.registrations.forEach(({ array }, index) => {
      array.set(snapshot.arrays[index]);
    });
    this.queue.restoreEvents(snapshot.now, snapshot.events);
  }

  /** Whether the machine stands as in the snapshot but for a shift in time, so that it will do the same again. */
  equals(snapshot: StateSnapshot): boolean {
    return this.firstDifference(snapshot) === undefined;
  }

  /** The name of the first array that differs, or "events"; undefined where the states are equal. */
  firstDifference(snapshot: StateSnapshot): string | undefined {
    this.checkShape(snapshot);
    if (this.queue.pending !== snapshot.events.length) return "events";
    const { now } = this.queue;
    for (let index = 0; index < this.registrations.length; index++) {
      const { name, role, array } = this.registrations[index];
      const then = snapshot.arrays[index];
      if (role === "state" && !sameValues(array, then)) return name;
      if (role === "tick" && !sameTicks(array, now, then, snapshot.now)) return name;
      if (role === "deadline" && !sameDeadlines(array, now, then, snapshot.now)) return name;
    }
    return sameEvents(this.queue.pendingEvents(), now, snapshot.events, snapshot.now) ? undefined : "events";
  }

  /** Moves the whole machine ahead in time: clock, pending events and registered ticks; what happened meanwhile is the caller's. */
  shift(deltaTicks: number): void {
    if (!Number.isInteger(deltaTicks) || deltaTicks < 0)
      throw new InternalError(`a shift by ${deltaTicks} ticks is not an integer >= 0`);
    for (const { name, role, array } of this.registrations) {
      if (role !== "tick" && role !== "deadline") continue;
      for (let at = 0; at < array.length; at++) {
        if (isSentinel(array[at])) continue;
        const shifted = array[at] + deltaTicks;
        array[at] = shifted;
        if (array[at] !== shifted)
          throw new InternalError(`state "${name}": tick ${shifted} does not fit its ${array.constructor.name}`);
      }
    }
    const events = this.queue.pendingEvents();
    for (const event of events) event.tick += deltaTicks;
    this.queue.restoreEvents(this.queue.now + deltaTicks, events);
  }

  private checkShape(snapshot: StateSnapshot): void {
    if (snapshot.arrays.length !== this.registrations.length)
      throw new InternalError(
        `the snapshot has ${snapshot.arrays.length} arrays where ${this.registrations.length} are registered`,
      );
    this.registrations.forEach(({ name, array }, index) => {
      if (snapshot.arrays[index].length !== array.length)
        throw new InternalError(
          `state "${name}" has ${array.length} entries, ${snapshot.arrays[index].length} in the snapshot`,
        );
    });
  }
}

function holdsTicks(array: StateArray): boolean {
  return array instanceof Float64Array || array instanceof Int32Array;
}

function isSentinel(tick: number): boolean {
  return tick < 0 || !Number.isFinite(tick);
}

function sameValues(a: StateArray, b: StateArray): boolean {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function sameTicks(a: StateArray, nowA: number, b: StateArray, nowB: number): boolean {
  for (let at = 0; at < a.length; at++) {
    const sentinel = isSentinel(a[at]);
    if (sentinel !== isSentinel(b[at])) return false;
    if (sentinel ? !Object.is(a[at], b[at]) : a[at] - nowA !== b[at] - nowB) return false;
  }
  return true;
}

function sameDeadlines(a: StateArray, nowA: number, b: StateArray, nowB: number): boolean {
  for (let at = 0; at < a.length; at++) {
    // A sentinel below zero is in the past at any time; an infinite one stays infinite.
    if (Math.max(0, a[at] - nowA) !== Math.max(0, b[at] - nowB)) return false;
  }
  return true;
}

function sameEvents(a: readonly PendingEvent[], nowA: number, b: readonly PendingEvent[], nowB: number): boolean {
  if (a.length !== b.length) return false;
  // Order within a (tick, phase) decides nothing (law 2), so it may not hide a period: compare by id there.
  const first = byTickPhaseId(a);
  const second = byTickPhaseId(b);
  return first.every(
    ({ id, tick, phase }, at) =>
      id === second[at].id && phase === second[at].phase && tick - nowA === second[at].tick - nowB,
  );
}

function byTickPhaseId(events: readonly PendingEvent[]): PendingEvent[] {
  return [...events].sort((a, b) => a.tick - b.tick || a.phase - b.phase || a.id - b.id);
}
