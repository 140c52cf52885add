/** The critical path as a list of segments, each in one term, with the stage, layer and hold it belongs to. */
import { addTerms, type Term, type TermCycles, UserError, zeroTerms } from "../base/index.js";
import { CheckContext, Findings, type PathPiece, walkPath } from "../check/index.js";
import type { Chip } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import { HOLD_KINDS, type HoldKind, type TraceTable } from "../trace/index.js";

/** A stretch of time on the critical path. */
export interface PathSegment {
  fromTick: number;
  toTick: number;
  term: Term;
  /** Stage and layer of the instruction's tag; −1 and empty where it has none. */
  stage: number;
  layer: string;
  stream: number;
  n: number;
  holdKind: HoldKind;
  /** Holds merged in it. */
  holds: number;
}

/** Totals of a path by term: over the run, by stage, by layer in its stage. */
export interface PathTotals {
  terms: TermCycles;
  stages: Map<number, TermCycles>;
  layers: { stage: number; layer: string; terms: TermCycles }[];
}

/** Totals and longest segments of one path. */
export interface PathSummary extends PathTotals {
  holds: number;
  /** Merged segments, the last in time first. */
  segments: PathSegment[];
}

function contextOf(table: TraceTable, program: Program, chip: Chip): CheckContext {
  if (Object.keys(table.header.filter).length > 0)
    throw new UserError({
      code: "filtered-trace",
      message: "a filtered trace has no whole critical path",
      seen: JSON.stringify(table.header.filter),
      accepted: "a trace written without a filter",
    });
  return new CheckContext(table, new Findings(), program, chip);
}

function segmentOf(context: CheckContext, program: Program, piece: PathPiece): PathSegment {
  const { holds } = context.table;
  const tag = program.tags[context.staticOf(piece.slot)?.tag ?? 0];
  return {
    fromTick: piece.fromTick,
    toTick: piece.toTick,
    term: piece.term,
    stage: tag?.stage ?? -1,
    layer: tag?.layer ?? "",
    stream: holds.stream[piece.row]!,
    n: holds.n[piece.row]!,
    holdKind: HOLD_KINDS[holds.kind[piece.row]!]!,
    holds: 1,
  };
}

/** Walks the path backwards; throws where the trace breaks it off. Returns the holds on it. */
function visitPath(table: TraceTable, program: Program, chip: Chip, visit: (segment: PathSegment) => void): number {
  const context = contextOf(table, program, chip);
  const ending = walkPath(context, (piece) => visit(segmentOf(context, program, piece)));
  if (ending.broken !== undefined)
    throw new UserError({
      code: "broken-path",
      message: `the critical path breaks off at tick ${ending.reachedTick}: ${ending.broken}`,
      accepted: "a trace that `wordline check` finds in order",
    });
  return ending.holds;
}

/** Every segment of the critical path, the last in time first; they tile the makespan. */
export function criticalPath(table: TraceTable, program: Program, chip: Chip): PathSegment[] {
  const segments: PathSegment[] = [];
  visitPath(table, program, chip, (segment) => segments.push(segment));
  return segments;
}

/** Whether a segment goes on in the one that lies before it in time, for display. */
function mergesInto(later: PathSegment, earlier: PathSegment): boolean {
  return (
    later.fromTick === earlier.toTick &&
    later.term === earlier.term &&
    later.stage === earlier.stage &&
    later.layer === earlier.layer &&
    later.stream === earlier.stream &&
    later.holdKind === earlier.holdKind
  );
}

/** Neighbours of one term, layer, stream and kind as one segment, which carries the id of the earliest; order stays. */
export function mergeSegments(segments: Iterable<PathSegment>): PathSegment[] {
  const merged: PathSegment[] = [];
  for (const segment of segments) {
    const last = merged.at(-1);
    if (last && mergesInto(last, segment)) {
      last.fromTick = segment.fromTick;
      last.n = segment.n;
      last.holds += segment.holds;
    } else merged.push({ ...segment });
  }
  return merged;
}

function addSegment(totals: PathTotals, byLayer: Map<string, TermCycles>, segment: PathSegment): void {
  const added = { [segment.term]: segment.toTick - segment.fromTick };
  addTerms(totals.terms, added);
  let stage = totals.stages.get(segment.stage);
  if (!stage) {
    stage = zeroTerms();
    totals.stages.set(segment.stage, stage);
  }
  addTerms(stage, added);
  const key = `${segment.stage} ${segment.layer}`;
  let layer = byLayer.get(key);
  if (!layer) {
    layer = zeroTerms();
    byLayer.set(key, layer);
    totals.layers.push({ stage: segment.stage, layer: segment.layer, terms: layer });
  }
  addTerms(layer, added);
}

/** Sums segments by term, stage and layer. */
export function pathTotals(segments: Iterable<PathSegment>): PathTotals {
  const totals: PathTotals = { terms: zeroTerms(), stages: new Map(), layers: [] };
  const byLayer = new Map<string, TermCycles>();
  for (const segment of segments) addSegment(totals, byLayer, segment);
  return totals;
}

/** Totals and merged segments in one walk, without keeping every segment. */
export function summarisePath(table: TraceTable, program: Program, chip: Chip): PathSummary {
  const totals: PathTotals = { terms: zeroTerms(), stages: new Map(), layers: [] };
  const byLayer = new Map<string, TermCycles>();
  const segments: PathSegment[] = [];
  const holds = visitPath(table, program, chip, (segment) => {
    addSegment(totals, byLayer, segment);
    const last = segments.at(-1);
    if (last && mergesInto(last, segment)) {
      last.fromTick = segment.fromTick;
      last.n = segment.n;
      last.holds++;
    } else segments.push(segment);
  });
  return { ...totals, holds, segments };
}
