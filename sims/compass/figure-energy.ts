/** Fig. 9 of the paper: energy of loading weights, writing them and of MVMs, over that of MVMs; ResNet18 by COMPASS. */
import type { CsvRow } from "../common/campaign.js";
import { element, figure, label, linearScale } from "../common/svg.js";
import { BATCHES, CHIPS } from "./cases.js";
import { GREY, heading, legend } from "./looks.js";
import { ENERGY_RATIOS } from "./published.js";
import { fittedScale, Rows, weightNj } from "./ratios.js";

const PANEL = { width: 270, height: 270, left: 70, top: 118, gap: 40 };
const PARTS = [
  ["MVM", "#1f5fa8"],
  ["weight load", "#d9731a"],
  ["weight write", "#b2479b"],
] as const;

function panel(rows: Rows, chip: string, scale: number, left: number): string {
  const { width, height, top } = PANEL;
  const y = linearScale(0, 5, top + height, top);
  const slot = width / BATCHES.length;
  const parts = [0, 1, 2, 3, 4, 5].map(
    (tick) =>
      element("line", { x1: left, x2: left + width, y1: y(tick), y2: y(tick), stroke: "#e6e8eb" }) +
      label(left - 8, y(tick) + 4, String(tick), { "text-anchor": "end", fill: GREY }),
  );
  for (const [at, batch] of BATCHES.entries()) {
    const middle = left + (at + 0.5) * slot;
    parts.push(label(middle, top + height + 18, String(batch), { "text-anchor": "middle", fill: GREY }));
    const row = rows.row("resnet18", chip, batch, "compass");
    const published = ENERGY_RATIOS[chip]![at]!;
    if (row) {
      const mvm = scale * Number(row["arrayNj"]);
      const write = Number(row["writeNj"]) / mvm;
      const load = weightNj(row) / mvm - write;
      let sum = 0;
      for (const [index, value] of [1, load, write].entries()) {
        const [from, to] = [sum, sum + value];
        parts.push(
          element("rect", { x: middle - 17, y: y(to), width: 34, height: y(from) - y(to), fill: PARTS[index]![1] }),
        );
        sum = to;
      }
      parts.push(label(middle, y(sum) - 8, sum.toFixed(2), { "text-anchor": "middle", "font-size": 11 }));
    }
    parts.push(
      element("circle", {
        cx: middle + 22,
        cy: y(published),
        r: 4,
        fill: "#ffffff",
        stroke: "#111111",
        "stroke-width": 1.6,
      }),
    );
  }
  parts.push(element("line", { x1: left, x2: left + width, y1: y(0), y2: y(0), stroke: "#333333" }));
  parts.push(
    label(left + width / 2, top + height + 40, `chip ${chip.slice(-1).toUpperCase()}, batch`, {
      "text-anchor": "middle",
      "font-weight": "bold",
    }),
  );
  return parts.join("\n");
}

/** The figure. */
export function energyFigure(results: readonly CsvRow[]): string {
  const rows = new Rows(results);
  const { left, width, gap, top, height } = PANEL;
  const scale = fittedScale(rows, ENERGY_RATIOS["compass-m"]![0]!);
  const content = [
    heading(
      left,
      "Energy of weights beside that of MVMs, ResNet18 by COMPASS",
      `one constant set: MVM energy × ${Number.isFinite(scale) ? scale.toFixed(2) : "pending"}, so that M at batch 1 meets the paper; all else is simulated counts × the chip's table`,
    ),
    legend(left, 80, PARTS),
    element("circle", { cx: left + 330, cy: 75, r: 4, fill: "#ffffff", stroke: "#111111", "stroke-width": 1.6 }),
    label(left + 342, 80, "paper, Fig. 9 (which chip a label belongs to is inferred for batches 1, 2, 4)"),
    ...CHIPS.map((chip, at) => panel(rows, chip, scale, left + at * (width + gap))),
    label(0, 0, "energy ÷ MVM energy", {
      transform: `translate(${left - 40} ${top + height / 2}) rotate(-90)`,
      "text-anchor": "middle",
    }),
  ];
  return figure(
    left + CHIPS.length * (width + gap) - gap + 30,
    top + height + 64,
    "Energy of weights beside MVMs",
    content,
  );
}
