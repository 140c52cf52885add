/**
 * The max-plus recurrence of a flow alone on an idle machine (docs/timing.md section 3).
 *
 * With B[s][i] the start and E[s][i] the end of packet i's hold in stage s,
 *   B[s][i] = edge(max(E[s−1][i], E[s][i−1], E[s+1][i−2])),   E[s][i] = B[s][i] + hold,
 * for "i − completed(s+1) < 2" says that s+1 has completed packets 0..i−2. In a clock faster than the tick a port goes on from the edge its
 * last hold ended at. For an MVM the last load stage has E of vector v − R computed
 * instead of the room term. O(P·S), and less: such a system becomes periodic, so once all ends have moved by one and the same shift since a
 * snapshot (a whole number of cycles of every clock involved), whole periods are skipped exactly.
 * Each hold carries the terms of its path back to the start; of several causes the last end wins, then input, own packet before, room.
 */
import { type Rational, TERM_INDEX, TERMS, type TermCycles, zeroTerms } from "../../base/index.js";
import { placeHold } from "../clock.js";
import { ComputeTrack } from "./compute.js";
import { cyclesOfPacket, type FixedHold, type FlowForm, packetCount } from "./flow.js";
import { extend, laterOf, type PathEnd } from "./path.js";

function fixedHold(cause: PathEnd, hold: FixedHold, lengths: number[]): PathEnd {
  const { start, end } = placeHold(cause.tick, hold.cycles, hold.period);
  lengths.push(end - start);
  return extend(cause, start, end, hold.term);
}

/** What solving a flow gives. */
export interface FlowSolution {
  startTick: number;
  endTick: number;
  /** Terms of the critical path; they sum to endTick − startTick. */
  terms: TermCycles;
  /** Sum of the holds of each stage. */
  busyTicks: number[];
  /** Lengths of the holds before and behind the packets, in order. */
  fixedTicks: number[];
  /** Packets walked one by one; the rest was skipped in whole periods. */
  walkedPackets: number;
}

/** Everything that decides how a flow goes on: the last two packets' ends in every stage, and the compute ends of an MVM. */
class FlowState {
  previous: (PathEnd | undefined)[];
  beforePrevious: (PathEnd | undefined)[];
  busy: number[];
  /** By stage and port: the edge at which the last hold ended; kept only where a clock is faster than the tick. */
  readonly portEdges: number[][];

  constructor(
    stages: number,
    readonly compute: ComputeTrack | undefined,
  ) {
    this.portEdges = Array.from({ length: stages }, () => []);
    this.previous = new Array(stages).fill(undefined);
    this.beforePrevious = new Array(stages).fill(undefined);
    this.busy = new Array(stages).fill(0);
  }

  ends(): (PathEnd | undefined)[] {
    return [...this.previous, ...this.beforePrevious, ...(this.compute?.ends() ?? [])];
  }
}

/** A state remembered, to see whether the flow has come round to it. */
interface Snapshot {
  packet: number;
  ends: (PathEnd | undefined)[];
  busy: number[];
  portEdges: number[];
}

/** The common shift of all ends and terms since a snapshot, or undefined where there is none. */
function commonShift(
  then: Snapshot,
  state: FlowState,
  periods: readonly (Rational | undefined)[],
): PathEnd | undefined {
  const now = state.ends();
  let shift: PathEnd | undefined;
  for (let index = 0; index < now.length; index++) {
    const [a, b] = [then.ends[index], now[index]];
    if (a === undefined || b === undefined) return undefined;
    shift ??= { tick: b.tick - a.tick, terms: b.terms.map((value, term) => value - a.terms[term]!) };
    if (b.tick - a.tick !== shift.tick) return undefined;
    for (let term = 0; term < TERMS.length; term++)
      if (b.terms[term]! - a.terms[term]! !== shift.terms[term]) return undefined;
  }
  if (shift === undefined) return undefined;
  for (const [stage, period] of periods.entries()) {
    if (period === undefined) continue;
    if (shift.tick % period.num !== 0) return undefined;
    const edges = (state.portEdges[stage]![0] ?? 0) - then.portEdges[stage]!;
    if (period.num < period.den && edges !== (shift.tick / period.num) * period.den) return undefined;
  }
  return shift;
}

/** How to solve a flow. */
export interface SolveOptions {
  /** False: every packet is walked. */
  skip?: boolean;
  /** What is assumed of packets that may go to several ports: all to one, or each to one of its own. */
  ports?: "one" | "apart";
}

/** Solves a flow that starts at `startTick`. */
export function solveFlow(given: FlowForm, startTick: number, options: SolveOptions = {}): FlowSolution {
  const flow = options.ports === undefined ? given : withPorts(given, options.ports);
  const { packets: plan, stages, compute } = flow;
  const total = packetCount(plan);
  const state = new FlowState(stages.length, compute && new ComputeTrack(compute));
  const fixedTicks: number[] = [];
  let lead: PathEnd = { tick: startTick, terms: new Float64Array(TERMS.length) };
  for (const hold of flow.lead) lead = fixedHold(lead, hold, fixedTicks);

  // Whole periods are skipped over units that are all alike: packets of one run but its last, else runs.
  const oneRun = plan.runs === 1 && compute === undefined;
  const unit = oneRun ? 1 : plan.packetsPerRun;
  const alike = oneRun ? total - 1 : total;
  const canSkip = options.skip !== false && stages.every((stage) => !stage.eachCycles && !stage.portOf);
  const periods = stages.map((stage) => stage.period);
  let snapshot: Snapshot | undefined;
  let nextSnapshot = 2 * unit;
  let walked = 0;
  let skipped = false;

  for (let packet = 0; packet < total; packet++) {
    if (canSkip && !skipped && packet % unit === 0 && packet < alike) {
      if (snapshot !== undefined) {
        const shift = commonShift(snapshot, state, periods);
        const period = packet - snapshot.packet;
        const times = Math.floor((alike - packet) / period);
        if (shift !== undefined && times > 0) {
          for (const end of new Set(state.ends())) move(end!, shift, times);
          for (let s = 0; s < stages.length; s++) state.busy[s]! += (state.busy[s]! - snapshot.busy[s]!) * times;
          state.compute?.skip((times * period) / plan.packetsPerRun);
          for (const [s, clock] of periods.entries())
            if (state.portEdges[s]![0] !== undefined)
              state.portEdges[s]![0]! += ((shift.tick * times) / clock!.num) * clock!.den;
          packet += times * period;
          skipped = true;
          if (packet >= total) break;
        }
      }
      if (!skipped && packet >= nextSnapshot) {
        const ends = state.ends().map((end) => end && { tick: end.tick, terms: end.terms.slice() });
        const portEdges = state.portEdges.map((edges) => edges[0] ?? 0);
        snapshot = { packet, ends, busy: state.busy.slice(), portEdges };
        nextSnapshot = packet * 2;
      }
    }
    walkPacket(flow, state, packet, lead);
    walked++;
  }

  let last = compute ? state.compute!.last() : state.previous[stages.length - 1]!;
  for (const hold of flow.trail) last = fixedHold(last, hold, fixedTicks);
  const terms = zeroTerms();
  for (const term of TERMS) terms[term] = last.terms[TERM_INDEX[term]]!;
  return { startTick, endTick: last.tick, terms, busyTicks: state.busy, fixedTicks, walkedPackets: walked };
}

function withPorts(flow: FlowForm, ports: "one" | "apart"): FlowForm {
  const portOf = (packet: number) => (ports === "one" ? 0 : packet);
  return { ...flow, stages: flow.stages.map((stage) => (stage.portOf ? { ...stage, portOf } : stage)) };
}

function move(end: PathEnd, shift: PathEnd, times: number): void {
  end.tick += shift.tick * times;
  for (let term = 0; term < TERMS.length; term++) end.terms[term]! += shift.terms[term]! * times;
}

/** One packet through all stages, and through compute where it completes a vector. */
function walkPacket(flow: FlowForm, state: FlowState, packet: number, lead: PathEnd): void {
  const { packets: plan, stages } = flow;
  const { previous, beforePrevious } = state;
  const vector = Math.floor(packet / plan.packetsPerRun);
  const ends: PathEnd[] = [];
  let input = packet === 0 ? lead : previous[0]!;
  for (let s = 0; s < stages.length; s++) {
    const stage = stages[s]!;
    let cause = laterOf(input, previous[s]);
    if (s + 1 < stages.length) cause = laterOf(cause, beforePrevious[s + 1]);
    else if (state.compute) cause = laterOf(cause, state.compute.freed(vector));
    const port = stage.portOf?.(packet) ?? 0;
    const last = state.portEdges[s]![port];
    const { start, end, endEdge } = placeHold(cause.tick, cyclesOfPacket(stage, plan, packet), stage.period, last);
    if (stage.period && stage.period.num < stage.period.den) state.portEdges[s]![port] = endEdge;
    input = extend(cause, start, end, stage.term);
    state.busy[s]! += end - start;
    ends.push(input);
  }
  state.beforePrevious = previous;
  state.previous = ends;
  if (state.compute && packet % plan.packetsPerRun === plan.packetsPerRun - 1) state.compute.compute(input);
}
