/** What `wordline simulate` prints for people. */
import type { SimulationResult } from "../../results/index.js";
import { formatCount, formatRate, formatSeconds, formatShare, programOn } from "../numbers.js";
import {
  boundsSection,
  checkSection,
  dramSection,
  energySection,
  pathSection,
  resourceSection,
  traceSection,
  writeSection,
} from "./sections.js";
import { heading, type Style } from "./style.js";
import { table } from "./table.js";

/** The whole report of a simulated program. */
export function simulationReport(result: SimulationResult, style: Style): string {
  const ideal = result.ideal.length > 0 ? ` · ${style.yellow(`${result.ideal.join(", ")} made free`)}` : "";
  const lines = [
    `${style.bold(`${programOn(result.program, result.chip)}`)} · ${result.batch === 1 ? "1 sample" : `batch of ${result.batch}`}${ideal}`,
    `simulated ${style.bold(`${formatCount(result.cycles)} cycles`)} = ${formatSeconds(result.seconds)} at ${formatRate(result.clockHz)}Hz`,
    style.dim(
      `${formatCount(result.instructions)} instructions, ${formatCount(result.events)} events in ${result.cpuSeconds.toFixed(2)} CPU seconds · digest ${result.digest}`,
    ),
  ];
  const stages = result.stages.map(({ stage, layers, cycles }) => [
    `stage ${stage}`,
    formatCount(cycles),
    formatShare(cycles, result.cycles),
    layers.length > 6 ? `${layers.slice(0, 5).join(", ")} and ${layers.length - 5} more` : layers.join(", "),
  ]);
  return [
    `${lines.join("\n")}\n`,
    heading(style, "Stages, in cycles of the critical path"),
    table(
      [
        { title: "stage" },
        { title: "cycles", align: "right" },
        { title: "share", align: "right" },
        { title: "layers" },
      ],
      stages,
    ),
    writeSection(result, style),
    energySection(result, style),
    pathSection(result, style),
    resourceSection(result, style),
    dramSection(result, style),
    boundsSection(result, style),
    checkSection(result, style),
    traceSection(result, style),
  ].join("");
}
