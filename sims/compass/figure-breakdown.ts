/** Fig. 7 of the paper: where the time of ResNet18-M-16 goes, partition by partition; estimated above, simulated below. */
import type { CsvRow } from "../common/campaign.js";
import { element, figure, label, linearScale } from "../common/svg.js";
import { SCHEMES } from "./cases.js";
import { COLOURS, GREY, heading, SCHEME_NAMES, ticksTo } from "./looks.js";
import { Rows } from "./ratios.js";

const PLOT = { left: 110, top: 84, width: 880, bar: 30, group: 96 };

interface Part {
  layers: string;
  estimated: number;
  simulated: number;
}

/** Partitions from their cell. */
function partsOf(row: CsvRow): Part[] {
  return row["parts"]!.split("; ").map((part) => {
    const [layers, , model, , simulated] = part.split(" ");
    const [first, last] = layers!.split("..");
    return {
      layers: first === last ? first! : `${first} – ${last}`,
      estimated: Number(model),
      simulated: Number(simulated),
    };
  });
}

function bar(
  parts: readonly Part[],
  which: "estimated" | "simulated",
  x: (value: number) => number,
  y: number,
  colour: string,
): string {
  let sum = 0;
  const shapes = parts.map((part, index) => {
    const [from, to] = [x(sum), x(sum + part[which])];
    sum += part[which];
    const look = { fill: colour, "fill-opacity": which === "simulated" ? 1 : 0.45, stroke: "#ffffff" };
    const text = to - from > 92 ? part.layers : to - from > 26 ? `P${index}` : "";
    const style = {
      "text-anchor": "middle",
      "font-size": 10,
      fill: which === "simulated" && colour !== COLOURS["greedy"] ? "#ffffff" : "#1d232b",
    };
    return (
      element("rect", { x: from, y, width: to - from, height: PLOT.bar, ...look }) +
      (text === "" ? "" : label((from + to) / 2, y + PLOT.bar / 2 + 4, text, style))
    );
  });
  const total = label(x(sum) + 6, y + PLOT.bar / 2 + 4, `${(sum / 1e6).toFixed(1)} ms`, { fill: GREY });
  return [...shapes, total].join("\n");
}

/** The figure. */
export function breakdownFigure(results: readonly CsvRow[]): string {
  const rows = new Rows(results);
  const { left, top, width, group } = PLOT;
  const found = SCHEMES.map((scheme) => rows.row("resnet18", "compass-m", 16, scheme));
  const most = Math.max(
    1,
    ...found.flatMap((row) => [Number(row?.["cycles"] ?? 0), Number(row?.["modelCycles"] ?? 0)]),
  );
  const ticks = ticksTo(most / 1e6);
  const x = linearScale(0, ticks.at(-1)! * 1e6, left, left + width);
  const bottom = top + SCHEMES.length * group;
  const content = [
    heading(
      20,
      "ResNet18, chip M, batch 16: time by partition",
      "upper bar: COMPASS's estimate; lower bar: simulated share of the critical path",
    ),
    ...ticks.map(
      (tick) =>
        element("line", { x1: x(tick * 1e6), x2: x(tick * 1e6), y1: top - 8, y2: bottom, stroke: "#e6e8eb" }) +
        label(x(tick * 1e6), bottom + 16, `${tick}`, { "text-anchor": "middle", fill: GREY }),
    ),
    label(left + width / 2, bottom + 36, "ms", { "text-anchor": "middle" }),
  ];
  for (const [at, scheme] of SCHEMES.entries()) {
    const y = top + at * group;
    content.push(
      label(left - 10, y + PLOT.bar + 4, SCHEME_NAMES[scheme]!, { "text-anchor": "end", "font-weight": "bold" }),
    );
    const row = found[at];
    if (!row) {
      content.push(label(left + 6, y + PLOT.bar + 4, "pending", { fill: GREY }));
      continue;
    }
    const parts = partsOf(row);
    content.push(
      label(left - 10, y + PLOT.bar + 20, `${parts.length} partitions`, {
        "text-anchor": "end",
        fill: GREY,
        "font-size": 11,
      }),
    );
    content.push(
      bar(parts, "estimated", x, y, COLOURS[scheme]!),
      bar(parts, "simulated", x, y + PLOT.bar + 4, COLOURS[scheme]!),
    );
  }
  return figure(left + width + 80, bottom + 56, "ResNet18-M-16 by partition", content);
}
