/**
 * Offers requests to a memory controller in the order of their trace: at most so many a cycle, none past one that is not taken
 * (docs/dram.md). Time jumps from one cycle in which anything can happen to the next.
 */
import { UserError } from "../../base/index.js";
import type { DramPolicy } from "../../hardware/dram/index.js";
import type { DramController } from "../../machine/dram/index.js";
import type { DramRequestBatch } from "../../trace/dram/index.js";
import type { RequestWindow } from "./window.js";

/** Cycles simulated after the last completion. */
export const TAIL_CYCLES = 2000;

/** The first cycle of a policy's clock: Ramulator counts before it works. An arrival of 0 is offered in it. */
export const FIRST_CYCLE: Readonly<Record<DramPolicy, number>> = { dramsim3: 0, ramulator2: 1 };

/** How often somebody who watches is told, in steps of the controller. */
const STEPS_BETWEEN_LOOKS = 1 << 16;

/** Cycles without a single request done or taken, while some wait, after which none ever will be. */
const STARVED_CYCLES = 1 << 24;

/** Drives one controller from its first cycle to the end of its tail. */
export class ReplayDriver {
  /** Requests accepted so far. */
  requests = 0;
  /** The last completion that is known. */
  lastDone: number;
  private cycle: number;
  /** Requests offered in the present cycle. */
  private offered = 0;
  private steps = 0;
  /** Requests done, and the cycle at which that or the number taken was last seen to rise. */
  private dones = 0;
  private movedAt = 0;
  private movedCount = 0;

  constructor(
    private readonly controller: DramController,
    private readonly firstCycle: number,
    private readonly width: number,
    private readonly window: RequestWindow,
    /** Called now and then with the present cycle; may throw to stop. */
    private readonly look?: (cycle: number) => void,
  ) {
    this.cycle = firstCycle;
    this.lastDone = firstCycle - 1;
  }

  /** A request is done at a cycle, perhaps one ahead. */
  sawDone(cycle: number): void {
    this.dones++;
    if (cycle > this.lastDone) this.lastDone = cycle;
  }

  /** Offers all requests of a batch; returns when the last of them is accepted. */
  offer(batch: DramRequestBatch): void {
    const { controller, window, firstCycle } = this;
    for (let i = 0; i < batch.count; i++) {
      const address = batch.address[i];
      const write = batch.write[i] === 1;
      const arrival = batch.arrival[i] + firstCycle;
      if (arrival > this.cycle) this.advance(arrival);
      else if (this.offered === this.width) this.advance(this.cycle + 1);
      // Only a step of the controller makes room.
      while (!controller.accepts(address, write)) this.wait();
      const index = window.open(write);
      window.setAccepted(index, controller.accept(index, address, write, this.cycle));
      window.settle();
      this.offered++;
      this.requests++;
    }
  }

  /** Runs until every request is done, and the tail; returns the cycle after the last one simulated. */
  finish(): number {
    const { controller } = this;
    while (controller.pending > 0) this.wait();
    const end = this.lastDone + 1 + TAIL_CYCLES;
    for (let next = controller.nextCycle(); next < end; next = controller.nextCycle()) this.advance(next);
    this.window.settle();
    controller.finish(end);
    return end;
  }

  /** Goes on to the controller's next work, with requests waiting for it. */
  private wait(): void {
    this.advance(this.controller.nextCycle());
    const moved = this.requests + this.dones;
    if (moved !== this.movedCount) {
      this.movedCount = moved;
      this.movedAt = this.cycle;
    } else if (this.cycle - this.movedAt > STARVED_CYCLES)
      throw new UserError({
        code: "dram-starved",
        message: "no request gets on any more, refreshes take all the time of the memory",
        seen: `nothing done from cycle ${this.movedAt} to ${this.cycle}`,
        accepted: "a longer interval between refreshes, or shorter ones",
      });
  }

  /** Goes on to a cycle, the controller's work in it included. */
  private advance(to: number): void {
    const { controller } = this;
    for (let next = controller.nextCycle(); next <= to; next = controller.nextCycle()) {
      controller.step(next);
      if (++this.steps % STEPS_BETWEEN_LOOKS === 0) this.look?.(next);
    }
    this.cycle = to;
    this.offered = 0;
  }
}
