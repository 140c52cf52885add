/** The machine: event ids to handlers, and nothing else. */

import { PHASE } from "../engine/index.js";
import type { TraceSink } from "../trace/index.js";
import { LANE_ACTIVE, LANE_CAUSE, LANE_LAST_NODE } from "./columns.js";
import { FineSteps } from "./fine.js";
import { Flow } from "./flow.js";
import { Issue } from "./issue.js";
import type { MachineProbes } from "./probes.js";
import { Recorder } from "./recorder.js";
import type { MachineState } from "./state.js";
import { WriteDraws } from "./write-draws.js";

/** One machine over one state; handles every event of a run. */
export class Machine {
  readonly recorder: Recorder;
  readonly issue: Issue;
  readonly flow: Flow;
  private foldPending = false;

  constructor(
    readonly state: MachineState,
    sink: TraceSink | undefined,
    probes?: MachineProbes,
  ) {
    this.recorder = new Recorder(state, sink, probes);
    if (state.memory) state.memory.probes = probes;
    this.issue = new Issue(state, this.recorder, () => this.flow);
    this.flow = new Flow(
      state,
      this.recorder,
      state.options.mode === "fine" ? new FineSteps(state) : undefined,
      new WriteDraws(state, this.recorder),
      {
        completed: (context, node) => this.issue.complete(context, node),
        arraysFreed: (context, node) => this.issue.freeRegisters(context, node),
        arraysGranted: (context) => this.issue.onArrays(context),
      },
    );
  }

  /** Schedules the first instruction of every stream. */
  begin(): void {
    this.issue.begin();
  }

  /** One event. */
  handle(id: number, _phase: number): void {
    const { state } = this;
    if (id < state.issueEvent) {
      this.flow.ended(id);
      if (state.path.due && !this.foldPending) {
        this.foldPending = true;
        state.queue.schedule(0, PHASE.probe, state.foldEvent);
      }
    } else if (id < state.arrayEvent) this.issue.issue(id - state.issueEvent);
    else if (id >= state.serverEvent) {
      if (id < state.barrierEvent) this.flow.servers.arbitrate(id - state.serverEvent);
      else if (id < state.foldEvent) this.issue.openBarrier(id - state.barrierEvent);
      else if (id === state.foldEvent) this.fold();
      else state.memory!.run();
    } else if (id < state.adcEvent) this.flow.sets.arbitrateArrays(id - state.arrayEvent);
    else this.flow.sets.arbitrateAdc(id - state.adcEvent);
  }

  /** At the end of a tick: only what may still become a cause is kept. */
  private fold(): void {
    const { state } = this;
    this.foldPending = false;
    for (let context = 0; context < state.contexts; context++)
      if (state.contextActive[context] === 0) state.contextCauseNode[context] = -1;
    for (let lane = 0; lane < state.lanes; lane++) {
      state.laneNode[(lane << 1) + LANE_LAST_NODE] = -1;
      if (state.lane[(lane << 2) + LANE_ACTIVE] === 0) state.laneNode[(lane << 1) + LANE_CAUSE] = -1;
    }
    for (let stream = 0; stream < state.streams; stream++)
      if (state.streamDone[stream] !== 0) state.streamCauseNode[stream] = -1;
    state.path.fold();
  }
}
