/**
 * DRAM command by command behind the machine's flows (docs/timing.md section 9): a transfer's packets become requests, offered to a
 * controller in its own cycles; it may hold them back and reorder them. A packet has come when its last request is done.
 */
import { ceilMul, InternalError, type Rational } from "../../base/index.js";
import { ClockDomain, PHASE, PROBE } from "../../engine/index.js";
import { burstCyclesOf } from "../../hardware/index.js";
import { packetAddressOf, ringOf } from "../address.js";
import { LANE_DONE } from "../columns.js";
import { FIELD } from "../plan/table.js";
import type { DramCauseName, MachineProbes } from "../probes.js";
import type { MachineState } from "../state.js";
import { DRAM_CAUSE, type DramController, type DramSummary } from "./controller.js";
import { createDramController } from "./index.js";
import { MetInDram } from "./met.js";
import { Offers } from "./offers.js";
import { RequestPool } from "./request-pool.js";

/** Told of every request as it is accepted, for request traces. */
export type RequestListener = (address: number, write: boolean, cycle: number) => void;

const CAUSE_NAMES = Object.keys(DRAM_CAUSE) as DramCauseName[];

/** The DRAM of one run. */
export class CommandMemory {
  private readonly controller: DramController;
  private readonly offers: Offers;
  private readonly pool = new RequestPool();
  /** Probes, where somebody listens to requests. */
  probes: MachineProbes | undefined;
  private readonly window: number;
  private readonly requestBytes: number;
  private readonly burstCycles: number;
  private readonly ackAccepted: boolean;
  private readonly clock: ClockDomain;
  private readonly cyclesPerTick: Rational;
  /** By context and packet modulo the window: requests under way, tick at which the last came, what the packet met. */
  private readonly left: Int32Array;
  private readonly arrival: Float64Array;
  private readonly cause: Uint8Array;
  /** By context: packets asked for, the last burst asked for, and the lane whose hold waits for its packet (−1: none). */
  private readonly asked: Int32Array;
  private readonly lastBurst: Float64Array;
  private readonly waiting: Int32Array;
  /** By channel: the next cycle with an offer to give, whether its queues were full after the last step. */
  private readonly nextOffer: Float64Array;
  private readonly blocked: Uint8Array;
  private anyBlocked = false;
  /** The cycle of the controller's present step or offer. */
  private present = 0;
  /** Whether the controller may be ahead of the machine; set where no single event is shown. */
  runsAhead = false;
  /** What the kinds of holds stand for. */
  readonly met: MetInDram;

  constructor(
    private readonly state: MachineState,
    private readonly listener?: RequestListener,
  ) {
    const dram = state.chip.dram!;
    const device = dram.device;
    if (device === undefined) throw new InternalError("DRAM by commands without a device");
    this.controller = createDramController(device, dram.policy, {
      done: (id, doneCycle, issuedCycle, firstDataCycle, cause) => {
        const slot = this.pool.slot[id]!;
        if (this.watched) this.tell(id, doneCycle, issuedCycle, firstDataCycle, cause);
        const posted = this.pool.posted[id] !== 0;
        this.pool.free(id);
        if (!posted) this.arrived(slot, doneCycle, cause);
      },
    });
    const { channels } = this.controller;
    this.offers = new Offers(channels, dram.arbitration);
    this.offers.unsorted = state.options.hazards?.unsortedRequests === true;
    this.window = dram.readAheadPackets;
    this.requestBytes = device.organization.requestBytes;
    this.burstCycles = burstCyclesOf(device);
    this.ackAccepted = dram.storeAck === "accepted";
    const { num, den } = dram.clock.ticksPerCycle;
    this.clock = new ClockDomain({ num, den });
    this.cyclesPerTick = { num: den, den: num };
    const slots = state.contexts * this.window;
    this.left = new Int32Array(slots);
    this.arrival = new Float64Array(slots);
    this.cause = new Uint8Array(slots);
    this.asked = new Int32Array(state.contexts);
    this.lastBurst = new Float64Array(state.contexts).fill(-1);
    this.waiting = new Int32Array(state.contexts).fill(-1);
    this.nextOffer = new Float64Array(channels);
    this.blocked = new Uint8Array(channels);
    this.met = new MetInDram(device, this.clock);
  }

  /** The first cycle at or after a tick. */
  private cycleFrom(tick: number): number {
    return ceilMul(tick, this.cyclesPerTick);
  }

  /**
   * Begins the hold of a lane's next packet: asks for it, and reading for those that may be asked for ahead.
   * Returns the hold's length where the packet's time is known, else 0: then the lane is completed when it has come.
   */
  begin(lane: number, row: number): number {
    const { state, window } = this;
    const context = lane >> state.stageShift;
    const unit = state.lane[(lane << 2) + LANE_DONE]!;
    const write = state.rows[row + FIELD.dramWrite]! !== 0;
    if (unit === 0) {
      this.asked[context] = 0;
      this.lastBurst[context] = -1;
    }
    const until = write ? unit + 1 : Math.min(state.rows[row + FIELD.units]!, unit + window);
    const asked = this.asked[context]! < until;
    for (let next = this.asked[context]!; next < until; next++) this.ask(lane, row, context, next, write);
    this.asked[context] = until;
    if (asked) this.look();
    const slot = context * window + (unit % window);
    if (this.left[slot]! > 0) {
      this.waiting[context] = lane;
      return 0;
    }
    return Math.max(1, this.arrival[slot]! - state.queue.now);
  }

  /**
   * Enters the requests of one packet. A burst it shares with the packet before is asked for with that one only: packets are handed on in
   * order, so it will have come.
   */
  private ask(lane: number, row: number, context: number, unit: number, write: boolean): void {
    const { state } = this;
    const { rows } = state;
    const slot = context * this.window + (unit % this.window);
    const period = rows[row + FIELD.period]!;
    let bytes = (unit + 1) % period === 0 ? rows[row + FIELD.restBytes]! : rows[row + FIELD.fullBytes]!;
    let address = packetAddressOf(state, lane, row, true, unit);
    this.left[slot] = 0;
    this.arrival[slot] = state.queue.now;
    this.cause[slot] = DRAM_CAUSE.hit;
    if (unit % period === 0) this.lastBurst[context] = -1;
    const ring = ringOf(state, lane);
    while (bytes > 0) {
      const part = ring === undefined ? bytes : Math.min(bytes, ring.base + ring.bytes - address);
      this.askRange(lane, slot, context, address, part, write);
      bytes -= part;
      if (bytes > 0) address = ring!.base;
    }
  }

  private askRange(lane: number, slot: number, context: number, address: number, bytes: number, write: boolean): void {
    const { requestBytes, controller, state } = this;
    let first = Math.floor(address / requestBytes);
    const last = Math.floor((address + bytes - 1) / requestBytes);
    if (first === this.lastBurst[context]) first++;
    this.lastBurst[context] = last;
    const { now } = state.queue;
    const cycle = this.cycleFrom(now);
    while (first <= last) {
      const channel = controller.channelOf(first * requestBytes);
      let count = 1;
      while (first + count <= last && controller.channelOf((first + count) * requestBytes) === channel) count++;
      this.offers.add(channel, lane, slot, first * requestBytes, count, write, now, cycle);
      this.left[slot]! += count;
      first += count;
    }
  }

  private get watched(): boolean {
    return this.probes !== undefined && (this.probes.mask & PROBE.request) !== 0;
  }

  private tell(id: number, doneCycle: number, issuedCycle: number, firstDataCycle: number, cause: number): void {
    const { pool } = this;
    this.probes!.emitEvent("request", {
      address: pool.address[id]!,
      write: pool.write[id] !== 0,
      queuedCycle: pool.queued[id]!,
      acceptedCycle: pool.accepted[id]!,
      issuedCycle,
      firstDataCycle,
      doneCycle,
      met: CAUSE_NAMES[cause]!,
    });
  }

  /** A request of a slot is done at a cycle. */
  private arrived(slot: number, doneCycle: number, cause: number): void {
    const { state } = this;
    const { now } = state.queue;
    const decided = this.clock.edgeTick(this.present);
    const tick = Math.max(decided + 1, this.clock.edgeTick(doneCycle));
    if (tick > this.arrival[slot]!) this.arrival[slot] = tick;
    if (cause !== DRAM_CAUSE.merged && cause > this.cause[slot]!) this.cause[slot] = cause;
    if (--this.left[slot]! > 0) return;
    const context = Math.floor(slot / this.window);
    const lane = this.waiting[context]!;
    if (lane < 0 || state.lane[(lane << 2) + LANE_DONE]! % this.window !== slot - context * this.window) return;
    this.waiting[context] = -1;
    this.come(lane, this.arrival[slot]! - now);
  }

  /** Completes a waiting lane's hold in so many ticks; set by the flow. */
  come: (lane: number, ticks: number) => void = () => {};

  /** The kind of the hold that a lane has just ended: by the worst its packet met. */
  kindOf(lane: number): number {
    const { state } = this;
    const context = lane >> state.stageShift;
    const slot = context * this.window + (state.lane[(lane << 2) + LANE_DONE]! % this.window);
    return this.met.kindOf(this.cause[slot]!);
  }

  /** Makes sure that requests made in this tick are looked at in its arbitration phase. */
  private look(): void {
    const { queue, memoryEvent } = this.state;
    queue.cancel(memoryEvent);
    queue.schedule(0, PHASE.arbitratePorts, memoryEvent);
  }

  /** The earliest cycle with work, if nothing more is asked for; infinite where there is none. */
  private nextWork(): number {
    const { offers, nextOffer, blocked, controller } = this;
    let cycle = Number.POSITIVE_INFINITY;
    let held = false;
    for (let channel = 0; channel < nextOffer.length; channel++) {
      if (blocked[channel] !== 0) held = true;
      else {
        const first = Math.max(offers.firstCycle(channel), nextOffer[channel]!);
        if (first < cycle) cycle = first;
      }
    }
    return held || controller.pending > 0 ? Math.min(cycle, controller.nextCycle()) : cycle;
  }

  /** Everything the DRAM does up to the present tick; then it sleeps until its next cycle with work. */
  run(): void {
    const { state } = this;
    const { now } = state.queue;
    const limit = this.clock.cycleOf(now);
    let cycle = this.nextWork();
    while (cycle <= limit) {
      this.advance(cycle);
      for (let channel = 0; channel < this.nextOffer.length; channel++) this.offer(channel, cycle);
      cycle = this.nextWork();
    }
    if (cycle < Number.POSITIVE_INFINITY)
      state.queue.schedule(this.clock.edgeTick(cycle) - now, PHASE.arbitratePorts, state.memoryEvent);
  }

  /** Steps the controller up to and including a cycle; idle refreshes are caught up with here. */
  private advance(cycle: number): void {
    const { controller } = this;
    for (let next = controller.nextCycle(); next <= cycle; next = controller.nextCycle()) {
      this.present = next;
      controller.step(next);
      if (!this.anyBlocked) continue;
      this.anyBlocked = false;
      this.blocked.fill(0);
    }
  }

  private offer(channel: number, cycle: number): void {
    const { offers, controller } = this;
    if (this.blocked[channel] !== 0 || this.nextOffer[channel]! > cycle) return;
    const entry = offers.take(channel, cycle);
    if (entry < 0) return;
    const address = offers.address[entry]!;
    const write = offers.write[entry] !== 0;
    if (!controller.accepts(address, write)) {
      this.blocked[channel] = 1;
      this.anyBlocked = true;
      if (this.runsAhead && this.nextOffer.length === 1) this.stepUntilTaken(channel, address, write);
      return;
    }
    const slot = offers.slot[entry]!;
    const posted = write && this.ackAccepted;
    this.present = cycle;
    const id = this.pool.take(slot, posted, address, write, offers.cycle[entry]!, cycle);
    const at = controller.accept(id, address, write, cycle);
    this.listener?.(address, write, cycle);
    this.nextOffer[channel] = cycle + 1;
    offers.taken(channel, entry, this.requestBytes);
    if (posted) this.arrived(slot, at, DRAM_CAUSE.hit);
  }

  /**
   * Steps the controller on to the cycle in which it would take what it has refused. The entry keeps its channel, and there is no other, so
   * nothing the machine does meanwhile reaches the controller: it does the same as if it were stepped when these cycles come.
   */
  private stepUntilTaken(channel: number, address: number, write: boolean): void {
    const { controller } = this;
    do {
      const next = controller.nextCycle();
      if (next === Number.POSITIVE_INFINITY) return;
      this.present = next;
      controller.step(next);
    } while (!controller.accepts(address, write));
    this.anyBlocked = false;
    this.blocked[channel] = 0;
    this.nextOffer[channel] = this.present;
  }

  /** Ticks a channel's data bus was busy. */
  busyTicks(channel: number): number {
    return this.clock.edgeTick(this.controller.bursts(channel) * this.burstCycles);
  }

  /** Ends the run at a tick: refreshes up to it, counters and energy. */
  finish(tick: number): DramSummary {
    const cycle = this.cycleFrom(tick);
    this.advance(cycle - 1);
    this.controller.finish(cycle);
    return this.controller.summary();
  }
}
