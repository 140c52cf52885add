/**
 * The plan of an MVM: loading vectors, computing on the arrays in lockstep, converting, accumulating (docs/timing.md section 5).
 */
import { TERM_INDEX } from "../../base/index.js";
import type { AdcConverter, Chip } from "../../hardware/index.js";
import type { ArrayGroup, InstructionOf, Piece, Program } from "../../isa/index.js";
import { COUNT, type Plan, RESOURCE, stage, UNLIMITED } from "./plan.js";
import { atLeastOne, PathPlan, type PlanContext, pathPacketBytes } from "./transfer.js";

/** The pieces one MVM drives, with the rows of each that are active. */
interface Drive {
  pieces: { piece: Piece; rows: number; inputBits: number }[];
  activeRows: number;
  inputBits: number;
}

function driveOf(instruction: InstructionOf<"MVM">, program: Program): Drive {
  const pieces: Drive["pieces"] = [];
  let activeRows = 0;
  let inputBits = 0;
  for (const index of instruction.groups) {
    const group: ArrayGroup = program.groups[index]!;
    inputBits = Math.max(inputBits, group.inputBits);
    for (const piece of group.pieces) {
      const range = instruction.rowRange;
      const low = range ? Math.max(0, range.row0 - piece.row0) : 0;
      const high = range ? Math.min(piece.rows, range.row0 + range.rows - piece.row0) : piece.rows;
      const rows = Math.max(0, high - low);
      pieces.push({ piece, rows, inputBits: group.inputBits });
      activeRows = Math.max(activeRows, rows);
    }
  }
  return { pieces, activeRows, inputBits };
}

/** Bytes of one vector: the distinct input elements each input bus takes, packed a bus. */
function vectorBytes(drive: Drive, chip: Chip, doubled: boolean): number {
  const buses = new Map<number, [number, number][]>();
  let bits = 0;
  for (const { piece, inputBits } of drive.pieces) {
    const bus = Math.floor(piece.array / chip.core.arrays.arraysPerInput);
    const ranges = buses.get(bus) ?? [];
    ranges.push([piece.inputElement0, piece.inputElement0 + piece.rows]);
    buses.set(bus, ranges);
    bits = Math.max(bits, inputBits);
  }
  let bytes = 0;
  for (const ranges of buses.values()) {
    ranges.sort((a, b) => a[0] - b[0]);
    let elements = 0;
    let end = Number.NEGATIVE_INFINITY;
    for (const [low, high] of ranges) {
      elements += Math.max(0, high - Math.max(low, end));
      end = Math.max(end, high);
    }
    bytes += Math.ceil((elements * bits) / 8);
  }
  return Math.max(1, bytes * (doubled ? 2 : 1));
}

/** Conversion time of one phase: the fullest ADC group. */
function conversionTicks(drive: Drive, adc: AdcConverter, ideal: boolean, rails: number): number {
  if (ideal) return 1;
  const columns = new Map<number, number>();
  for (const { piece } of drive.pieces) {
    const group = Math.floor(piece.array / adc.arraysPerGroup);
    columns.set(group, (columns.get(group) ?? 0) + piece.columns * rails);
  }
  let most = 0;
  for (const count of columns.values()) most = Math.max(most, count);
  return Math.ceil(most / adc.convertersPerGroup) * adc.conversionCycles;
}

/** The plan of an MVM. */
export function planMvm(instruction: InstructionOf<"MVM">, program: Program, context: PlanContext): Plan {
  const { chip, ideal } = context;
  const { arrays } = chip.core;
  const drive = driveOf(instruction, program);
  const { vectors, mode, source } = instruction;
  const rails = mode === "normal" ? 1 : 2;
  const registers = Math.min(vectors, arrays.inputRegisters);

  const path = new PathPlan(context, {
    runs: vectors,
    runBytes: vectorBytes(drive, chip, mode === "dualBroadcast" || mode === "split"),
    packetBytes: pathPacketBytes(context, [source.address.space], false),
  });
  path.readFrom(source.address.space, "inputLoad");
  const plan = path.plan();
  const packets = path.packetsPerRun;
  const { stages, counts } = plan;
  plan.gate = "compute";
  plan.computeStage = stages.length;
  plan.registers = registers;
  plan.arrays = [...new Set(drive.pieces.map(({ piece }) => piece.array))].sort((a, b) => a - b);

  const { timing } = arrays;
  let phases = 1;
  let bitPhases = 1;
  let conversions = 0;
  const tail: { kind: "convertTail" | "accumulate"; ticks: number }[] = [];
  const mvm = TERM_INDEX.mvm;
  if (timing.kind === "given") {
    const outputs = Math.max(...drive.pieces.map(({ piece }) => piece.outputs));
    const steps = Math.ceil(drive.activeRows / timing.rowsPerStep) * Math.ceil(outputs / timing.columnsPerStep);
    phases = steps;
    const ticks = ideal.has("mvm") ? 1 : atLeastOne(steps * timing.cyclesPerStep);
    stages.push(
      stage({ kind: "compute", term: mvm, units: vectors, upstream: packets, room: registers, fullTicks: ticks }),
    );
  } else {
    bitPhases = Math.ceil(drive.inputBits / timing.inputBitsPerPhase);
    phases = bitPhases * Math.ceil(drive.activeRows / timing.rowsActive);
    const a = ideal.has("mvm") ? 1 : timing.phaseCycles;
    const { converter } = timing;
    if (converter.kind === "adderTree") {
      const ticks = atLeastOne(phases * a);
      stages.push(
        stage({ kind: "compute", term: mvm, units: vectors, upstream: packets, room: registers, fullTicks: ticks }),
      );
      if (converter.latencyCycles > 0) tail.push({ kind: "accumulate", ticks: converter.latencyCycles });
    } else {
      const freeAdc = ideal.has("adc");
      const c = conversionTicks(drive, converter, freeAdc, rails);
      plan.conversionTicks = c;
      const shared = converter.arraysPerGroup > 1 && !freeAdc;
      if (shared)
        plan.adcGroups = [...new Set(plan.arrays.map((array) => Math.floor(array / converter.arraysPerGroup)))];
      for (const { piece } of drive.pieces) conversions += phases * piece.columns * rails;
      if (shared && converter.grain === "phase") {
        plan.convertStage = stages.length + 1;
        plan.freeAfterConversions = vectors * phases - (converter.pipelined ? 1 : 0);
        stages.push(
          stage({
            kind: "settle",
            term: mvm,
            units: vectors * phases,
            group: phases,
            upstream: packets,
            room: registers,
            fullTicks: atLeastOne(a),
          }),
          stage({
            kind: "convert",
            term: TERM_INDEX.adc,
            resource: RESOURCE.adc,
            units: vectors * phases,
            room: converter.pipelined ? 2 : 1,
            fullTicks: atLeastOne(c),
          }),
        );
      } else {
        const ticks = atLeastOne(converter.pipelined ? phases * Math.max(a, c) : phases * (a + c));
        const mvmPart = converter.pipelined ? (c >= a ? Math.min(a, ticks) : ticks) : Math.min(phases * a, ticks);
        stages.push(
          stage({
            kind: "compute",
            term: mvm,
            resource: shared ? RESOURCE.adc : RESOURCE.none,
            units: vectors,
            upstream: packets,
            room: registers,
            fullTicks: ticks,
            mvmPart,
          }),
        );
        if (converter.pipelined && Math.min(a, c) > 0) tail.push({ kind: "convertTail", ticks: Math.min(a, c) });
      }
    }
  }
  if (arrays.accumulateCycles > 0) tail.push({ kind: "accumulate", ticks: arrays.accumulateCycles });
  // Tail parts of one term follow each other without anything between: one stage a term.
  let upstream = stages.at(-1)!.units;
  for (const { kind, ticks } of tail) {
    const last = stages.at(-1)!;
    if (last.kind === kind) {
      last.fullTicks += ticks;
      last.restTicks += ticks;
      continue;
    }
    stages.push(
      stage({
        kind,
        term: kind === "accumulate" ? TERM_INDEX.partialSums : TERM_INDEX.adc,
        units: 1,
        upstream,
        room: UNLIMITED,
        fullTicks: ticks,
        restTicks: ticks,
      }),
    );
    upstream = 1;
  }

  plan.phases = phases;
  counts[COUNT.arrayMvms]! += vectors * plan.arrays.length;
  // Groups of rows take turns: a cell is driven once an input bit phase, however many groups there are.
  for (const { piece, rows } of drive.pieces) counts[COUNT.cellPhases]! += vectors * bitPhases * rows * piece.columns;
  counts[COUNT.conversions]! += vectors * conversions;
  return plan;
}
