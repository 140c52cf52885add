/** Years until the first cells are worn out, by memory, network and chip, at one inference a second. */
import type { CsvRow } from "../common/campaign.js";
import { element, figure, label, logScale } from "../common/svg.js";
import { GREY } from "./axes.js";
import { ENDURANCES } from "./memories.js";

const WIDTH = 980;
const ROW = 44;
const LEFT = 230;
const SPAN = 690;
const TOP = 140;
const COLOURS: Readonly<Record<string, string>> = { squeezenet1_1: "#b2479b", resnet18: "#1f5fa8", vgg16: "#d9731a" };
const NAMES: Readonly<Record<string, string>> = { squeezenet1_1: "SqueezeNet", resnet18: "ResNet18", vgg16: "VGG16" };
const HOUR = 1 / 8766;
const TICKS: [number, string][] = [
  [HOUR, "1 hour"],
  [1 / 365.25, "1 day"],
  [30 / 365.25, "1 month"],
  [1, "1 year"],
  [10, "10 years"],
  [100, "100 years"],
  [1e4, "10,000 years"],
  [1e6, "10⁶ years"],
];

function exponent(value: number): string {
  return [...String(Math.round(Math.log10(value)))].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
}

/** The figure of the committed endurance table. */
export function drawEndurance(rows: readonly CsvRow[]): string {
  const x = logScale(HOUR / 10, 1e6, LEFT, LEFT + SPAN);
  const height = ENDURANCES.length * ROW;
  const content = [
    label(30, 30, "How long do cells last that are rewritten for every batch?", {
      "font-size": 18,
      "font-weight": "bold",
    }),
    label(
      30,
      50,
      "years until the row written most is worn out, one inference a second, batch 4, greedy; at 30 a second all marks move left by 1.5 decades",
      { fill: GREY },
    ),
    label(30, 66, "SqueezeNet fits every chip and is written once; it is shown as the layerwise scheme rewrites it", {
      fill: GREY,
    }),
  ];
  Object.entries(COLOURS).forEach(([network, colour], at) => {
    const left = LEFT + at * 130;
    content.push(element("circle", { cx: left, cy: 88, r: 7, fill: colour }), label(left + 13, 92, NAMES[network]!));
  });
  content.push(label(LEFT + 400, 92, "letter: chip S, M, L (16 × 9, 16 × 16, 36 × 16 arrays)", { fill: GREY }));
  content.push(element("rect", { x: x(10), y: TOP - 12, width: x(1e6) - x(10), height: height + 12, fill: "#eef4ea" }));
  for (const [years, text] of TICKS) {
    const look = { stroke: years === 10 ? "#3a7d2c" : "#dcdcdc", "stroke-width": years === 10 ? 1.6 : 1 };
    content.push(
      element("line", { x1: x(years), x2: x(years), y1: TOP - 12, y2: TOP + height, ...look }),
      label(x(years), TOP + height + 18, text, { "text-anchor": "middle", fill: GREY, "font-size": 11 }),
    );
  }
  ENDURANCES.forEach(({ name, cycles }, index) => {
    const middle = TOP + (index + 0.5) * ROW;
    content.push(
      element("line", { x1: LEFT, x2: LEFT + SPAN, y1: middle + ROW / 2, y2: middle + ROW / 2, stroke: "#ececec" }),
      label(LEFT - 14, middle + 4, `${name}: 10${exponent(cycles)}`, { "text-anchor": "end" }),
    );
    Object.keys(COLOURS).forEach((network, lane) => {
      const mapper = network === "squeezenet1_1" ? "layerwise" : "greedy";
      const own = rows.filter(
        (row) => row["memory"] === name.replaceAll(",", "") && row["network"] === network && row["mapper"] === mapper,
      );
      for (const cell of new Set(own.map((row) => row["yearsAt1PerSecond"]!))) {
        const years = Number(cell);
        if (!Number.isFinite(years)) continue;
        // Chips that last as long share a mark.
        const letters = own.filter((row) => row["yearsAt1PerSecond"] === cell).map((row) => row["chip"]!.slice(-1));
        const [cx, cy, half] = [x(years), middle + (lane - 1) * 14, 2.5 + 4 * letters.length];
        content.push(
          element("rect", { x: cx - half, y: cy - 6.5, width: 2 * half, height: 13, rx: 6.5, fill: COLOURS[network]! }),
          label(cx, cy + 3.5, letters.join("").toUpperCase(), {
            "text-anchor": "middle",
            fill: "#ffffff",
            "font-size": 9,
            "font-weight": "bold",
          }),
        );
      }
    });
  });
  return figure(WIDTH, TOP + height + 40, "Years to wear-out", content);
}
