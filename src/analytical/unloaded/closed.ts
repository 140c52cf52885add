/**
 * Closed forms of flows whose stages all run in the chip's own clock.
 *
 * A flow's completion is the longest path through the grid of holds (s, i): along a stage (s, i) → (s, i+1), down (s, i) → (s+1, i), and
 * by the room rule back up (s+1, i) → (s, i+2). With equal packets a step up never pays: it enters a stage the path has been in, skips a packet
 * there, and staying in the slower of the two stages collects at least as much. So a path goes through the packets in one stage, the slowest:
 *   C = Σ t_s + (P − 1) · max t_s.
 * With a smaller last packet (u_s ≤ t_s) the path must change to it in some stage q, having gone through the P − 1 full ones in the
 * slowest stage up to q:
 *   C = max over q of [ Σ_{s≤q} t_s + (P − 2) · max_{s≤q} t_s + Σ_{s≥q} u_s ],  P ≥ 2.
 * Runs of one packet each are equal packets. Runs of several have no such form: where full packets are slow in two neighbouring stages, a room
 * of two makes (s, i) → (s+1, i) → (s, i+2) a cycle that collects t_s + t_{s+1} a two-packet run, more than either stage's own t + u; there
 * the recurrence is solved, which skips whole periods.
 */
import { type FlowForm, packetCount } from "./flow.js";

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Ticks of P packets through stages: `full` a packet each, the last `rest`. */
export function pipelineTicks(full: readonly number[], rest: readonly number[], packets: number): number {
  if (packets === 1) return sum(rest);
  let best = 0;
  let before = 0;
  let slowest = 0;
  let behind = sum(rest);
  for (let q = 0; q < full.length; q++) {
    before += full[q]!;
    slowest = Math.max(slowest, full[q]!);
    best = Math.max(best, before + (packets - 2) * slowest + behind);
    behind -= rest[q]!;
  }
  return best;
}

/**
 * The same where packet 0 takes `extra` more in stage v (the vector unit's start): the longest path either misses that hold, or
 * comes down to it with packet 0 and goes on as a pipeline of the stages from v; or, by the room rule, up to a slower stage j < v with packet
 * 2(v − j), and from there.
 */
export function startedPipelineTicks(
  full: readonly number[],
  rest: readonly number[],
  packets: number,
  v: number,
  extra: number,
): number {
  const first = packets === 1 ? rest : full;
  const down = sum(first.slice(0, v)) + extra;
  let best = pipelineTicks(full, rest, packets);
  let up = 0;
  for (let j = v; j >= 0 && packets - 2 * (v - j) >= 1; j--) {
    const onward = pipelineTicks(full.slice(j), rest.slice(j), packets - 2 * (v - j));
    best = Math.max(best, down + up + onward);
    up += full[j]!;
  }
  return best;
}

/**
 * Ticks of V vectors loaded in `load` ticks each by one stage and computed in `hold`, with R registers.
 * R = 1: nothing overlaps, V · (load + hold). R = 2: the next vector loads while one computes, load + (V − 1) · max(load, hold) + hold.
 */
export function vectorsTicks(load: number, hold: number, vectors: number, registers: number): number {
  if (registers === 1) return vectors * (load + hold);
  return load + (vectors - 1) * Math.max(load, hold) + hold;
}

/** The closed form of a flow's ticks, or undefined where there is none: another clock, runs of several packets, drawn passes, phases. */
export function closedTicks(flow: FlowForm): number | undefined {
  const { packets: plan, stages, compute, lead, trail } = flow;
  if ([...stages, ...lead, ...trail].some((part) => part.period !== undefined)) return undefined;
  if (stages.some((stage) => stage.eachCycles)) return undefined;
  const fixed = sum([...lead, ...trail].map((hold) => Math.max(1, hold.cycles)));
  const full = stages.map((stage) => Math.max(1, stage.fullCycles));
  const rest = stages.map((stage) => Math.max(1, stage.restCycles));
  if (compute) {
    if (compute.grain !== "vector" || stages.length !== 1) return undefined;
    const load = (plan.packetsPerRun - 1) * full[0]! + rest[0]!;
    return fixed + vectorsTicks(load, compute.holdTicks, plan.runs, compute.registers);
  }
  if (plan.runs > 1 && plan.packetsPerRun > 1) return undefined;
  const packets = packetCount(plan);
  const usual = plan.packetsPerRun === 1 ? rest : full;
  const v = stages.findIndex((stage) => stage.firstExtraCycles > 0);
  if (v < 0) return fixed + pipelineTicks(usual, rest, packets);
  return fixed + startedPipelineTicks(usual, rest, packets, v, stages[v]!.firstExtraCycles);
}
