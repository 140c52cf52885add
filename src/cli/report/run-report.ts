/** What `wordline run` prints for people: headline, stages and layers, write time, energy, path, bounds, check, traces. */
import type { Result } from "../../results/index.js";
import {
  formatBytes,
  formatCount,
  formatDifference,
  formatRate,
  formatSeconds,
  formatShare,
  wrap,
} from "../numbers.js";
import { partitionSection } from "./partition-report.js";
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
import { verifySection } from "./verify-report.js";
import { mvmWords, TERM_WORDS } from "./words.js";

/** The whole report of a run. */
export function runReport(result: Result, style: Style): string {
  return [
    headline(result, style),
    stageSection(result, style),
    partitionSection(result, style),
    writeSection(result, style),
    experimentSection(result, style),
    energySection(result, style),
    pathSection(result, style, result.estimate.terms),
    resourceSection(result, style),
    dramSection(result, style),
    boundsSection(result, style, result.estimate.cycles),
    checkSection(result, style),
    verifySection(result, style),
    traceSection(result, style),
  ].join("");
}

function headline(result: Result, style: Style): string {
  const { precision } = result;
  const width = `weights of ${precision.weightBits} and activations of ${precision.activationBits} bits`;
  const ideal = result.ideal.length > 0 ? ` · ${style.yellow(`${result.ideal.join(", ")} made free`)}` : "";
  const batch = result.batch === 1 ? "1 sample" : `batch of ${result.batch}`;
  const lines = [
    `${style.bold(`${result.network} on ${result.chip}`)} · mapper ${result.mapper} · ${batch} · ${width}${ideal}`,
    weightLine(result),
    mappingLine(result.mapping),
    `simulated ${style.bold(`${formatCount(result.cycles)} cycles`)} = ${formatSeconds(result.seconds)} at ${formatRate(result.clockHz)}Hz · ${formatRate(result.throughputPerSecond)} samples/s · estimated ${formatCount(result.estimate.cycles)} cycles · gap ${gapText(result.gap.cycles, result.estimate.cycles)}`,
    ...loadLines(result),
    style.dim(
      `${formatCount(result.instructions)} instructions, ${formatCount(result.events)} events in ${result.cpuSeconds.toFixed(2)} CPU seconds · digest ${result.digest}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function gapText(gap: number, estimate: number): string {
  return `${formatDifference(gap)} (${gap > 0 ? "+" : ""}${formatShare(gap, estimate)})`;
}

/** Which of the three weight cases this is, with the sizes that make it so. */
function weightLine({ weights }: Result): string {
  const sizes = `${formatBytes(weights.bits / 8)} of weights, cells for ${formatBytes(weights.capacityBits / 8)}`;
  if (weights.case === "resident") return `weights resident: ${sizes}; written once, before the first sample`;
  const stages = `replaced per partition, ${weights.stages} stages`;
  if (weights.case === "replaced") return `weights ${stages}: ${sizes}`;
  const names = weights.largerLayers.join(", ");
  return `weights ${stages}: ${sizes}; larger than the chip by ${weights.largerLayers.length === 1 ? "itself" : "themselves"}: ${names}`;
}

/** What of the mapping a strategy or the command line chose. */
function mappingLine({ mvmPer, pipeline, prefetchWeights }: Result["mapping"]): string {
  const load = prefetchWeights ? "weights loaded ahead" : "weights loaded when needed";
  return `mapping: ${mvmWords(mvmPer)} · pipeline by ${pipeline} · ${load}`;
}

/** First load and steady state apart, where weights are resident. */
function loadLines({ firstLoad, steady, clockHz }: Result): string[] {
  if (firstLoad === null) return [];
  const how = {
    "one batch more": "what one batch more adds",
    "after first load": "what follows the first load",
    "whole run": "the whole run",
  };
  return [
    `first load ${formatCount(firstLoad.cycles)} cycles (last weight written; first MVM at ${formatCount(firstLoad.firstMvmCycle)}) · steady state ${formatCount(steady.cyclesPerBatch)} cycles a batch = ${formatSeconds(steady.cyclesPerBatch / clockHz)} (${how[steady.method]})`,
  ];
}

/** Stages with their layers below them: a stage closes the gap, a layer compares its own service time. */
function stageSection(result: Result, style: Style): string {
  const rows: string[][] = [];
  const cause = (name: string) => (name === "none" ? "–" : TERM_WORDS[name as keyof typeof TERM_WORDS]);
  for (const stage of result.stages) {
    const bold = (text: string) => style.bold(text);
    rows.push([
      bold(`stage ${stage.stage}`),
      bold(formatCount(stage.estimateCycles)),
      bold(formatCount(stage.simulatedCycles)),
      bold(formatDifference(stage.gap)),
      bold(formatShare(stage.gap, stage.estimateCycles)),
      bold(cause(stage.cause)),
      "",
    ]);
    for (const layer of result.layers.filter((row) => row.stage === stage.stage))
      rows.push([
        `  ${layer.name}`,
        formatCount(layer.estimateCycles),
        formatCount(layer.simulatedCycles),
        formatDifference(layer.gap),
        formatShare(layer.gap, layer.estimateCycles),
        cause(layer.cause),
        formatCount(layer.waitCycles),
      ]);
  }
  const right = { align: "right" } as const;
  return (
    heading(style, "Stages and layers, in cycles") +
    table(
      [
        { title: "stage / layer" },
        { title: "estimate", ...right },
        { title: "simulated", ...right },
        { title: "gap", ...right },
        { title: "%", ...right },
        { title: "cause" },
        { title: "waits", ...right },
      ],
      rows,
    ) +
    style.dim(
      `${wrap("A stage's cycles are its share of the critical path and add up to the run; a layer's are its own service time, waits beside it.", "  ")}\n${wrap(`The estimate assumes: ${result.estimate.overlap}`, "  ")}\n`,
    )
  );
}

/** What making the cause of the largest part free removes. */
function experimentSection(result: Result, style: Style): string {
  const lines = result.experiments
    .filter(({ reason }) => reason === "largest gap part")
    .map((experiment) => {
      const what = `${experiment.ideal.filter((part) => !result.ideal.includes(part)).join(", ") || experiment.ideal.join(", ")}`;
      const part = `largest part of the gap: ${TERM_WORDS[experiment.term as keyof typeof TERM_WORDS]} in stage ${experiment.stage}, ${formatDifference(experiment.partCycles ?? 0)} cycles`;
      const took =
        experiment.tookItsPlace === null
          ? ""
          : `; ${TERM_WORDS[experiment.tookItsPlace as keyof typeof TERM_WORDS]} took its place`;
      return `  ${part}\n  making ${what} free removes ${formatCount(experiment.removedCycles)} cycles of the whole run${took}\n`;
    });
  return lines.length === 0 ? "" : heading(style, "Why") + lines.join("");
}
