/** What listeners to a run are told: typed payloads for the engine's probes, free when nobody listens. */
import { Probes } from "../engine/index.js";
import type { HoldRecord, InstructionRecord } from "../trace/index.js";

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

/** Probes of a machine: `probes.hold((row) => …)` before the run, `unbind()` to leave. Listeners cannot change timing. */
export type MachineProbes = Probes<{
  instructionStart: InstructionStart;
  instructionEnd: InstructionRecord;
  hold: HoldRecord;
  grant: Grant;
}>;

/** Makes the probes to hand to `simulate`. */
export function machineProbes(): MachineProbes {
  return new Probes();
}
