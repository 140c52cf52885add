/** One program over the whole range against programs made anew for each row-write time. */
import type { CsvRow } from "../common/campaign.js";
import { element, figure, label, polyline } from "../common/svg.js";
import { type Box, decadeAxis, GREY, memoryMarks, shareAxis, sideTitle, timeAxis, timeScale } from "./axes.js";

const WIDTH = 1060;
const LEFT: Box = { left: 84, top: 130, width: 420, height: 330 };
const RIGHT: Box = { left: 596, top: 130, width: 420, height: 330 };

interface Line {
  name: string;
  label: string;
  colour: string;
  dashed: boolean;
}

const SCHEMES: Line[] = [
  { name: "base", label: "greedy", colour: "#666666", dashed: false },
  { name: "layerwise", label: "layerwise", colour: "#d9731a", dashed: false },
  { name: "compass", label: "COMPASS", colour: "#1f5fa8", dashed: false },
  { name: "optimal", label: "optimum, one program", colour: "#1b8a5a", dashed: false },
  { name: "optimal recompiled", label: "optimum, recompiled", colour: "#1b8a5a", dashed: true },
];

const RATIOS: (Line & { same: string })[] = [
  {
    name: "base recompiled",
    same: "base",
    label: "ResNet18, greedy (the same program)",
    colour: "#666666",
    dashed: true,
  },
  { name: "optimal recompiled", same: "optimal", label: "ResNet18, optimum", colour: "#1b8a5a", dashed: true },
  {
    name: "squeezenet optimal recompiled",
    same: "squeezenet optimal",
    label: "SqueezeNet, optimum",
    colour: "#b2479b",
    dashed: true,
  },
];

function sweepOf(results: readonly CsvRow[], name: string): CsvRow[] {
  return results.filter((row) => row["case"] === name && row["point"] === "sweep");
}

function legendOf(lines: readonly Line[], left: number, top: number): string {
  return lines
    .map(({ label: text, colour, dashed }, at) => {
      const y = top + at * 17;
      const look = { stroke: colour, "stroke-width": 2, ...(dashed ? { "stroke-dasharray": "5 3" } : {}) };
      return element("line", { x1: left, x2: left + 26, y1: y - 4, y2: y - 4, ...look }) + label(left + 33, y, text);
    })
    .join("\n");
}

function curve(points: readonly (readonly [number, number])[], { colour, dashed }: Line): string {
  const look = { stroke: colour, "stroke-width": 2, ...(dashed ? { "stroke-dasharray": "5 3" } : {}) };
  const dots = points.map(([cx, cy]) => element("circle", { cx, cy, r: 2.6, fill: colour }));
  return polyline(points, look) + dots.join("");
}

/** The figure of the committed runs. */
export function drawRecompiled(results: readonly CsvRow[]): string {
  const title = { "font-size": 18, "font-weight": "bold" };
  const content = [
    label(LEFT.left, 30, "One program for all memories, or one for each?", title),
    label(LEFT.left, 50, "compass-s, batch 4; the one program was made for rows of 10 ns", { fill: GREY }),
    label(LEFT.left, 92, "ResNet18: milliseconds an image", { "font-weight": "bold", "font-size": 13 }),
    label(RIGHT.left, 92, "Time of the recompiled program ÷ the one program, %", {
      "font-weight": "bold",
      "font-size": 13,
    }),
  ];
  const time = timeScale(LEFT);
  const { y, drawn } = decadeAxis(LEFT, 1, 200);
  content.push(
    drawn,
    memoryMarks(LEFT, true),
    sideTitle(LEFT, "ms an image", 40),
    timeAxis(LEFT, "time to write a row"),
  );
  for (const line of SCHEMES) {
    const points = sweepOf(results, line.name).map(
      (row) => [time(Number(row["rowWriteNs"])), y(Number(row["cycles"]) / Number(row["batch"]) / 1e6)] as const,
    );
    content.push(curve(points, line));
  }
  content.push(legendOf(SCHEMES, LEFT.left + 16, LEFT.top + 22));
  const ratio = shareAxis(RIGHT, 0, 1.2, 0.2);
  const at = timeScale(RIGHT);
  content.push(ratio.drawn, memoryMarks(RIGHT, true), timeAxis(RIGHT, "time to write a row"));
  for (const line of RATIOS) {
    const same = new Map(sweepOf(results, line.same).map((row) => [row["rowWriteNs"]!, Number(row["cycles"])]));
    const points = sweepOf(results, line.name)
      .filter((row) => same.has(row["rowWriteNs"]!))
      .map(
        (row) =>
          [at(Number(row["rowWriteNs"])), ratio.y(Number(row["cycles"]) / same.get(row["rowWriteNs"]!)!)] as const,
      );
    content.push(curve(points, line));
  }
  content.push(legendOf(RATIOS, RIGHT.left + 16, RIGHT.top + 252));
  return figure(
    WIDTH,
    LEFT.top + LEFT.height + 60,
    "One program over all row-write times against recompiled ones",
    content,
  );
}
