/** The result of a program that was simulated by itself. */
import { sumTerms } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import type { SimulationResult } from "../results/index.js";
import type { Execution } from "./execute.js";

/** Everything a simulated program says, as a plain value. */
export function simulationResult(program: Program, chip: Chip, { simulation, fields }: Execution): SimulationResult {
  return {
    kind: "simulation",
    format: 1,
    program: program.name,
    chip: chip.name,
    clockHz: chip.clockHz,
    batch: program.batch,
    ...fields,
    stages: simulation.stagePath.map((path, stage) => ({
      stage,
      layers: [...new Set(program.tags.filter((tag) => tag.stage === stage).map(({ layer }) => layer))],
      cycles: sumTerms(path),
      path,
    })),
  };
}
