/** How many rows a trace of a program would have, before it runs; loops are multiplied, never unrolled. */
import { flowOf, type ProgramShapes, packetCount, programShapes, type UnloadedContext } from "../analytical/index.js";
import type { Chip } from "../hardware/index.js";
import type { Instruction, Program } from "../isa/index.js";

/** Rows of a whole trace: one an instruction and one a hold, its issue included. */
export interface ExpectedRows {
  instructions: number;
  holds: number;
}

/** Counts the rows of a program's trace on a chip. */
export function expectedRows(
  program: Program,
  chip: Chip,
  { examples, shapes, trips }: ProgramShapes = programShapes(program, chip),
): ExpectedRows {
  const holdsOf = examples.map(({ instruction, core }) =>
    holdsOfOne(instruction, { chip, groups: program.groups, core }),
  );
  let instructions = 0;
  let holds = 0;
  shapes.forEach((ids, stream) => {
    for (let index = 0; index < ids.length; index++) {
      if (ids[index]! < 0) continue;
      const often = trips[stream]![index]!;
      instructions += often;
      holds += often * holdsOf[ids[index]!]!;
    }
  });
  return { instructions, holds };
}

/** Holds of one run of an instruction. */
function holdsOfOne(instruction: Instruction, context: UnloadedContext): number {
  const flow = flowOf(instruction, context);
  // Its issue, and what synchronises by itself has one hold more.
  if (!flow) return 2;
  let own = 1 + flow.lead.length + flow.trail.length + flow.stages.length * packetCount(flow.packets);
  if (flow.compute && instruction.op === "MVM")
    own += instruction.vectors * (flow.compute.grain === "vector" ? 1 : 2 * flow.compute.phases);
  return own;
}
