/** What `wordline estimate` prints for people. */
import { TERMS, type TermCycles } from "../../base/index.js";
import type { EstimateResult } from "../../results/index.js";
import { formatCount, formatEnergy, formatRate, formatSeconds, formatShare, wrap } from "../numbers.js";
import { heading, type Style } from "./style.js";
import { table } from "./table.js";
import { TERM_WORDS } from "./words.js";

/** The whole report of an estimate. */
export function estimateReport(result: EstimateResult, style: Style): string {
  const { estimate } = result;
  const rows = estimate.stages.flatMap((stage) => [
    [style.bold(`stage ${stage.stage}`), style.bold(formatCount(stage.cycles)), style.bold(largestTerms(stage.terms))],
    ...stage.layers.map((layer) => [`  ${layer.layer}`, formatCount(layer.cycles), largestTerms(layer.terms)]),
  ]);
  const terms = TERMS.filter((term) => estimate.terms[term] !== 0).map((term) => [
    TERM_WORDS[term],
    formatCount(estimate.terms[term]),
    formatShare(estimate.terms[term], estimate.cycles),
  ]);
  const right = { align: "right" } as const;
  return [
    `${style.bold(`${result.network} on ${result.chip}`)} · mapper ${result.mapper} · batch ${result.batch}\n`,
    `estimated ${style.bold(`${formatCount(estimate.cycles)} cycles`)} = ${formatSeconds(result.seconds)} at ${formatRate(result.clockHz)}Hz · ${formatEnergy(result.energyPj["total"] ?? 0)}\n`,
    heading(style, "Stages and layers, in cycles"),
    table([{ title: "stage / layer" }, { title: "estimate", ...right }, { title: "mostly" }], rows),
    heading(style, "Where the time goes, in cycles"),
    table([{ title: "term" }, { title: "cycles", ...right }, { title: "share", ...right }], terms),
    style.dim(`\n${wrap(`Assumes: ${estimate.overlap}`, "  ")}\n`),
  ].join("");
}

/** The two largest terms in words. */
function largestTerms(terms: TermCycles): string {
  return TERMS.filter((term) => terms[term] > 0)
    .sort((a, b) => terms[b] - terms[a])
    .slice(0, 2)
    .map((term) => `${TERM_WORDS[term]} ${formatCount(terms[term])}`)
    .join(", ");
}
