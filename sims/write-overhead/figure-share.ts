/** Share of the time in which weights are written, against the row-write time: on the critical path, beside it, and what free writes would remove. */
import type { CsvRow } from "../common/campaign.js";
import { element, figure, label, polyline } from "../common/svg.js";
import { type Box, GREY, memoryMarks, shareAxis, sideTitle, timeAxis, timeScale } from "./axes.js";

const WIDTH = 1060;
const PANEL = { width: 420, height: 220, left: 72, gapX: 92, top: 128, gapY: 100 };
const EXPOSED = "#c0392b";
const HIDDEN = "#f0b7a8";
const REMOVABLE = "#1f3f77";
const LOAD = "#1b8a5a";

/** The panels: case and title. */
const PANELS: [string, string][] = [
  ["squeezenet", "SqueezeNet: fits, written once, then 4 images"],
  ["base", "ResNet18: 6 partitions"],
  ["vgg16", "VGG16: 61 partitions"],
  ["double-banked", "ResNet18, double-banked arrays"],
];

function panel(rows: readonly CsvRow[], box: Box, names: boolean): string {
  const x = timeScale(box);
  const { y, drawn } = shareAxis(box, 0, 1, 0.2);
  const value = (row: CsvRow, ...columns: string[]) => columns.reduce((sum, column) => sum + Number(row[column]), 0);
  const at = (row: CsvRow) => x(Number(row["rowWriteNs"]));
  const area = (lower: string[], upper: string[], fill: string) => {
    const up = rows.map((row) => `${at(row).toFixed(1)} ${y(value(row, ...upper)).toFixed(1)}`);
    const down = rows.map((row) => `${at(row).toFixed(1)} ${y(value(row, ...lower)).toFixed(1)}`).reverse();
    return element("path", { d: `M${[...up, ...down].join("L")}Z`, fill });
  };
  const line = (of: (row: CsvRow) => number, look: Record<string, string | number>) =>
    polyline(
      rows.map((row) => [at(row), y(Math.max(0, of(row)))]),
      { "stroke-width": 2, ...look },
    );
  return [
    drawn,
    area([], ["exposedShare"], EXPOSED),
    area(["exposedShare"], ["exposedShare", "hiddenShare"], HIDDEN),
    memoryMarks(box, names),
    line((row) => Number(row["weightLoadExposedCycles"]) / Number(row["cycles"]), { stroke: LOAD }),
    line((row) => Number(row["removableShare"]), { stroke: REMOVABLE, "stroke-dasharray": "6 3" }),
    timeAxis(box, "time to write a row"),
  ].join("\n");
}

function legend(top: number): string {
  const entries: [string, string, boolean][] = [
    ["writing, exposed (on the critical path)", EXPOSED, true],
    ["writing, hidden", HIDDEN, true],
    ["removed by free writes", REMOVABLE, false],
    ["loading weights, exposed", LOAD, false],
  ];
  return entries
    .map(([text, colour, filled], at) => {
      const x = PANEL.left + [0, 262, 402, 582][at]!;
      const dashes = colour === REMOVABLE ? { "stroke-dasharray": "6 3" } : {};
      const mark = filled
        ? element("rect", { x, y: top - 10, width: 22, height: 11, fill: colour })
        : element("line", {
            x1: x,
            x2: x + 22,
            y1: top - 4,
            y2: top - 4,
            stroke: colour,
            "stroke-width": 2,
            ...dashes,
          });
      return mark + label(x + 28, top, text);
    })
    .join("\n");
}

/** The figure of the committed runs. */
export function drawShares(results: readonly CsvRow[]): string {
  const content = [
    label(PANEL.left, 30, "What share of the time is weight writing?", { "font-size": 18, "font-weight": "bold" }),
    label(
      PANEL.left,
      50,
      "compass-s, batch 4, greedy partitions; one program a panel over the whole range; less than nothing removed (down to −0.8 %) is drawn at 0",
      {
        fill: GREY,
      },
    ),
    legend(76),
  ];
  PANELS.forEach(([name, title], index) => {
    const rows = results.filter((row) => row["case"] === name && row["point"] === "sweep");
    const box: Box = {
      left: PANEL.left + (index % 2) * (PANEL.width + PANEL.gapX),
      top: PANEL.top + Math.floor(index / 2) * (PANEL.height + PANEL.gapY),
      width: PANEL.width,
      height: PANEL.height,
    };
    content.push(label(box.left, box.top - 22, title, { "font-weight": "bold", "font-size": 13 }));
    if (rows.length > 0) content.push(panel(rows, box, true));
    if (index % 2 === 0) content.push(sideTitle(box, "% of the makespan"));
  });
  const height = PANEL.top + 2 * PANEL.height + PANEL.gapY + 56;
  return figure(WIDTH, height, "Share of time spent writing weights", content);
}
