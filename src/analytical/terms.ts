/** Which term of time a hold belongs to (docs/timing.md sections 3 and 5); the machine has its own copy by design. */
import type { Term } from "../base/index.js";
import type { Instruction } from "../isa/index.js";

/** What holds are made on, by the names a trace uses. */
export const STAGE_KINDS = [
  "issue",
  "latency",
  "dram",
  "bus",
  "link",
  "router",
  "localRead",
  "localWrite",
  "globalRead",
  "globalWrite",
  "weightBuffer",
  "pulse",
  "swap",
  "compute",
  "settle",
  "convert",
  "convertTail",
  "accumulate",
  "vector",
  "sync",
  "dramTurnaround",
  "dramRow",
  "dramRefresh",
] as const;
/** One kind of stage. */
export type StageKind = (typeof STAGE_KINDS)[number];

/**
 * The term of an instruction's holds of one kind.
 * LD: inputLoad. WLD and the feeding stages of WWR: weightLoad; pulses, WVF, WSWAP: write. ST, and the stages behind `vec` of an ACC.OUT to
 * global buffer or DRAM: store. SEND, RECV: network. VEC, POOL, CPY, FILL, RECOVER, ACC.OUT: vector; ACC.ADD and a raw ACC.OUT: partialSums.
 * MVM: load stages inputLoad; settle and the issue interval mvm; convert and convertTail adc; accumulate partialSums; a compute hold is
 * split between mvm and adc by `computeParts`, here it is mvm. Issue slots and WAIT, POST, BAR: wait.
 */
export function termOf(instruction: Instruction, kind: StageKind): Term {
  if (kind === "issue") return instruction.op === "MVM" ? "mvm" : "wait";
  switch (instruction.op) {
    case "LD":
      return "inputLoad";
    case "WLD":
      return "weightLoad";
    case "WWR":
      return kind === "pulse" ? "write" : "weightLoad";
    case "WVF":
    case "WSWAP":
      return "write";
    case "ST":
      return "store";
    case "SEND":
    case "RECV":
      return "network";
    case "VEC":
    case "POOL":
    case "CPY":
    case "FILL":
    case "RECOVER":
      return "vector";
    case "ACC.ADD":
      return "partialSums";
    case "ACC.OUT":
      if (kind !== "vector" && instruction.destination.space !== "lm") return "store";
      return instruction.params === "raw" ? "partialSums" : "vector";
    case "MVM":
      switch (kind) {
        case "compute":
        case "settle":
          return "mvm";
        case "convert":
        case "convertTail":
          return "adc";
        case "accumulate":
          return "partialSums";
        default:
          return "inputLoad";
      }
    default:
      return "wait";
  }
}
