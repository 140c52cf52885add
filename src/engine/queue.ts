/**
 * The contract of the event queue, and the one place that makes one.
 * Events run in (tick, phase, sequence) order, where sequence is the order of the `schedule` calls.
 */
import { HeapQueue } from "./heap.js";
import { TimingWheel } from "./wheel.js";

export { PHASE, PHASE_COUNT } from "./phases.js";

/** Receives every event when its turn comes. */
export interface EventHandler {
  handle(id: number, phase: number): void;
}

/**
 * Why a run came back: no live event is left, the next event lies at or after `untilTick`,
 * `maxEvents` have run, or `stop()` was called. Where several hold, stopped and limit come first, then drained.
 */
export type StopReason = "drained" | "until" | "limit" | "stopped";

/** One event that waits. */
export interface PendingEvent {
  id: number;
  tick: number;
  phase: number;
}

/** How long one call of `run` may go on. */
export interface RunLimits {
  /** Events before this tick run; `now` then stands at this tick, with none of its events run (half-open). */
  untilTick?: number;
  maxEvents?: number;
}

/** A queue of events with fixed integer ids, at most one pending event per id. */
export interface EventQueue {
  readonly kind: "wheel" | "heap";
  /** The current tick, exact to 2^53; only the queue writes it. */
  now: number;
  /** The phase now running, -1 outside `run`; only the queue writes it. */
  phase: number;
  /**
   * Schedules event `id` (0..capacity-1) `delayTicks` (integer >= 0) from now in `phase`.
   * It must be a later (tick, phase) than the running one; between two runs, none earlier than the last one run.
   */
  schedule(delayTicks: number, phase: number, id: number): void;
  /** Takes a pending event out; does nothing where none is pending. */
  cancel(id: number): void;
  /** Whether this id has an event waiting. */
  isPending(id: number): boolean;
  /** Marks an id's events as background (refresh, sampling): a run whose only pending events are background has drained. */
  setBackground(id: number, background: boolean): void;
  /** How many pending events are not background. */
  readonly livePending: number;
  /** How many events are pending. */
  readonly pending: number;
  /** How many events have run since the start or `reset`; brought up to date when `run` returns. */
  readonly processed: number;
  /**
   * Runs events in order; call it repeatedly in slices of some 50,000 events.
   * With no live event left it still completes the tick it is in, so that what runs does not hang on ties.
   */
  run(handler: EventHandler, limits?: RunLimits): StopReason;
  /** Makes the current `run` return after the event now running. */
  stop(): void;
  /** Back to tick 0 with nothing pending and nothing processed; background marks stay. */
  reset(): void;
  /** The pending events, sorted by tick, phase and order of scheduling (by id where ties are shuffled). */
  pendingEvents(): PendingEvent[];
  /** Drops all pending events and puts these in their place, with the clock at `now`; not allowed inside `run`. */
  restoreEvents(now: number, events: readonly PendingEvent[]): void;
}

/** How a queue is made. */
export interface QueueOptions {
  /** Number of event ids. */
  capacity: number;
  /** Random order within each (tick, phase), for tests that results hang on no insertion order. */
  shuffleSeed?: number;
  /** Checks every call and throws an `InternalError` on a violation; without it the hot path skips checks that cost. */
  checked?: boolean;
}

/** Makes a queue: `wheel` for work, `heap` as the oracle that is plain enough to be read and believed. */
export function createQueue(kind: "wheel" | "heap", options: QueueOptions): EventQueue {
  return kind === "wheel" ? new TimingWheel(options) : new HeapQueue(options);
}
