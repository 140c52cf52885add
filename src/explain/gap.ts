/**
 * The parts of the gap between estimate and simulation (law 9): differences term by term, so that they sum to the gap with nothing left over.
 * It is closed per stage; a layer's row compares its own service time, with its waits beside it.
 */
import { addTerms, subtractTerms, sumTerms, TERMS, type Term, type TermCycles, zeroTerms } from "../base/index.js";
import { type Cause, causeOf } from "../results/index.js";
import { causeInWords } from "./words.js";

/** One term's share of a gap. */
export interface GapPart {
  term: Term;
  estimateCycles: number;
  simulatedCycles: number;
  /** Simulated − estimate. */
  cycles: number;
}

/** A gap and its parts, the largest first; parts of zero are left out. */
export interface Gap {
  cycles: number;
  parts: GapPart[];
  terms: TermCycles;
  /** The term that pushes most in the direction of the gap. */
  cause: Cause;
}

/** Cycles of a stage or layer as estimated. */
export interface EstimatedTime {
  name: string;
  stage: number;
  terms: TermCycles;
}

/** Cycles of a stage or layer as simulated; a stage's terms are its share of the critical path. */
export interface SimulatedTime extends EstimatedTime {
  /** Service time of a layer, where it is not the sum of its terms. */
  serviceCycles?: number;
  /** Ticks between its first start and its last end in which nothing of it was under way. */
  waitCycles?: number;
}

/** One row of a comparison. */
export interface GapRow {
  name: string;
  stage: number;
  estimateCycles: number;
  simulatedCycles: number;
  gap: number;
  parts: GapPart[];
  cause: Cause;
  /** The cause as a sentence. */
  causeText: string;
  waitCycles: number;
}

/** The gap between two tables of terms. */
export function gapParts(simulated: Readonly<TermCycles>, estimate: Readonly<TermCycles>): Gap {
  const terms = subtractTerms(simulated, estimate);
  const parts = TERMS.filter((term) => terms[term] !== 0)
    .map((term) => ({ term, estimateCycles: estimate[term], simulatedCycles: simulated[term], cycles: terms[term] }))
    .sort((a, b) => Math.abs(b.cycles) - Math.abs(a.cycles));
  return { cycles: sumTerms(terms), parts, terms, cause: causeOf(terms) };
}

/** Rows for stages: a stage that only one side knows counts as zero on the other. Their gaps sum to the run's. */
export function gapByStage(simulated: readonly SimulatedTime[], estimated: readonly EstimatedTime[]): GapRow[] {
  const stages = [...new Set([...simulated, ...estimated].map(({ stage }) => stage))].sort((a, b) => a - b);
  const sumOf = (times: readonly EstimatedTime[], stage: number): TermCycles =>
    times.filter((time) => time.stage === stage).reduce((sum, { terms }) => addTerms(sum, terms), zeroTerms());
  return stages.map((stage) => {
    const names = [...simulated, ...estimated].filter((time) => time.stage === stage).map(({ name }) => name);
    const found = simulated.filter((time) => time.stage === stage);
    const waitCycles = found.reduce((sum, time) => sum + (time.waitCycles ?? 0), 0);
    return rowOf(names[0]!, stage, sumOf(simulated, stage), sumOf(estimated, stage), undefined, waitCycles);
  });
}

/** Rows for layers, in the order of the simulation, then those only the estimate knows. */
export function gapByLayer(simulated: readonly SimulatedTime[], estimated: readonly EstimatedTime[]): GapRow[] {
  const keyOf = ({ name, stage }: EstimatedTime): string => `${stage} ${name}`;
  const estimates = new Map(estimated.map((time) => [keyOf(time), time]));
  const rows = simulated.map((time) => {
    const estimate = estimates.get(keyOf(time))?.terms ?? zeroTerms();
    estimates.delete(keyOf(time));
    return rowOf(time.name, time.stage, time.terms, estimate, time.serviceCycles, time.waitCycles ?? 0);
  });
  for (const { name, stage, terms } of estimates.values())
    rows.push(rowOf(name, stage, zeroTerms(), terms, undefined, 0));
  return rows;
}

function rowOf(
  name: string,
  stage: number,
  simulated: TermCycles,
  estimate: TermCycles,
  serviceCycles: number | undefined,
  waitCycles: number,
): GapRow {
  const { parts, cause, cycles } = gapParts(simulated, estimate);
  const simulatedCycles = serviceCycles ?? sumTerms(simulated);
  const estimateCycles = sumTerms(estimate);
  const leading = parts.find(({ term }) => term === cause);
  return {
    name,
    stage,
    estimateCycles,
    simulatedCycles,
    gap: serviceCycles === undefined ? cycles : simulatedCycles - estimateCycles,
    parts,
    cause,
    causeText: leading ? causeInWords(leading) : "no gap",
    waitCycles,
  };
}
