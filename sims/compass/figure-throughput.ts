/** Fig. 6 of the paper: throughput by network, chip, batch and scheme; bars are simulated, the line across each is COMPASS's estimate of the same mapping. */
import type { CsvRow } from "../common/campaign.js";
import { element, figure, label, linearScale } from "../common/svg.js";
import { BATCHES, CHIPS, NETWORKS, SCHEMES } from "./cases.js";
import { COLOURS, GREY, heading, legend, NETWORK_NAMES, SCHEME_NAMES, ticksTo } from "./looks.js";
import { Rows } from "./ratios.js";

const PANEL = { width: 980, height: 190, left: 76, top: 116, gap: 74 };
const BAR = 11;

interface Bar {
  x: number;
  colour: string;
  simulated: number;
  estimated: number;
}

function barsOf(rows: Rows, network: string): Bar[] {
  const group = PANEL.width / CHIPS.length;
  const slot = (group - 30) / BATCHES.length;
  return CHIPS.flatMap((chip, chipAt) =>
    BATCHES.flatMap((batch, batchAt) =>
      SCHEMES.map((scheme, at) => ({
        x: chipAt * group + 15 + batchAt * slot + (slot - BAR * SCHEMES.length) / 2 + at * BAR,
        colour: COLOURS[scheme]!,
        simulated: rows.value(network, chip, batch, scheme, "perSecond"),
        estimated: (batch * 1e9) / rows.value(network, chip, batch, scheme, "modelCycles"),
      })),
    ),
  );
}

function panel(rows: Rows, network: string, top: number): string {
  const { left, width, height } = PANEL;
  const bars = barsOf(rows, network);
  const ticks = ticksTo(Math.max(1, ...bars.flatMap(({ simulated, estimated }) => [simulated || 0, estimated || 0])));
  const y = linearScale(0, ticks.at(-1)!, top + height, top);
  const parts = ticks.map(
    (tick) =>
      element("line", { x1: left, x2: left + width, y1: y(tick), y2: y(tick), stroke: "#e6e8eb" }) +
      label(left - 8, y(tick) + 4, String(tick), { "text-anchor": "end", fill: GREY }),
  );
  for (const { x, colour, simulated, estimated } of bars) {
    if (!Number.isFinite(simulated)) {
      parts.push(label(left + x + 2, y(0) - 3, "·", { fill: GREY }));
      continue;
    }
    parts.push(
      element("rect", { x: left + x, y: y(simulated), width: BAR - 1, height: y(0) - y(simulated), fill: colour }),
    );
    const across = { x1: left + x - 0.5, x2: left + x + BAR - 0.5, y1: y(estimated), y2: y(estimated) };
    parts.push(element("line", { ...across, stroke: "#111111", "stroke-width": 1.6 }));
  }
  const group = width / CHIPS.length;
  const slot = (group - 30) / BATCHES.length;
  for (const [at, chip] of CHIPS.entries()) {
    for (const [index, batch] of BATCHES.entries())
      parts.push(
        label(left + at * group + 15 + (index + 0.5) * slot, top + height + 17, String(batch), {
          "text-anchor": "middle",
          fill: GREY,
        }),
      );
    parts.push(
      label(left + (at + 0.5) * group, top + height + 36, `chip ${chip.slice(-1).toUpperCase()}`, {
        "text-anchor": "middle",
        "font-weight": "bold",
      }),
    );
    if (at > 0) {
      const x = left + at * group;
      parts.push(element("line", { x1: x, x2: x, y1: top, y2: top + height + 40, stroke: "#c9ced6" }));
    }
  }
  parts.push(element("line", { x1: left, x2: left + width, y1: y(0), y2: y(0), stroke: "#333333" }));
  parts.push(label(left, top - 12, NETWORK_NAMES[network]!, { "font-weight": "bold", "font-size": 14 }));
  parts.push(
    label(0, 0, "inferences / s", {
      transform: `translate(${left - 54} ${top + height / 2}) rotate(-90)`,
      "text-anchor": "middle",
    }),
  );
  return parts.join("\n");
}

/** The figure. */
export function throughputFigure(results: readonly CsvRow[]): string {
  const rows = new Rows(results);
  const { left, top, height, gap } = PANEL;
  const content = [
    heading(
      left,
      "Throughput of four partitioning schemes, simulated cycle by cycle",
      "groups: batch 1, 2, 4, 8, 16; batch ÷ makespan from a chip without weights; one MVM a row block for all schemes",
    ),
    legend(
      left,
      78,
      SCHEMES.map((scheme) => [SCHEME_NAMES[scheme]!, COLOURS[scheme]!]),
    ),
    element("line", { x1: left + 430, x2: left + 450, y1: 74, y2: 74, stroke: "#111111", "stroke-width": 1.6 }),
    label(left + 458, 78, "estimate of COMPASS for the same partitions"),
    ...NETWORKS.map((network, at) => panel(rows, network, top + at * (height + gap))),
  ];
  return figure(left + PANEL.width + 24, top + NETWORKS.length * (height + gap) - 14, "Throughput by scheme", content);
}
