/**
 * Law 6, counts: bytes by memory, vectors, rows written and conversions summed from the trace's rows are those of the program.
 * Passes of drawn verification are summed from the lengths of the pulses; the program's own count has one pass a pulse group.
 */
import { COUNT_NAMES, mvmFacts, programCounts, type WorkCounts, zeroCounts } from "../../analytical/index.js";
import type { CheckContext, Static } from "../context.js";

const LAW = "counts";

/** Sums the work of all rows and compares it with the program's; returns the sums. */
export function checkCounts(context: CheckContext): WorkCounts | undefined {
  const { known, whole, findings, view } = context;
  if (!known || !whole) {
    findings.skip(known ? "the trace is filtered: rows that count were left out" : "it needs program and chip", LAW);
    return undefined;
  }
  const sums = zeroCounts();
  const extraPasses = zeroCounts();
  for (let slot = 0; slot < view.slots; slot++) {
    const code = context.staticOf(slot);
    if (code) addInstruction(context, slot, code, sums, extraPasses);
  }
  const { ideal } = known;
  const wanted = programCounts(known.program, known.chip);
  for (const name of COUNT_NAMES) {
    // Ideal writes read nothing from the weight buffer.
    if (name === "weightBufferReadBytes" && ideal.has("write")) continue;
    if (sums[name] !== wanted[name])
      findings.add({
        law: LAW,
        code: name,
        message: `${name}: ${sums[name]} in the trace, ${wanted[name]} in the program`,
      });
    sums[name] += extraPasses[name];
  }
  return sums;
}

function addInstruction(context: CheckContext, slot: number, code: Static, sums: WorkCounts, extra: WorkCounts): void {
  const { view, table } = context;
  const { holds } = table;
  const { instruction } = code;
  const outward = instruction.op === "ST" || instruction.op === "ACC.OUT";
  const window = instruction.op === "POOL" ? instruction.kernelRows * instruction.kernelColumns : 1;
  let vectors = 0;
  for (let at = view.holdStart[slot]!; at < view.holdStart[slot + 1]!; at++) {
    const row = view.holdRows[at]!;
    const lane = code.lanes[holds.stage[row]!];
    if (!lane) continue;
    const bytes = holds.bytes[row]!;
    if (lane.vectorsPerUnit) vectors += lane.vectorsPerUnit;
    switch (lane.kind) {
      case "localRead":
        sums.localMemoryReadBytes += bytes;
        break;
      case "localWrite":
        sums.localMemoryWriteBytes += bytes;
        break;
      case "globalRead":
        sums.globalBufferReadBytes += bytes;
        break;
      case "globalWrite":
        sums.globalBufferWriteBytes += bytes;
        break;
      case "dram":
        sums[outward ? "dramWriteBytes" : "dramReadBytes"] += bytes;
        break;
      case "bus":
      case "link":
        sums.networkBytes += bytes;
        break;
      case "weightBuffer":
        sums.weightBufferReadBytes += bytes;
        break;
      case "vector":
        sums.vectorBytes += bytes * window;
        break;
      case "pulse":
        addPulse(context, code, row, sums, extra);
        break;
      default:
        break;
    }
  }
  if (instruction.op === "WLD")
    sums.weightBufferWriteBytes += arrivedBytes(context, slot, code) * instruction.cores.length;
  if (instruction.op === "MVM") {
    const { program, chip } = context.known!;
    const facts = mvmFacts(instruction, { chip, groups: program.groups, core: context.core(slot) });
    const whole = Math.round(vectors * 1e6) / 1e6;
    sums.mvmVectors += whole;
    sums.arrayMvm += whole * facts.arrays.length;
    sums.cellPhases += whole * facts.bitPhases * facts.cells;
    sums.conversions += whole * facts.phases * facts.conversions;
  }
}

/** Bytes that left the last stage of an instruction. */
function arrivedBytes(context: CheckContext, slot: number, code: Static): number {
  const { view, table } = context;
  const lanes = code.lanes.map(({ bytes, units }) => (units > 0 ? bytes(0) : 0));
  const last = lanes.findLastIndex((bytes) => bytes > 0);
  let sum = 0;
  for (let at = view.holdStart[slot]!; at < view.holdStart[slot + 1]!; at++)
    if (table.holds.stage[view.holdRows[at]!] === last) sum += table.holds.bytes[view.holdRows[at]!]!;
  return sum;
}

/** Rows of one pulse group, once an array; passes beyond the first apart. */
function addPulse(context: CheckContext, code: Static, row: number, sums: WorkCounts, extra: WorkCounts): void {
  const { holds } = context.table;
  const { instruction } = code;
  const { chip, ideal } = context.known!;
  const { rowsPerPulse, verify, pulseCycles } = chip.core.arrays.write;
  const free = ideal.has("write");
  if (instruction.op === "WVF") {
    sums.verifyRows += free ? instruction.rows : 1;
    return;
  }
  if (instruction.op !== "WWR") return;
  const first = free ? 0 : holds.packet[row]! * rowsPerPulse;
  const rows = (free ? instruction.rows : Math.min(rowsPerPulse, instruction.rows - first)) * instruction.arrays.length;
  sums.rowsWritten += rows;
  sums.cellWrites += rows * instruction.columns;
  if (verify.kind === "none") return;
  sums.verifyRows += rows;
  if (verify.kind !== "program" || free) return;
  const passes = (holds.endTick[row]! - holds.startTick[row]!) / Math.max(1, pulseCycles + verify.readCycles);
  extra.cellWrites += (passes - 1) * rows * instruction.columns;
  extra.verifyRows += (passes - 1) * rows;
}
