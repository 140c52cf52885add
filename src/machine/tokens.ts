/**
 * Tokens: semaphores, channel credits and messages, input registers, shadow banks.
 * Each remembers who freed or brought it in the current tick, the lowest instruction first, for the causes of starts.
 */
import { UserError } from "../base/index.js";
import { BLOCKED, type MachineState } from "./state.js";

/** Adds and frees tokens, and wakes the stream that waits for them. */
export class Tokens {
  private readonly lastPoster: boolean;

  constructor(
    private readonly state: MachineState,
    private readonly wake: (stream: number) => void,
  ) {
    this.lastPoster = state.options.hazards?.lastPosterCause === true;
  }

  /** An MVM gives back its input registers. */
  freeRegisters(context: number, node: number): void {
    const { state } = this;
    const now = state.queue.now;
    const stream = state.contextStream[context]!;
    const plan = state.contextPlan[context]!;
    const arrays = state.plans.arrays[plan]!;
    const count = state.plans.registers[plan]!;
    const base = state.streamCore[stream]! * state.arraysPerCore;
    const n = state.contextN[context]!;
    for (let i = 0; i < arrays.length; i++) {
      const at = base + arrays[i]!;
      state.registersFree[at]! += count;
      if (state.registerFreeTick[at] !== now) {
        state.registerFreeTick[at] = now;
        state.registerFreeCount[at] = count;
        state.registerFreeStream[at] = stream;
        state.registerFreeN[at] = n;
        state.registerFreeNode[at] = node;
      } else {
        state.registerFreeCount[at]! += count;
        if (n < state.registerFreeN[at]!) {
          state.registerFreeN[at] = n;
          state.registerFreeNode[at] = node;
        }
      }
    }
    if (state.streamBlocked[stream] === BLOCKED.register) this.wake(stream);
  }

  /** Shadow banks are free again after a write. */
  freeShadow(context: number, node: number): void {
    const { state } = this;
    const stream = state.contextStream[context]!;
    const base = state.streamCore[stream]! * state.arraysPerCore;
    for (const array of state.plans.arrays[state.contextPlan[context]!]!) {
      const at = base + array;
      state.shadowBusy[at] = 0;
      state.shadowFreeTick[at] = state.queue.now;
      state.shadowFreeStream[at] = stream;
      state.shadowFreeN[at] = state.contextN[context]!;
      state.shadowFreeNode[at] = node;
    }
    if (state.streamBlocked[stream] === BLOCKED.shadow) this.wake(stream);
  }

  /** A message has arrived. */
  arrived(channel: number, stream: number, n: number, node: number, now: number): void {
    const { state } = this;
    if (state.channelMessageTick[channel] !== now) {
      state.channelMessageTick[channel] = now;
      state.channelMessageBefore[channel] = state.channelArrived[channel]!;
      state.channelMessageStream[channel] = stream;
      state.channelMessageN[channel] = n;
      state.channelMessageNode[channel] = node;
    } else if (n < state.channelMessageN[channel]!) {
      state.channelMessageN[channel] = n;
      state.channelMessageNode[channel] = node;
    }
    state.channelArrived[channel]!++;
    const receiver = state.channelReceiver[channel]!;
    if (
      receiver >= 0 &&
      state.streamBlocked[receiver] === BLOCKED.message &&
      state.streamBlockedOn[receiver] === channel
    )
      this.wake(receiver);
  }

  /** A message was taken out of its channel. */
  creditFreed(channel: number, stream: number, n: number, node: number, now: number): void {
    const { state } = this;
    state.channelSent[channel]!--;
    if (state.channelFreeTick[channel] !== now) {
      state.channelFreeTick[channel] = now;
      state.channelFreeCount[channel] = 1;
      state.channelFreeStream[channel] = stream;
      state.channelFreeN[channel] = n;
      state.channelFreeNode[channel] = node;
    } else {
      state.channelFreeCount[channel]!++;
      if (n < state.channelFreeN[channel]!) {
        state.channelFreeN[channel] = n;
        state.channelFreeNode[channel] = node;
      }
    }
    const sender = state.channelSender[channel]!;
    if (sender >= 0 && state.streamBlocked[sender] === BLOCKED.credit && state.streamBlockedOn[sender] === channel)
      this.wake(sender);
  }

  /** Posts tokens to a semaphore. */
  post(semaphore: number, count: number, stream: number, n: number, node: number, now: number): void {
    const { state } = this;
    if (state.semaphoreTick[semaphore] !== now) {
      state.semaphoreTick[semaphore] = now;
      state.semaphoreBefore[semaphore] = state.semaphoreCount[semaphore]!;
      this.setPoster(semaphore, stream, n, node);
    } else {
      const poster = state.semaphorePoster[semaphore]!;
      const lower = stream < poster || (stream === poster && n < state.semaphorePosterN[semaphore]!);
      if (lower || this.lastPoster) this.setPoster(semaphore, stream, n, node);
    }
    const tokens = state.semaphoreCount[semaphore]! + count;
    state.semaphoreCount[semaphore] = tokens;
    if (tokens > 65535) throw this.overflow(semaphore, tokens);
    const waiter = state.semaphoreWaiter[semaphore]!;
    if (
      waiter >= 0 &&
      tokens >= state.semaphoreNeed[semaphore]! &&
      state.streamBlocked[waiter] === BLOCKED.semaphore &&
      state.streamBlockedOn[waiter] === semaphore
    )
      this.wake(waiter);
  }

  private setPoster(semaphore: number, stream: number, n: number, node: number): void {
    const { state } = this;
    state.semaphorePoster[semaphore] = stream;
    state.semaphorePosterN[semaphore] = n;
    state.semaphoreNode[semaphore] = node;
  }

  /** A semaphore's name for people. */
  semaphoreName(semaphore: number): string {
    const { core, semaphore: number } = this.state.decoded.semaphores[semaphore]!;
    return `semaphore ${number} of core ${core}`;
  }

  private overflow(semaphore: number, tokens: number): UserError {
    return new UserError({
      code: "semaphore-overflow",
      message: `${this.semaphoreName(semaphore)} holds too many tokens`,
      seen: String(tokens),
      accepted: "at most 65535",
    });
  }
}
