/**
 * Causes of starts (docs/timing.md section 8): what became true in the tick in which an instruction started.
 * Of several candidates the lowest kind wins, then the lowest instruction, so the choice hangs on no order of events.
 */
import { InternalError } from "../base/index.js";
import { OPCODE } from "./decode.js";
import type { MachineState } from "./state.js";

/** Cause of a start: its kind, the instruction, and its node in the path log. */
export interface Cause {
  kind: number;
  stream: number;
  n: number;
  node: number;
}

/** Finds the cause of each start. */
export class StartCauses {
  /** The cause last found; reused. */
  readonly cause: Cause = { kind: -1, stream: -1, n: -1, node: -1 };
  private readonly credits: number;

  constructor(
    private readonly state: MachineState,
    private readonly nameOf: (stream: number, position: number) => string,
  ) {
    this.credits = state.chip.core.channelCredits;
  }

  /** Offers a candidate; of several, the lowest kind, then the lowest instruction stays. */
  private offer(kind: number, stream: number, n: number, node: number): void {
    const best = this.cause;
    if (best.kind >= 0) {
      if (kind > best.kind) return;
      if (kind === best.kind && (stream > best.stream || (stream === best.stream && n >= best.n))) return;
    }
    best.kind = kind;
    best.stream = stream;
    best.n = n;
    best.node = node;
  }

  /** Who let the instruction start now: something that became true in this tick. */
  find(stream: number, position: number, now: number): void {
    const { state, cause } = this;
    const { decoded } = state;
    cause.kind = -1;
    cause.stream = -1;
    cause.n = -1;
    cause.node = -1;
    const count = state.streamCount[stream]!;
    if (
      count > 0 &&
      state.streamStart[stream]! + state.streamInterval[stream]! === now &&
      decoded.opcode[state.streamLast[stream]!] !== OPCODE.BAR
    ) {
      cause.kind = 0;
      cause.stream = stream;
      cause.n = count - 1;
      return;
    }
    if (state.slotFreeTick[stream] === now && count > 0 && decoded.opcode[state.streamLast[stream]!] === OPCODE.BAR)
      this.offer(1, stream, state.slotFreeN[stream]!, state.slotFreeNode[stream]!);
    if (
      state.slotFreeTick[stream] === now &&
      state.streamUnderWay[stream]! + state.slotFreeCount[stream]! >= state.streamLimit[stream]!
    )
      this.offer(1, stream, state.slotFreeN[stream]!, state.slotFreeNode[stream]!);
    const opcode = decoded.opcode[position]!;
    const arrays = state.plans.arrays[decoded.plan[position]!]!;
    const base = state.streamCore[stream]! * state.arraysPerCore;
    if (opcode === OPCODE.MVM) {
      const need = state.plans.registers[decoded.plan[position]!]!;
      for (let i = 0; i < arrays.length; i++) {
        const at = base + arrays[i]!;
        if (state.registerFreeTick[at] === now && state.registersFree[at]! - state.registerFreeCount[at]! < need)
          this.offer(1, state.registerFreeStream[at]!, state.registerFreeN[at]!, state.registerFreeNode[at]!);
      }
    } else if (opcode === OPCODE.WWR || opcode === OPCODE.WSWAP) {
      for (let i = 0; i < arrays.length; i++) {
        const at = base + arrays[i]!;
        if (state.shadowFreeTick[at] === now)
          this.offer(1, state.shadowFreeStream[at]!, state.shadowFreeN[at]!, state.shadowFreeNode[at]!);
      }
    } else if (opcode === OPCODE.SEND) {
      for (let i = decoded.extraStart[position]!; i < decoded.extraStart[position + 1]!; i++) {
        const at = decoded.extras[i]!;
        if (state.channelFreeTick[at] === now && state.channelSent[at]! + state.channelFreeCount[at]! >= this.credits)
          this.offer(1, state.channelFreeStream[at]!, state.channelFreeN[at]!, state.channelFreeNode[at]!);
      }
    } else if (opcode === OPCODE.RECV) {
      const at = decoded.extras[decoded.extraStart[position]!]!;
      if (state.channelMessageTick[at] === now && state.channelMessageBefore[at]! < 1)
        this.offer(2, state.channelMessageStream[at]!, state.channelMessageN[at]!, state.channelMessageNode[at]!);
    }
    for (let i = decoded.waitStart[position]!; i < decoded.waitStart[position + 1]!; i += 2) {
      const at = decoded.waits[i]!;
      if (state.semaphoreTick[at] === now && state.semaphoreBefore[at]! < decoded.waits[i + 1]!)
        this.offer(2, state.semaphorePoster[at]!, state.semaphorePosterN[at]!, state.semaphoreNode[at]!);
    }
    if (cause.kind < 0 && now > 0)
      throw new InternalError(`${this.nameOf(stream, position)} started at ${now} without a cause`);
  }
}
