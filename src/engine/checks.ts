/** The checks both queues share, outside their hot paths. */
import { InternalError } from "../base/index.js";
import { PHASE_COUNT } from "./phases.js";
import type { EventQueue, QueueOptions } from "./queue.js";

/** Refuses a capacity that is not a count of event ids. */
export function checkCapacity(options: QueueOptions): number {
  const { capacity } = options;
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > 2 ** 30)
    throw new InternalError(`queue capacity ${capacity} is not an integer in 0..2^30`);
  return capacity;
}

/** Refuses an id outside the queue's range. */
export function checkId(id: number, capacity: number): void {
  if (!Number.isInteger(id) || id < 0 || id >= capacity) throw notIdle(id, capacity);
}

/** Refuses a `schedule` call that breaks the contract; `reachedPhase` is the last phase begun in the current tick, or -1. */
export function checkSchedule(
  queue: EventQueue,
  capacity: number,
  reachedPhase: number,
  delayTicks: number,
  phase: number,
  id: number,
): void {
  checkId(id, capacity);
  if (!Number.isInteger(phase) || phase < 0 || phase >= PHASE_COUNT)
    throw new InternalError(`event ${id}: phase ${phase} is not one of 0..${PHASE_COUNT - 1}`);
  if (!Number.isInteger(delayTicks) || delayTicks < 0)
    throw new InternalError(`event ${id}: delay of ${delayTicks} ticks is not an integer >= 0`);
  if (!Number.isSafeInteger(queue.now + delayTicks))
    throw new InternalError(`event ${id}: tick ${queue.now} + ${delayTicks} is beyond 2^53`);
  if (queue.isPending(id)) throw notIdle(id, capacity);
  // Between two runs the phase reached may still be added to; inside a run it may not.
  const earliest = queue.phase >= 0 ? reachedPhase + 1 : reachedPhase;
  if (delayTicks === 0 && phase < earliest) throw tooEarly(queue.now, reachedPhase, phase, id);
}

/** The error for an id that cannot be scheduled: out of range, or waiting already. */
export function notIdle(id: number, capacity: number): InternalError {
  const inRange = Number.isInteger(id) && id >= 0 && id < capacity;
  return new InternalError(inRange ? `event ${id} is already pending` : `event id ${id} is outside 0..${capacity - 1}`);
}

/** The error for an event scheduled into a (tick, phase) that has run or is running. */
export function tooEarly(now: number, reachedPhase: number, phase: number, id: number): InternalError {
  return new InternalError(`event ${id}: tick ${now} phase ${phase} is not after the running phase ${reachedPhase}`);
}

/** The error for a method that may not be called while `run` is on the stack. */
export function insideRun(method: string): InternalError {
  return new InternalError(`${method} called inside run`);
}
