/**
 * The longest dependency chain: the streams run with unlimited resources, every instruction at its best case.
 * What is kept of the contract: order in a stream, one start a tick, the MVM issue slot, unit limits, tokens, credits, messages, barriers.
 * Each of these is a monotone function of earlier starts and ends (a wait for K tokens in all: the K-th earliest post; a unit of L slots: the
 * order statistics of its ends), so with every duration at its least no start can come earlier on a machine that has more to wait for.
 */
import FastPriorityQueue from "fastpriorityqueue";
import type { Chip } from "../../hardware/index.js";
import type { Instruction, Program, Stream } from "../../isa/index.js";
import type { IdealPart } from "../unloaded/index.js";
import { CodeWalk } from "../walk.js";
import { issueTicks, unitLimit } from "./resources.js";

/** What the chain gives. */
export interface ChainResult {
  ticks: number;
  /** Instructions run. */
  instructions: number;
  /** Streams that could not end, for no token, message or credit came. */
  stuck: { core: number; unit: string; index: number }[];
}

/** A condition on a counter: at least `count` of it, all taken at the start. */
interface Claim {
  counter: number;
  count: number;
}

/** Tokens, messages and credits by number: how many there are, and the stream that waits for more. */
class Counters {
  readonly amounts: number[] = [];
  readonly waiters: (StreamRun | undefined)[] = [];
  private readonly semaphores = new Map<number, number>();
  private readonly channels = new Map<string, number>();

  constructor(
    private readonly cores: number,
    private readonly credits: number,
  ) {}

  private enter(amount: number): number {
    this.waiters.push(undefined);
    return this.amounts.push(amount) - 1;
  }

  /** The counter of a semaphore of a core. */
  semaphore(core: number, semaphore: number): number {
    const key = semaphore * this.cores + core;
    let id = this.semaphores.get(key);
    if (id === undefined) {
      id = this.enter(0);
      this.semaphores.set(key, id);
    }
    return id;
  }

  /** The counters of a channel's messages and, behind it, of its credits. */
  messages(from: number, to: number, channel: number): number {
    const key = `${from}>${to}:${channel}`;
    let id = this.channels.get(key);
    if (id === undefined) {
      id = this.enter(0);
      this.enter(this.credits);
      this.channels.set(key, id);
    }
    return id;
  }
}

/** What the chain needs to know of one static instruction. */
interface Step {
  bestTicks: number;
  /** Ticks an MVM keeps the issue slot; 0 for all others. */
  mvmIssue: number;
  slots: number;
  claims: Claim[];
  /** Counters added to at completion. */
  gives: Claim[];
  barrier?: { id: number; count: number };
}

/** Tokens, messages and credits are all counters that are claimed at a start and given at a completion. */
function stepOf(
  instruction: Instruction,
  counters: Counters,
  { core, unit }: Stream,
  chip: Chip,
  ideal: ReadonlySet<IdealPart>,
  best: number,
): Step {
  const claims = (instruction.waits ?? []).map((wait) => ({
    counter: counters.semaphore(core, wait.semaphore),
    count: wait.count,
  }));
  const gives = (instruction.posts ?? []).map((post) => ({
    counter: counters.semaphore(post.core, post.semaphore),
    count: post.count,
  }));
  const step: Step = {
    bestTicks: Math.max(1, best),
    mvmIssue: instruction.op === "MVM" ? issueTicks(instruction, chip, ideal) : 0,
    slots: unitLimit(chip, unit),
    claims,
    gives,
  };
  if (instruction.op === "SEND")
    for (const to of instruction.cores) {
      const messages = counters.messages(core, to, instruction.channel);
      claims.push({ counter: messages + 1, count: 1 });
      gives.push({ counter: messages, count: 1 });
    }
  if (instruction.op === "RECV") {
    const messages = counters.messages(instruction.core, core, instruction.channel);
    claims.push({ counter: messages, count: 1 });
    gives.push({ counter: messages + 1, count: 1 });
  }
  if (instruction.op === "BAR") step.barrier = { id: instruction.barrier, count: instruction.count };
  return step;
}

class StreamRun {
  readonly walk: CodeWalk;
  /** Steps of the instructions in loops, which come again. */
  readonly steps = new Map<number, Step>();
  earliest = 0;
  mvmFree = 0;
  /** Ends of instructions under way in the unit, at most its limit. */
  readonly ends: number[] = [];
  waiting: Step | undefined;
  blocked = false;

  constructor(readonly stream: Stream) {
    this.walk = new CodeWalk(stream.code);
  }

  /** The tick from which the unit has a slot. */
  slotFree(slots: number): number {
    return slots === 0 || this.ends.length < slots ? 0 : Math.min(...this.ends);
  }

  take(step: Step, end: number): void {
    if (step.slots === 0) return;
    if (this.ends.length >= step.slots) this.ends.splice(this.ends.indexOf(Math.min(...this.ends)), 1);
    this.ends.push(end);
  }
}

interface ChainEvent {
  tick: number;
  /** A completion's gifts, or a stream that looks at its claims. */
  gives?: Claim[];
  run?: StreamRun;
}

/** Runs the streams with unlimited resources; `bestTicks` gives an instruction's best case by stream and static index. */
export function longestChain(
  program: Program,
  chip: Chip,
  ideal: ReadonlySet<IdealPart>,
  bestTicks: (stream: number, index: number) => number,
): ChainResult {
  const queue = new FastPriorityQueue<ChainEvent>(
    (a, b) => a.tick < b.tick || (a.tick === b.tick && !a.run && !!b.run),
  );
  const counters = new Counters(program.cores, chip.core.channelCredits);
  const { amounts, waiters } = counters;
  const barriers = new Map<number, { step: Step; run: StreamRun }[]>();
  const runs = program.streams.map((stream) => new StreamRun(stream));
  let ticks = 0;
  let instructions = 0;

  const complete = (step: Step, end: number) => {
    ticks = Math.max(ticks, end);
    if (step.gives.length > 0) queue.add({ tick: end, gives: step.gives });
  };
  /** Starts an instruction; returns the streams that go on now. */
  const start = (run: StreamRun, step: Step, tick: number): StreamRun[] => {
    instructions++;
    run.earliest = tick + 1;
    if (step.mvmIssue > 0) run.mvmFree = tick + step.mvmIssue;
    if (!step.barrier) {
      run.walk.advance();
      run.take(step, tick + step.bestTicks);
      complete(step, tick + step.bestTicks);
      return [run];
    }
    // A barrier holds back its own stream until the last has come.
    const { id, count } = step.barrier;
    const arrived = [...(barriers.get(id) ?? []), { step, run }];
    barriers.set(id, arrived.length < count ? arrived : []);
    if (arrived.length < count) return [];
    for (const each of arrived) {
      each.run.walk.advance();
      each.run.earliest = tick + 1;
      each.run.take(each.step, tick + 1);
      complete(each.step, tick + 1);
    }
    return arrived.map((each) => each.run);
  };
  const proceed = (run: StreamRun, streamIndex: number) => {
    while (!run.walk.done) {
      const { index } = run.walk;
      let step = run.steps.get(index);
      if (step === undefined) {
        const instruction = run.stream.code.at(index);
        step = stepOf(instruction, counters, run.stream, chip, ideal, bestTicks(streamIndex, index));
        if (run.walk.inLoop) run.steps.set(index, step);
      }
      const mvm = step.mvmIssue > 0 ? run.mvmFree : 0;
      const tick = Math.max(run.earliest, run.slotFree(step.slots), mvm);
      if (step.claims.length > 0 || step.barrier) {
        run.waiting = step;
        queue.add({ tick, run });
        return;
      }
      start(run, step, tick);
    }
  };

  runs.forEach(proceed);
  const indexOf = new Map(runs.map((run, index) => [run, index]));
  for (let event = queue.poll(); event !== undefined; event = queue.poll()) {
    for (const { counter, count } of event.gives ?? []) {
      amounts[counter]! += count;
      const waiter = waiters[counter];
      if (waiter?.blocked) {
        waiter.blocked = false;
        queue.add({ tick: event.tick, run: waiter });
      }
    }
    const { run } = event;
    if (!run) continue;
    const step = run.waiting!;
    if (step.claims.some(({ counter, count }) => amounts[counter]! < count)) {
      run.blocked = true;
      for (const { counter } of step.claims) waiters[counter] = run;
      continue;
    }
    for (const { counter, count } of step.claims) amounts[counter]! -= count;
    run.waiting = undefined;
    for (const next of start(run, step, event.tick)) proceed(next, indexOf.get(next)!);
  }
  const stuck = runs
    .filter((run) => !run.walk.done)
    .map((run) => ({ core: run.stream.core, unit: run.stream.unit, index: run.walk.index }));
  return { ticks, instructions, stuck };
}
