/**
 * The figure: a column a network; above, fidelity of the output against cycles a sample, below, agreement of the class against energy
 * a sample. A line joins the resolutions of one number of rows at once; the number in a mark is the resolution.
 */
import type { CsvRow } from "../common/campaign.js";
import { element, figure, label, linearScale, logScale, polyline, roundLogTicks } from "../common/svg.js";

const WIDTH = 1040;
const PANEL = { width: 410, height: 270, left: 84, gapX: 76, top: 142, gapY: 84 };
/** Marks at the ceiling (exact, 100 %) of each number of rows have a lane of their own above it. */
const LANE = 15;
const COLOURS: Readonly<Record<string, string>> = { 32: "#b2479b", 64: "#d9731a", 128: "#1b8a5a", 256: "#1f5fa8" };
const GREY = "#666666";
const TITLES: Readonly<Record<string, string>> = { resnet8: "ResNet8", ds_cnn: "DS-CNN" };

/** Decibels from which on the axis says "exact". */
const EXACT_AT = 50;
const LOWEST_DB = -5;

interface Point {
  x: number;
  y: number;
  bits: string;
  lossless: boolean;
}

interface Axis {
  title: string;
  value: (row: CsvRow) => number;
}

interface Row {
  x: Axis;
  y: Axis;
  domain: [number, number];
  ticks: [number, string][];
}

const CYCLES: Axis = { title: "thousand cycles a sample", value: (row) => Number(row["sampleCycles"]) / 1000 };
const ENERGY: Axis = {
  title: "µJ a sample without static power",
  value: (row) => (Number(row["sampleNj"]) - Number(row["staticNj"])) / 1000,
};
const ROWS: Row[] = [
  {
    x: CYCLES,
    y: {
      title: "SQNR of the output, dB (median)",
      value: ({ outputSqnrDb }) =>
        outputSqnrDb === "exact" ? EXACT_AT : Math.min(EXACT_AT - 3, Math.max(LOWEST_DB, Number(outputSqnrDb))),
    },
    domain: [LOWEST_DB - 2, EXACT_AT],
    ticks: [
      [0, "0"],
      [10, "10"],
      [20, "20"],
      [30, "30"],
      [40, "40"],
      [EXACT_AT, "exact"],
    ],
  },
  {
    x: ENERGY,
    y: { title: "same class as ideal, %", value: (row) => 100 * Number(row["top1Agreement"]) },
    domain: [-6, 100],
    ticks: [0, 20, 40, 60, 80, 100].map((tick) => [tick, String(tick)]),
  },
];

function mark(x: number, y: number, point: Point, colour: string, hollow: boolean): string {
  const look = { fill: hollow ? "#ffffff" : colour, stroke: hollow ? colour : "#ffffff", "stroke-width": 1.2 };
  const shape = point.lossless
    ? element("rect", { x: x - 7, y: y - 7, width: 14, height: 14, rx: 2, ...look })
    : element("circle", { cx: x, cy: y, r: 7, ...look });
  const text = { "text-anchor": "middle", "font-size": 10, "font-weight": "bold", fill: hollow ? colour : "#ffffff" };
  return shape + label(x, y + 3.5, point.bits, text);
}

/** One panel: axes, then a line and marks for each number of rows and each model of the converter. */
function panel(rows: readonly CsvRow[], { x: xAxis, y: yAxis, domain, ticks }: Row, left: number, top: number): string {
  const { width, height } = PANEL;
  const values = rows.map(xAxis.value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const [low, high] = [least / 1.06, most * 1.06];
  const x = logScale(low, high, left, left + width);
  const ceiling = top + LANE * Object.keys(COLOURS).length;
  const y = linearScale(domain[0], domain[1], top + height, ceiling);
  const band = { x: left, y: top, width, height: ceiling - top + LANE / 2, fill: "#f1f3ee" };
  const lines = ticks.map(
    ([tick, text]) =>
      element("line", { x1: left, x2: left + width, y1: y(tick), y2: y(tick), stroke: "#e4e4e4" }) +
      label(left - 8, y(tick) + 4, text, { "text-anchor": "end", fill: GREY }),
  );
  const parts = [element("rect", band), ...lines];
  for (const tick of roundLogTicks(low, high)) {
    parts.push(element("line", { x1: x(tick), x2: x(tick), y1: top + height, y2: top + height + 5, stroke: GREY }));
    parts.push(
      label(x(tick), top + height + 19, String(Number(tick.toPrecision(6))), { "text-anchor": "middle", fill: GREY }),
    );
  }
  parts.push(element("path", { d: `M${left} ${top}V${top + height}H${left + width}`, stroke: GREY, fill: "none" }));
  parts.push(label(left + width / 2, top + height + 38, xAxis.title, { "text-anchor": "middle" }));
  const marks: string[] = [];
  for (const [lane, [rowsActive, colour]] of Object.entries(COLOURS).entries())
    for (const adc of ["scale", "clip"]) {
      const own = rows.filter(
        (row) => row["rowsActive"] === rowsActive && (row["adc"] === adc || row["lossless"] === "yes"),
      );
      const points = own.map(
        (row): Point => ({
          x: x(xAxis.value(row)),
          y: yAxis.value(row) === domain[1] ? ceiling - lane * LANE : y(yAxis.value(row)),
          bits: row["adcBits"]!,
          lossless: row["lossless"] === "yes",
        }),
      );
      points.sort((a, b) => Number(a.bits) - Number(b.bits));
      // The full-range step ends where it meets the first lossless resolution.
      const shown = adc === "clip" ? points : points.slice(0, points.findIndex(({ lossless }) => lossless) + 1);
      const line = { stroke: colour, "stroke-width": 1.6, ...(adc === "scale" ? { "stroke-dasharray": "4 3" } : {}) };
      parts.push(
        polyline(
          shown.map((point) => [point.x, point.y]),
          line,
        ),
      );
      for (const point of shown)
        if (adc === "clip" || !point.lossless) marks.push(mark(point.x, point.y, point, colour, adc === "scale"));
    }
  return [...parts, ...marks].join("\n");
}

function legend(top: number): string {
  const rows = Object.entries(COLOURS).map(([count, colour], at) => {
    const x = PANEL.left + at * 150;
    return (
      element("rect", { x, y: top - 9, width: 22, height: 6, fill: colour }) +
      label(x + 28, top, `${count} rows at once`)
    );
  });
  const looks: [string, boolean, boolean][] = [
    ["no loss possible", true, false],
    ["sums above the highest code are cut off", false, false],
    ["steps widened to the full range", false, true],
  ];
  const marks = looks.map(([text, lossless, hollow], at) => {
    const x = PANEL.left + [0, 150, 440][at]!;
    const look = mark(x + 11, top + 18, { x: 0, y: 0, bits: "b", lossless }, "#444444", hollow);
    return look + label(x + 28, top + 22, text);
  });
  return [...rows, ...marks].join("\n");
}

/** The figure of the committed results; inputs of noise are left to the table. */
export function drawFigure(results: readonly CsvRow[]): string {
  const rows = results.filter((row) => row["inputs"] === "leaves");
  const networks = [...new Set(rows.map((row) => row["network"]!))].sort((a, b) => b.localeCompare(a));
  const content = [
    label(PANEL.left, 30, "How many converter bits, how many rows at once", { "font-size": 18, "font-weight": "bold" }),
    label(
      PANEL.left,
      50,
      "compass-s, weights and activations of 8 bits, cells and input phases of 1 bit; number in a mark: bits of the converter",
      { fill: GREY },
    ),
    legend(78),
  ];
  for (const [column, network] of networks.entries()) {
    const own = rows.filter((row) => row["network"] === network);
    const left = PANEL.left + column * (PANEL.width + PANEL.gapX);
    for (const [at, row] of ROWS.entries()) {
      const top = PANEL.top + 20 + at * (PANEL.height + PANEL.gapY);
      const weights = own[0]!["weights"] === "real" ? "MLPerf Tiny int8 weights" : "seeded weights";
      if (at === 0)
        content.push(
          label(left, top - 10, `${TITLES[network] ?? network} (${weights})`, {
            "font-weight": "bold",
            "font-size": 14,
          }),
        );
      if (column === 0) {
        const middle = top + PANEL.height / 2;
        content.push(
          label(0, 0, row.y.title, {
            transform: `translate(${left - 52} ${middle}) rotate(-90)`,
            "text-anchor": "middle",
          }),
        );
      }
      content.push(panel(own, row, left, top));
    }
  }
  const height = PANEL.top + 20 + 2 * PANEL.height + PANEL.gapY + 56;
  return figure(WIDTH, height, "Accuracy against cycles and energy: converter bits and rows at once", content);
}
