/**
 * Issue: each stream's next instruction starts at the first tick at which everything it needs is there (docs/timing.md section 2).
 * A blocked stream is woken by what it waits for; no stream is polled.
 */

import { TERM_INDEX, UserError } from "../base/index.js";
import { PHASE } from "../engine/index.js";
import { MAX_LOOP_DEPTH, UNITS } from "../isa/index.js";
import { effectiveAddress } from "./address.js";
import { Barriers } from "./barriers.js";
import { LANE_ACTIVE, LANE_DONE, LANE_LAST } from "./columns.js";
import { FETCH, OPCODE } from "./decode.js";
import type { Flow } from "./flow.js";
import { GATE } from "./plan/table.js";
import type { Recorder } from "./recorder.js";
import { StartCauses } from "./start-causes.js";
import { BLOCKED, type MachineState } from "./state.js";
import { Tokens } from "./tokens.js";

/** Fetch, wait, start, complete. */
export class Issue {
  private readonly causes: StartCauses;
  private readonly tokens: Tokens;
  private readonly barriers: Barriers;
  private readonly mvmInterval: number;
  private readonly credits: number;
  /** Streams that have issued their last instruction. */
  finished = 0;

  constructor(
    private readonly state: MachineState,
    private readonly recorder: Recorder,
    private readonly flow: () => Flow,
  ) {
    const { chip, options } = state;
    this.mvmInterval = options.ideal.has("issue") ? 1 : Math.max(1, chip.core.mvmIssueCycles);
    this.credits = chip.core.channelCredits;
    this.causes = new StartCauses(state, (stream, position) => this.nameOf(stream, position));
    this.tokens = new Tokens(state, (stream) => this.wake(stream));
    this.barriers = new Barriers(state, (lane) => this.flow().advance(lane));
  }

  /** Fetches the first instruction of every stream. */
  begin(): void {
    for (let stream = 0; stream < this.state.streams; stream++) {
      if (this.fetch(stream)) this.state.queue.schedule(0, PHASE.issue, this.state.issueEvent + stream);
    }
  }

  /** Walks over loops and marks to the next instruction; false where the stream has ended. */
  private fetch(stream: number): boolean {
    const { state } = this;
    const { decoded, streamTrips } = state;
    let position = state.streamPosition[stream]!;
    const end = state.streamEnd[stream]!;
    const loops = stream * MAX_LOOP_DEPTH;
    while (position < end) {
      const what = decoded.fetch[position]!;
      if (what === FETCH.instruction) {
        state.streamPosition[stream] = position;
        return true;
      }
      if (what === FETCH.loop) {
        streamTrips[loops + state.streamDepth[stream]!++] = 0;
        position++;
      } else if (what === FETCH.endLoop) {
        const level = loops + state.streamDepth[stream]! - 1;
        if (++streamTrips[level]! < decoded.trips[position]!) position = decoded.loopTarget[position]!;
        else {
          streamTrips[level] = 0;
          state.streamDepth[stream]!--;
          position++;
        }
      } else if (what === FETCH.skip) position++;
      else break;
    }
    state.streamPosition[stream] = end;
    if (state.streamDone[stream] === 0) {
      state.streamDone[stream] = 1;
      this.finished++;
    }
    return false;
  }

  /** Issue event of a stream. */
  issue(stream: number): void {
    const { state } = this;
    if (state.streamDone[stream] !== 0) return;
    const now = state.queue.now;
    const position = state.streamPosition[stream]!;
    state.streamBlocked[stream] = BLOCKED.no;
    if (this.blocked(stream, position)) return;
    this.causes.find(stream, position, now);
    this.start(stream, position, now);
  }

  /** Notes what the next instruction of a stream still lacks; false where it can start. */
  private blocked(stream: number, position: number): boolean {
    const { state } = this;
    const { decoded } = state;
    if (state.streamUnderWay[stream]! >= state.streamLimit[stream]!) return this.block(stream, BLOCKED.slot, -1);
    for (let i = decoded.waitStart[position]!; i < decoded.waitStart[position + 1]!; i += 2) {
      const semaphore = decoded.waits[i]!;
      if (state.semaphoreCount[semaphore]! < decoded.waits[i + 1]!) {
        const waiter = state.semaphoreWaiter[semaphore]!;
        if (waiter >= 0 && waiter !== stream) throw this.twoWaiters(semaphore, stream, waiter);
        state.semaphoreWaiter[semaphore] = stream;
        state.semaphoreNeed[semaphore] = decoded.waits[i + 1]!;
        return this.block(stream, BLOCKED.semaphore, semaphore);
      }
    }
    const opcode = decoded.opcode[position]!;
    if (opcode === OPCODE.MVM) {
      const plan = decoded.plan[position]!;
      const arrays = state.plans.arrays[plan]!;
      const need = state.plans.registers[plan]!;
      const base = state.streamCore[stream]! * state.arraysPerCore;
      for (let i = 0; i < arrays.length; i++)
        if (state.registersFree[base + arrays[i]!]! < need)
          return this.block(stream, BLOCKED.register, base + arrays[i]!);
    } else if (opcode === OPCODE.WWR || opcode === OPCODE.WSWAP) {
      if (state.chip.core.arrays.write.doubleBanked) {
        const arrays = state.plans.arrays[decoded.plan[position]!]!;
        const base = state.streamCore[stream]! * state.arraysPerCore;
        for (let i = 0; i < arrays.length; i++)
          if (state.shadowBusy[base + arrays[i]!] !== 0) return this.block(stream, BLOCKED.shadow, base + arrays[i]!);
      }
    } else if (opcode === OPCODE.SEND) {
      for (let i = decoded.extraStart[position]!; i < decoded.extraStart[position + 1]!; i++) {
        const channel = decoded.extras[i]!;
        state.channelSender[channel] = stream;
        if (state.channelSent[channel]! >= this.credits) return this.block(stream, BLOCKED.credit, channel);
      }
    } else if (opcode === OPCODE.RECV) {
      const channel = decoded.extras[decoded.extraStart[position]!]!;
      state.channelReceiver[channel] = stream;
      if (state.channelArrived[channel]! < 1) return this.block(stream, BLOCKED.message, channel);
    }
    return false;
  }

  private block(stream: number, why: number, on: number): boolean {
    this.state.streamBlocked[stream] = why;
    this.state.streamBlockedOn[stream] = on;
    return true;
  }

  private start(stream: number, position: number, now: number): void {
    const { state } = this;
    const { cause } = this.causes;
    const { decoded } = state;
    const n = state.streamCount[stream]!;
    if (n > 0) {
      const end = state.streamStart[stream]! + state.streamInterval[stream]!;
      this.recorder.issued(stream, n - 1, state.streamStart[stream]!, end, state.streamCauseNode[stream]!);
      if (cause.kind === 0 && state.options.pathTotals)
        cause.node = state.path.append(
          state.streamCauseNode[stream]!,
          state.stageKey[state.streamLast[stream]!]! +
            (decoded.opcode[state.streamLast[stream]!] === OPCODE.MVM ? TERM_INDEX.mvm : TERM_INDEX.wait),
          state.streamInterval[stream]!,
          stream,
          n - 1,
          -1,
          0,
        );
    }
    for (let i = decoded.waitStart[position]!; i < decoded.waitStart[position + 1]!; i += 2) {
      state.semaphoreCount[decoded.waits[i]!]! -= decoded.waits[i + 1]!;
      state.semaphoreWaiter[decoded.waits[i]!] = -1;
    }
    let context = state.firstContext[stream]!;
    while (state.contextActive[context] !== 0) context++;
    const plan = decoded.plan[position]!;
    state.contextActive[context] = 1;
    state.contextPosition[context] = position;
    state.contextPlan[context] = plan;
    state.contextN[context] = n;
    state.contextFetch[context] = n === 0 ? 0 : state.streamStart[stream]!;
    state.contextStart[context] = now;
    state.contextCauseNode[context] = cause.node;
    state.contextCauseKind[context] = cause.kind;
    state.contextCauseStream[context] = cause.stream;
    state.contextCauseN[context] = cause.n;
    state.contextArrays[context] = 0;
    state.contextGateTick[context] = -1;
    const first = context << state.stageShift;
    const stages = state.plans.stageCount[plan]!;
    for (let lane = first; lane < first + stages; lane++) {
      state.lane[(lane << 2) + LANE_DONE] = 0;
      state.lane[(lane << 2) + LANE_ACTIVE] = 0;
      state.laneTick[(lane << 2) + LANE_LAST] = -1;
    }
    if (decoded.farOperand[position]! >= 0)
      state.contextFar[context] = effectiveAddress(
        state,
        stream,
        decoded.operands[decoded.farOperand[position]!]!.address,
      );
    if (decoded.nearOperand[position]! >= 0)
      state.contextNear[context] = effectiveAddress(
        state,
        stream,
        decoded.operands[decoded.nearOperand[position]!]!.address,
      );
    state.streamUnderWay[stream]!++;
    state.streamCount[stream] = n + 1;
    state.streamStart[stream] = now;
    state.streamLast[stream] = position;
    const opcode = decoded.opcode[position]!;
    const interval = opcode === OPCODE.MVM ? decoded.vectors[position]! * this.mvmInterval : 1;
    state.streamInterval[stream] = interval;
    state.streamCauseNode[stream] = cause.node;
    this.recorder.started(stream, n, position, decoded.tag[position]!, now);
    this.take(stream, position, context, opcode);

    // The next instruction: wait for the issue slot only where nothing else is known to hold it back. A barrier holds its own
    // stream until it has opened.
    state.streamPosition[stream] = position + 1;
    if (opcode === OPCODE.BAR) this.block(stream, BLOCKED.barrier, -1);
    else if (this.fetch(stream) && !this.blocked(stream, state.streamPosition[stream]!))
      state.queue.schedule(interval, PHASE.issue, state.issueEvent + stream);
    if (opcode === OPCODE.BAR) this.barriers.arrive(decoded.extras[decoded.extraStart[position]!]!);
    else this.flow().begin(context);
  }

  /** Takes registers, shadow banks, credits and messages. */
  private take(stream: number, position: number, context: number, opcode: number): void {
    const { state } = this;
    const { decoded } = state;
    const plan = decoded.plan[position]!;
    const base = state.streamCore[stream]! * state.arraysPerCore;
    if (opcode === OPCODE.MVM) {
      const arrays = state.plans.arrays[plan]!;
      const need = state.plans.registers[plan]!;
      for (let i = 0; i < arrays.length; i++) state.registersFree[base + arrays[i]!]! -= need;
    } else if (opcode === OPCODE.WWR) {
      if (state.chip.core.arrays.write.doubleBanked) {
        const arrays = state.plans.arrays[plan]!;
        for (let i = 0; i < arrays.length; i++) state.shadowBusy[base + arrays[i]!] = 1;
      }
      if (state.plans.gate[plan] === GATE.none) this.beginWrite(context);
    } else if (opcode === OPCODE.SEND) {
      for (let i = decoded.extraStart[position]!; i < decoded.extraStart[position + 1]!; i++) {
        const channel = decoded.extras[i]!;
        state.channelSent[channel]!++;
        const slot = channel * this.credits + (state.channelTail[channel]! % this.credits);
        state.channelLengths[slot] = decoded.messageBytes[position]!;
        state.channelTail[channel]!++;
      }
    } else if (opcode === OPCODE.RECV) {
      const channel = decoded.extras[decoded.extraStart[position]!]!;
      state.channelArrived[channel]!--;
      const slot = channel * this.credits + (state.channelHead[channel]! % this.credits);
      state.channelHead[channel]!++;
      if (state.channelLengths[slot] !== decoded.messageBytes[position])
        throw new UserError({
          code: "message-length",
          message: "RECV takes a message of another length than was sent",
          place: { instruction: this.nameOf(stream, position) },
          seen: `${state.channelLengths[slot]} bytes sent`,
          accepted: `${decoded.messageBytes[position]} bytes`,
        });
    }
  }

  /** A write's first pulse may fall now: what it overwrites is gone. */
  beginWrite(context: number): void {
    const { decoded, contextPosition } = this.state;
    const position = contextPosition[context]!;
    for (let i = decoded.extraStart[position]!; i < decoded.extraStart[position + 1]!; i++)
      decoded.tiles.beginWrite(decoded.extras[i]!);
  }

  /** Arrays are granted: a write begins, an MVM must find its tiles. */
  onArrays(context: number): void {
    const { state } = this;
    const { decoded } = state;
    const position = state.contextPosition[context]!;
    const opcode = decoded.opcode[position]!;
    if (opcode === OPCODE.WWR) this.beginWrite(context);
    else if (opcode === OPCODE.MVM) {
      for (let i = decoded.extraStart[position]!; i < decoded.extraStart[position + 1]!; i++) {
        const region = decoded.extras[i]!;
        if (!decoded.tiles.holds(region))
          decoded.tiles.mustHold(region, this.nameOf(state.contextStream[context]!, position));
      }
    }
  }

  /** An instruction has completed: posts, messages, credits, its slot. */
  complete(context: number, node: number): void {
    const { state } = this;
    const { decoded } = state;
    const now = state.queue.now;
    const stream = state.contextStream[context]!;
    const n = state.contextN[context]!;
    const position = state.contextPosition[context]!;
    const opcode = decoded.opcode[position]!;
    const plan = state.contextPlan[context]!;
    if (state.plans.gate[plan] === GATE.start) this.flow().sets.releaseArrays(context, node);
    if (opcode === OPCODE.WWR) this.endWrite(context, node);
    else if (opcode === OPCODE.WSWAP) {
      const core = state.streamCore[stream]!;
      for (const array of state.plans.arrays[plan]!) decoded.tiles.swap(core, array);
    } else if (opcode === OPCODE.SEND) {
      for (let i = decoded.extraStart[position]!; i < decoded.extraStart[position + 1]!; i++)
        this.tokens.arrived(decoded.extras[i]!, stream, n, node, now);
    } else if (opcode === OPCODE.RECV)
      this.tokens.creditFreed(decoded.extras[decoded.extraStart[position]!]!, stream, n, node, now);
    for (let i = decoded.postStart[position]!; i < decoded.postStart[position + 1]!; i += 2)
      this.tokens.post(decoded.posts[i]!, decoded.posts[i + 1]!, stream, n, node, now);
    state.contextActive[context] = 0;
    state.streamUnderWay[stream]!--;
    if (state.slotFreeTick[stream] !== now) {
      state.slotFreeTick[stream] = now;
      state.slotFreeCount[stream] = 1;
      state.slotFreeN[stream] = n;
      state.slotFreeNode[stream] = node;
    } else {
      state.slotFreeCount[stream]!++;
      if (n < state.slotFreeN[stream]!) {
        state.slotFreeN[stream] = n;
        state.slotFreeNode[stream] = node;
      }
    }
    this.recorder.completed(context, now, node);
    if (state.streamBlocked[stream] === BLOCKED.barrier && opcode === OPCODE.BAR) {
      state.streamBlocked[stream] = BLOCKED.no;
      if (this.fetch(stream)) this.wake(stream);
    } else if (state.streamBlocked[stream] === BLOCKED.slot) this.wake(stream);
  }

  private endWrite(context: number, node: number): void {
    const { state } = this;
    const { rows } = state.writeShape(context);
    const { decoded } = state;
    const position = state.contextPosition[context]!;
    for (let i = decoded.extraStart[position]!; i < decoded.extraStart[position + 1]!; i++)
      decoded.tiles.endWrite(decoded.extras[i]!, rows);
    if (state.chip.core.arrays.write.doubleBanked) this.tokens.freeShadow(context, node);
  }

  /** An MVM gives back its input registers. */
  freeRegisters(context: number, node: number): void {
    this.tokens.freeRegisters(context, node);
  }

  /** Arbitration event of a barrier. */
  openBarrier(barrier: number): void {
    this.barriers.open(barrier);
  }

  /** Lets a blocked stream look again, in this tick's issue phase or when its issue slot is free. */
  private wake(stream: number): void {
    const { state } = this;
    state.streamBlocked[stream] = BLOCKED.no;
    const slot = state.streamCount[stream] === 0 ? 0 : state.streamStart[stream]! + state.streamInterval[stream]!;
    const { now } = state.queue;
    state.queue.schedule(slot > now ? slot - now : 0, PHASE.issue, state.issueEvent + stream);
  }

  /** An instruction's name for people. */
  nameOf(stream: number, position: number): string {
    const { state } = this;
    const pc = position - state.decoded.codeStart[stream]!;
    const unit = UNITS[state.streamUnit[stream]!]!;
    const code = state.program.streams[stream]!.code;
    const op = pc < code.length ? code.at(pc).op : "end";
    return `core ${state.streamCore[stream]} ${unit} #${pc} ${op}`;
  }

  private twoWaiters(semaphore: number, stream: number, waiter: number): UserError {
    return new UserError({
      code: "two-waiters",
      message: `${this.tokens.semaphoreName(semaphore)} is waited on by two streams`,
      place: { instruction: this.nameOf(stream, this.state.streamPosition[stream]!) },
      seen: this.nameOf(waiter, this.state.streamPosition[waiter]!),
      accepted: "one waiting stream a semaphore",
    });
  }
}
