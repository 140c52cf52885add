/** From which row-write time on writing matters: a bar a case, from 1 % of the critical path to 5 %. */
import type { CsvRow } from "../common/campaign.js";
import { element, figure, label } from "../common/svg.js";
import { type Box, GREY, memoryMarks, timeAxis, timeScale } from "./axes.js";

const WIDTH = 900;
const ROW = 25;

/** Numbers stand on the background, so that the marks of memories do not run through them. */
const NUMBER = { fill: GREY, "font-size": 11, stroke: "#ffffff", "stroke-width": 4, "paint-order": "stroke" };

/** Cases in the order they are shown, by what they change. */
const GROUPS: [string, [string, string][]][] = [
  [
    "network",
    [
      ["squeezenet", "SqueezeNet (fits)"],
      ["base", "ResNet18: the base point"],
      ["vgg16", "VGG16"],
    ],
  ],
  [
    "scheme",
    [
      ["layerwise", "layerwise"],
      ["compass", "COMPASS"],
      ["optimal", "optimum"],
      ["no replicas", "greedy without replicas"],
    ],
  ],
  [
    "chip",
    [
      ["chip M", "M"],
      ["chip L", "L"],
    ],
  ],
  [
    "batch",
    [
      ["batch 1", "1"],
      ["batch 16", "16"],
    ],
  ],
  [
    "write port",
    [
      ["4 rows a pulse", "4 rows a pulse"],
      ["16 rows a pulse", "16 rows a pulse"],
      ["4 write ports", "4 ports"],
      ["9 write ports", "9 ports (an array each)"],
      ["drawn verify", "passes drawn, 2 on average"],
    ],
  ],
  [
    "overlap",
    [
      ["double-banked", "double-banked arrays"],
      ["no prefetch", "no prefetch of weights"],
    ],
  ],
];

/** The figure of the committed crossovers. */
export function drawCrossovers(rows: readonly CsvRow[]): string {
  const lines = GROUPS.reduce((sum, [, cases]) => sum + cases.length + 0.6, 0);
  const box: Box = { left: 270, top: 116, width: 560, height: lines * ROW };
  const x = timeScale(box);
  const content = [
    label(30, 30, "Up to which row-write time does writing not matter?", { "font-size": 18, "font-weight": "bold" }),
    label(
      30,
      50,
      "exposed writing is less than 1 % of the time left of a bar, more than 5 % right of it; base: ResNet18 on",
      { fill: GREY },
    ),
    label(30, 66, "compass-s, batch 4, greedy, one row a pulse, one port; one thing changed at a time", { fill: GREY }),
  ];
  content.push(memoryMarks(box, true));
  let top = box.top + ROW * 0.7;
  for (const [group, cases] of GROUPS) {
    content.push(label(30, top + 4, group, { "font-weight": "bold" }));
    for (const [name, text] of cases) {
      const own = rows.filter((row) => row["case"] === name);
      const at = (limit: string) => {
        const row = own.find((one) => one["limit"] === limit);
        if (row === undefined || row["reachedNs"] === "") return undefined;
        return Math.sqrt(Number(row["belowNs"] || row["reachedNs"]) * Number(row["reachedNs"]));
      };
      const [one, five] = [at("0.01"), at("0.05")];
      content.push(label(box.left - 10, top + 4, text, { "text-anchor": "end" }));
      if (own.length === 0)
        content.push(label(box.left + 8, top + 4, "pending", { fill: GREY, "font-style": "italic" }));
      if (one !== undefined && five !== undefined) {
        const colour = name === "base" ? "#c0392b" : "#1f5fa8";
        content.push(
          element("rect", {
            x: x(one),
            y: top - 6,
            width: Math.max(2, x(five) - x(one)),
            height: 12,
            rx: 2,
            fill: colour,
          }),
          label(x(one) - 5, top + 4, `${Math.round(one)}`, { ...NUMBER, "text-anchor": "end" }),
          label(x(five) + 5, top + 4, `${Math.round(five)} ns`, NUMBER),
        );
      }
      top += ROW;
    }
    top += ROW * 0.6;
  }
  content.push(timeAxis(box, "time to write a row (one pulse)"));
  return figure(WIDTH, box.top + box.height + 56, "Row-write time at which writing begins to matter", content);
}
