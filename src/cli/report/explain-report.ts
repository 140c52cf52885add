/** What `wordline explain` prints for people. */
import { TERMS, type TermCycles } from "../../base/index.js";
import type { ExplainResult } from "../../results/index.js";
import { formatCount, formatShare, programOn } from "../numbers.js";
import { pathText, writeText } from "./sections.js";
import { heading, type Style } from "./style.js";
import { table } from "./table.js";
import { TERM_WORDS } from "./words.js";

const RIGHT = { align: "right" } as const;

/** The whole explanation of a trace. */
export function explainReport(result: ExplainResult, style: Style): string {
  const { path, cycles } = result;
  return [
    `${style.bold(result.trace)}  ${programOn(result.program, result.chip)}: ${formatCount(cycles)} cycles\n`,
    pathText(path.terms, cycles, style),
    writeText({ ...result.writes, removableCycles: null }, path.terms.weightLoad, cycles, style),
    ownersSection(result, style),
    longestSection(result, style),
    path.holds === null
      ? style.dim("\n  --program and --chip show the path itself: by stage, by layer, hold by hold\n")
      : style.dim(`\n  ${formatCount(path.holds)} holds on the path\n`),
  ].join("");
}

/** The path by stage and layer. */
function ownersSection({ stages, layers, cycles }: ExplainResult, style: Style): string {
  if (stages.length === 0) return "";
  const row = (name: string, own: number, terms: TermCycles) => [
    name,
    formatCount(own),
    formatShare(own, cycles),
    mostly(terms),
  ];
  const rows = stages.flatMap((stage) => [
    row(style.bold(stage.stage < 0 ? "no stage" : `stage ${stage.stage}`), stage.cycles, stage.path),
    ...layers
      .filter((layer) => layer.stage === stage.stage)
      .sort((a, b) => b.cycles - a.cycles)
      .map((layer) => row(`  ${layer.layer === "" ? "(none)" : layer.layer}`, layer.cycles, layer.path)),
  ]);
  return (
    heading(style, "Who is on the critical path, in cycles") +
    table(
      [{ title: "stage / layer" }, { title: "cycles", ...RIGHT }, { title: "share", ...RIGHT }, { title: "mostly" }],
      rows,
    )
  );
}

function mostly(terms: TermCycles): string {
  return TERMS.filter((term) => terms[term] > 0)
    .sort((a, b) => terms[b] - terms[a])
    .slice(0, 2)
    .map((term) => `${TERM_WORDS[term]} ${formatCount(terms[term])}`)
    .join(", ");
}

function longestSection({ path, cycles }: ExplainResult, style: Style): string {
  if (path.longest.length === 0) return "";
  const rows = path.longest.map((segment) => [
    formatCount(segment.untilCycle - segment.fromCycle),
    formatShare(segment.untilCycle - segment.fromCycle, cycles),
    `${formatCount(segment.fromCycle)} – ${formatCount(segment.untilCycle)}`,
    TERM_WORDS[segment.term],
    `core ${segment.core} ${segment.unit} #${segment.instruction}`,
    segment.layer,
  ]);
  return (
    heading(style, "Longest stretches of the critical path") +
    table(
      [
        { title: "cycles", ...RIGHT },
        { title: "share", ...RIGHT },
        { title: "when" },
        { title: "what" },
        { title: "where" },
        { title: "layer" },
      ],
      rows,
    )
  );
}
