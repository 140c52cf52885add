/** The facts of one MVM: bytes loaded a vector, phases, settling, conversion, holds and tail (docs/timing.md section 5). */
import { invariant } from "../../base/index.js";
import type { ArrayGroup, InstructionOf, Piece } from "../../isa/index.js";
import { termOf } from "../terms.js";
import { isIdeal, type UnloadedContext } from "./context.js";
import type { ComputeForm, FixedHold, WholeCompute } from "./flow.js";

/** What one MVM does on every vector. */
export interface MvmFacts {
  /** Bytes one vector's load moves. */
  inputBytes: number;
  /** Distinct arrays of the groups. */
  arrays: number[];
  /** F: phases of one vector; 1 where the timing is given. */
  phases: number;
  /** Phases in which each cell is driven: those of the input bits, not of the groups of rows; 1 where the timing is given. */
  bitPhases: number;
  /** Cells driven by a vector: rows in range × columns, over all pieces. */
  cells: number;
  /** Conversions of one phase: columns of all pieces × m; 0 without ADC. */
  conversions: number;
  /** Shared ADC groups touched; empty where groups are private or there is no ADC. */
  adcGroups: number[];
  compute: ComputeForm;
  /** Holds after the last vector's compute. */
  tail: FixedHold[];
}

/** The array rows of a piece that an MVM drives, `rowRange` counted in rows of the array. */
export function activeRows(piece: Piece, rowRange: InstructionOf<"MVM">["rowRange"]): number {
  if (!rowRange) return piece.rows;
  const from = Math.max(piece.row0, rowRange.row0);
  const to = Math.min(piece.row0 + piece.rows, rowRange.row0 + rowRange.rows);
  return Math.max(0, to - from);
}

/** The number of whole numbers in a union of intervals [from, to). */
function unionLength(intervals: [number, number][]): number {
  intervals.sort((a, b) => a[0] - b[0]);
  let length = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const [from, to] of intervals) {
    length += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return length;
}

/** Bytes of one vector's load: Σ over input buses of ceil(distinct elements · inputBits / 8), twice in the two-rail input modes. */
function inputBytesOf(
  groups: readonly ArrayGroup[],
  mode: InstructionOf<"MVM">["mode"],
  arraysPerInput: number,
): number {
  const intervals = new Map<number, [number, number][]>();
  let bits = 1;
  for (const group of groups) {
    bits = Math.max(bits, group.inputBits);
    for (const piece of group.pieces) {
      const bus = Math.floor(piece.array / arraysPerInput);
      const list = intervals.get(bus) ?? [];
      list.push([piece.inputElement0, piece.inputElement0 + piece.rows]);
      intervals.set(bus, list);
    }
  }
  let bytes = 0;
  for (const list of intervals.values()) bytes += Math.ceil((unionLength(list) * bits) / 8);
  return mode === "dualBroadcast" || mode === "split" ? bytes * 2 : bytes;
}

/** Works out one MVM. */
export function mvmFacts(instruction: InstructionOf<"MVM">, context: UnloadedContext): MvmFacts {
  const { arrays } = context.chip.core;
  const mvm = instruction;
  const groups = mvm.groups.map((index) => {
    const group = context.groups[index];
    invariant(group, `no array group ${index}`);
    return group;
  });
  const pieces = groups.flatMap((group) => group.pieces);
  const rows = Math.max(0, ...pieces.map((piece) => activeRows(piece, mvm.rowRange)));
  const registers = Math.max(1, Math.min(mvm.vectors, arrays.inputRegisters));
  const facts: MvmFacts = {
    inputBytes: inputBytesOf(groups, mvm.mode, arrays.arraysPerInput),
    arrays: [...new Set(pieces.map((piece) => piece.array))],
    phases: 1,
    bitPhases: 1,
    cells: pieces.reduce((sum, piece) => sum + activeRows(piece, mvm.rowRange) * piece.columns, 0),
    conversions: 0,
    adcGroups: [],
    compute: { grain: "vector", holdTicks: 1, parts: [], registers },
    tail: [],
  };
  const hold = (...parts: WholeCompute["parts"]) => {
    const holdTicks = parts.reduce((sum, part) => sum + part.ticks, 0);
    if (holdTicks === 0) parts.push({ term: "mvm", ticks: 1 });
    facts.compute = { grain: "vector", holdTicks: Math.max(1, holdTicks), parts, registers };
  };
  const tail = (kind: "convertTail" | "accumulate", cycles: number) => {
    if (cycles > 0) facts.tail.push({ kind, term: termOf(mvm, kind), cycles });
  };

  const { timing } = arrays;
  if (timing.kind === "given") {
    const outputs = Math.max(0, ...pieces.map((piece) => piece.outputs));
    const steps = Math.ceil(rows / timing.rowsPerStep) * Math.ceil(outputs / timing.columnsPerStep);
    hold({ term: "mvm", ticks: isIdeal(context, "mvm") ? 1 : steps * timing.cyclesPerStep });
    tail("accumulate", arrays.accumulateCycles);
    return facts;
  }
  const inputBits = Math.max(1, ...groups.map((group) => group.inputBits));
  facts.bitPhases = Math.ceil(inputBits / timing.inputBitsPerPhase);
  facts.phases = facts.bitPhases * Math.ceil(rows / timing.rowsActive);
  const phases = facts.phases;
  const settle = isIdeal(context, "mvm") ? 1 : Math.max(1, timing.phaseCycles);
  const { converter } = timing;
  if (converter.kind === "adderTree") {
    hold({ term: "mvm", ticks: phases * settle });
    tail("accumulate", converter.latencyCycles);
    tail("accumulate", arrays.accumulateCycles);
    return facts;
  }

  const rails = mvm.mode === "normal" ? 1 : 2;
  const columns = new Map<number, number>();
  for (const piece of pieces) {
    const group = Math.floor(piece.array / converter.arraysPerGroup);
    columns.set(group, (columns.get(group) ?? 0) + piece.columns);
  }
  facts.conversions = rails * pieces.reduce((sum, piece) => sum + piece.columns, 0);
  const rounds = Math.max(
    0,
    ...[...columns.values()].map((c) => Math.ceil((c * rails) / converter.convertersPerGroup)),
  );
  const convert = isIdeal(context, "adc") ? 1 : Math.max(1, rounds * converter.conversionCycles);
  const shared = converter.arraysPerGroup > 1 && !isIdeal(context, "adc");
  if (shared) facts.adcGroups = [...columns.keys()];
  if (shared && converter.grain === "phase" && phases > 0) {
    const room = converter.pipelined ? 2 : 1;
    facts.compute = { grain: "phase", phases, settleTicks: settle, convertTicks: convert, room, registers };
  } else if (!converter.pipelined)
    hold({ term: "mvm", ticks: phases * settle }, { term: "adc", ticks: phases * convert });
  else {
    if (convert >= settle && phases > 0)
      hold({ term: "mvm", ticks: settle }, { term: "adc", ticks: phases * convert - settle });
    else hold({ term: "mvm", ticks: phases * settle });
    tail("convertTail", Math.min(settle, convert));
  }
  tail("accumulate", arrays.accumulateCycles);
  return facts;
}

/** The ticks an MVM's arrays are held at least, from the first vector loaded. */
export function arrayTicks(compute: ComputeForm, vectors: number): number {
  if (compute.grain === "vector") return vectors * compute.holdTicks;
  const { phases, settleTicks, convertTicks, room } = compute;
  const all = vectors * phases;
  if (room === 1) return all * (settleTicks + convertTicks);
  return Math.max(all * settleTicks, settleTicks + (all - 1) * convertTicks);
}
