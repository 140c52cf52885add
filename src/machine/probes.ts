/** What listeners to a run are told: typed payloads for the engine's probes, free when nobody listens. */
import { Probes } from "../engine/index.js";
import type { HoldRecord, InstructionRecord } from "../trace/index.js";
import type { DRAM_CAUSE } from "./dram/controller.js";

/** What a request may have met in DRAM. */
export type DramCauseName = keyof typeof DRAM_CAUSE;

/** An instruction of a stream started. */
export interface InstructionStart {
  stream: number;
  n: number;
  /** Index in the stream's code. */
  pc: number;
  tick: number;
}

/** A shared resource was given to a stage of an instruction. */
export interface Grant {
  /** Resource id as in the trace header's table. */
  resource: number;
  stream: number;
  n: number;
  stage: number;
  tick: number;
}

/** A request of DRAM played by commands, told when its completion is known; all times in the DRAM's own cycles. */
export interface DramRequest {
  /** Byte address of the burst. */
  address: number;
  write: boolean;
  /** First cycle it could be offered in; when it was accepted, its column command issued, its burst begun and ended (a posted write: accepted). */
  queuedCycle: number;
  acceptedCycle: number;
  issuedCycle: number;
  firstDataCycle: number;
  doneCycle: number;
  /** The worst it met on its way. */
  met: DramCauseName;
}

/** Probes of a machine: `probes.hold((row) => …)` before the run, `unbind()` to leave. Listeners cannot change timing. */
export type MachineProbes = Probes<{
  instructionStart: InstructionStart;
  instructionEnd: InstructionRecord;
  hold: HoldRecord;
  grant: Grant;
  request: DramRequest;
}>;

/** Makes the probes to hand to `simulate`. */
export function machineProbes(): MachineProbes {
  return new Probes();
}
