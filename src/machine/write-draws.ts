/**
 * Passes of program-and-verify writes, drawn from one named stream an array (docs/timing.md section 6).
 * Draws follow the order in which pulse groups are written to the array, so no other array shifts them.
 */
import { type RandomStream, randomStream } from "../base/index.js";
import { pulseTicks } from "./plan/instruction.js";
import type { Recorder } from "./recorder.js";
import type { MachineState } from "./state.js";

/** Draws of all arrays of a run. */
export class WriteDraws {
  private readonly streams = new Map<number, RandomStream>();

  constructor(
    private readonly state: MachineState,
    private readonly recorder: Recorder,
  ) {}

  /** Length of the next pulse hold of a write, and its extra work counted. */
  length(context: number, unit: number): number {
    const { state } = this;
    const { write } = state.chip.core.arrays;
    const { verify } = write;
    if (verify.kind !== "program") return pulseTicks(write.pulseCycles, verify, 1);
    const core = state.streamCore[state.contextStream[context]!]!;
    const arrays = state.decoded.plans.arrays[state.contextPlan[context]!]!;
    const array = core * state.arraysPerCore + arrays[0]!;
    let stream = this.streams.get(array);
    if (!stream) {
      stream = randomStream(state.options.seed, `write-verify/${core}/${arrays[0]}`);
      this.streams.set(array, stream);
    }
    let passes = 1;
    while (stream() >= verify.passProbability && passes < verify.maxPasses) passes++;
    const stage = state.decoded.plans.plans[state.contextPlan[context]!]!;
    const { rows, columns } = state.writeShape(context);
    const inGroup = Math.min(write.rowsPerPulse, rows - unit * write.rowsPerPulse);
    this.recorder.extraCellWrites += (passes - 1) * inGroup * columns * stage.arrays.length;
    this.recorder.extraVerifyRows += (passes - 1) * inGroup * stage.arrays.length;
    return pulseTicks(write.pulseCycles, verify, passes);
  }
}
