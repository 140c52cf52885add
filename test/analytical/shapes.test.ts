/** Shapes: instructions of one shape have one flow, one range and one count of work, whatever else tells them apart. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flowOf, instructionCounts, programShapes, unloadedRange } from "../../src/analytical/index.js";
import { type Chip, readChip } from "../../src/hardware/index.js";
import type { Program } from "../../src/isa/index.js";
import { emit, map } from "../../src/mapper/index.js";
import { loadBuiltin } from "../../src/workload/index.js";
import { mesh, thinChip } from "./fixtures.js";
import { programs } from "./random.js";

/** Holds every instruction of a program to the example of its shape. */
function holdShapes(program: Program, chip: Chip) {
  const all = programShapes(program, chip);
  program.streams.forEach(({ core, code }, stream) => {
    for (let index = 0; index < code.length; index++) {
      const shape = all.shapes[stream]![index]!;
      expect(shape >= 0).toBe(all.trips[stream]![index]! > 0);
      if (shape < 0) continue;
      const example = all.examples[shape]!;
      const here = { chip, groups: program.groups, core };
      const there = { ...here, core: example.core };
      const instruction = code.at(index);
      expect(JSON.stringify(flowOf(example.instruction, there))).toBe(JSON.stringify(flowOf(instruction, here)));
      expect(instructionCounts(example.instruction, there)).toEqual(instructionCounts(instruction, here));
      expect(unloadedRange(example.instruction, there)).toEqual(unloadedRange(instruction, here));
    }
  });
  return all;
}

describe("shapes", () => {
  it("of random programs decide flows, ranges and counts, on a bus and on a mesh", () => {
    fc.assert(
      fc.property(programs, fc.boolean(), ({ rolled }, onMesh) => {
        holdShapes(
          rolled,
          thinChip((chip) => {
            if (onMesh) chip.network = mesh();
          }),
        );
      }),
      { numRuns: 40 },
    );
  });

  it("of a mapped network are few", () => {
    const chip = readChip("compass-s");
    const network = loadBuiltin("resnet8");
    const program = emit(map(network, chip, { strategy: "greedy", batch: 2 }), network, chip);
    const { examples, shapes } = holdShapes(program, chip);
    expect(examples.length * 4).toBeLessThan(shapes.reduce((sum, ids) => sum + ids.length, 0));
  });
});
