/** How many rows a trace of a program would have, before it runs; loops are multiplied, never unrolled. */
import { flowOf, packetCount, tripsOf, type UnloadedContext } from "../analytical/index.js";
import type { Chip } from "../hardware/index.js";
import type { Program } from "../isa/index.js";

/** Rows of a whole trace: one an instruction and one a hold, its issue included. */
export interface ExpectedRows {
  instructions: number;
  holds: number;
}

/** Counts the rows of a program's trace on a chip. */
export function expectedRows(program: Program, chip: Chip): ExpectedRows {
  let instructions = 0;
  let holds = 0;
  for (const { core, code } of program.streams) {
    const trips = tripsOf(code);
    const context: UnloadedContext = { chip, groups: program.groups, core };
    for (let index = 0; index < code.length; index++) {
      if (trips[index] === 0) continue;
      const instruction = code.at(index);
      const flow = flowOf(instruction, context);
      instructions += trips[index]!;
      // Its issue, and what synchronises by itself has one hold more.
      let own = flow ? 1 : 2;
      if (flow) {
        own += flow.lead.length + flow.trail.length + flow.stages.length * packetCount(flow.packets);
        if (flow.compute && instruction.op === "MVM")
          own += instruction.vectors * (flow.compute.grain === "vector" ? 1 : 2 * flow.compute.phases);
      }
      holds += trips[index]! * own;
    }
  }
  return { instructions, holds };
}
