/** Partitions beside the estimate of COMPASS: what a search was told they cost, and what they took. */
import type { Result } from "../../results/index.js";
import { formatCount, formatDifference, formatShare } from "../numbers.js";
import { heading, type Style } from "./style.js";
import { table } from "./table.js";
import { TERM_WORDS } from "./words.js";

/** The partitions of a run whose mapper searched for them; nothing for others. */
export function partitionSection({ mapper, partitions, model, cycles }: Result, style: Style): string {
  if (!mapper.startsWith("compass")) return "";
  const cells = (name: string, units: string, modelled: number, simulated: number, cause: string): string[] => [
    name,
    units,
    formatCount(Math.round(modelled)),
    formatCount(simulated),
    formatDifference(Math.round(simulated - modelled)),
    formatShare(simulated - modelled, modelled),
    cause,
  ];
  const rows = partitions.map(({ index, units, modelCycles, simulatedCycles, cause }) =>
    cells(
      `partition ${index}`,
      formatCount(units),
      modelCycles,
      simulatedCycles,
      cause === "none" ? "–" : TERM_WORDS[cause],
    ),
  );
  rows.push(cells("all", "", model.cycles, cycles, ""));
  const right = { align: "right" } as const;
  return (
    heading(style, "Partitions beside the estimate of COMPASS, in cycles") +
    table(
      [
        { title: "" },
        { title: "units", ...right },
        { title: "COMPASS", ...right },
        { title: "simulated", ...right },
        { title: "gap", ...right },
        { title: "%", ...right },
        { title: "cause" },
      ],
      rows,
    )
  );
}
