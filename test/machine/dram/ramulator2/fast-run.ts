/** A trace in memory through the fast controller and the replay's driver. */
import type { DramDevice } from "../../../../src/hardware/dram/index.js";
import { createDramController, DRAM_COMMANDS, type DramSummary } from "../../../../src/machine/dram/index.js";
import { ReplayDriver, RequestWindow } from "../../../../src/run/dram/index.js";
import type { Line, Offered } from "./oracle.js";

/** What a run of the controller came to. */
export interface FastRun {
  commands: Line[];
  accepted: number[];
  done: number[];
  causes: number[];
  summary: DramSummary;
  lastCycle: number;
}

/** Plays a trace on the `ramulator2` policy. */
export function playFast(device: DramDevice, trace: readonly Offered[], width: number): FastRun {
  const run: Omit<FastRun, "summary" | "lastCycle"> = { commands: [], accepted: [], done: [], causes: [] };
  const window = new RequestWindow((index, accepted, done) => {
    run.accepted[index] = accepted;
    run.done[index] = done;
  });
  const controller = createDramController(device, "ramulator2", {
    command: (cycle, channel, command, rank, group, bank, row, column) => {
      if (channel !== 0) throw new Error("one channel only");
      run.commands.push({ cycle, name: DRAM_COMMANDS[command], rank, group, bank, row, column });
    },
    done: (id, cycle, _issue, _first, cause) => {
      window.setDone(id, cycle);
      run.causes[id] = cause;
      driver.sawDone(cycle);
    },
  });
  const driver = new ReplayDriver(controller, 1, width, window);
  driver.offer({
    count: trace.length,
    address: Float64Array.from(trace, ({ address }) => address),
    write: Uint8Array.from(trace, ({ write }) => (write ? 1 : 0)),
    arrival: Float64Array.from(trace, ({ arrival }) => arrival),
  });
  const end = driver.finish();
  return { ...run, summary: controller.summary(), lastCycle: end - 1 };
}
