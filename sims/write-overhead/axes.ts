/** Axes and colours that the figures of this study share. */
import { element, label, linearScale, logScale } from "../common/svg.js";
import { ROW_WRITES } from "./memories.js";

/** Grey of everything that is not data. */
export const GREY = "#666666";

/** Where a panel lies. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Scale of row-write times over a box. */
export function timeScale({ left, width }: Box): (rowWriteNs: number) => number {
  return logScale(1, 10_000, left, left + width);
}

/** A row-write time in words. */
export function timeText(ns: number): string {
  return ns >= 1000 ? `${ns / 1000} µs` : `${ns} ns`;
}

/** The axis of row-write times with its title. */
export function timeAxis(box: Box, title: string): string {
  const x = timeScale(box);
  const bottom = box.top + box.height;
  const ticks = [1, 10, 100, 1000, 10_000].map(
    (ns) =>
      element("line", { x1: x(ns), x2: x(ns), y1: bottom, y2: bottom + 5, stroke: GREY }) +
      label(x(ns), bottom + 19, timeText(ns), { "text-anchor": "middle", fill: GREY }),
  );
  const line = element("line", { x1: box.left, x2: box.left + box.width, y1: bottom, y2: bottom, stroke: GREY });
  return [line, ...ticks, label(box.left + box.width / 2, bottom + 38, title, { "text-anchor": "middle" })].join("\n");
}

/** Lines of the row-write times of known macros, named above the box. */
export function memoryMarks(box: Box, names: boolean): string {
  const x = timeScale(box);
  return ROW_WRITES.map(({ name, rowWriteNs }) => {
    const at = x(rowWriteNs);
    const line = {
      x1: at,
      x2: at,
      y1: box.top - 4,
      y2: box.top + box.height,
      stroke: "#9a9a9a",
      "stroke-dasharray": "2 3",
    };
    const anchor = rowWriteNs > 5000 ? "end" : "middle";
    const text = names ? label(at, box.top - 8, name, { "text-anchor": anchor, fill: GREY, "font-size": 10 }) : "";
    return element("line", line) + text;
  }).join("\n");
}

/** A linear vertical axis with grid lines; returns its scale and what it draws. */
export function shareAxis(
  box: Box,
  from: number,
  to: number,
  step: number,
): { y: (share: number) => number; drawn: string } {
  const y = linearScale(from, to, box.top + box.height, box.top);
  const drawn: string[] = [];
  for (let tick = from; tick <= to + 1e-9; tick += step)
    drawn.push(
      element("line", { x1: box.left, x2: box.left + box.width, y1: y(tick), y2: y(tick), stroke: "#e4e4e4" }) +
        label(box.left - 8, y(tick) + 4, `${Math.round(tick * 100)}`, { "text-anchor": "end", fill: GREY }),
    );
  return { y, drawn: drawn.join("\n") };
}

/** A logarithmic vertical axis with a grid line a decade. */
export function decadeAxis(box: Box, from: number, to: number): { y: (value: number) => number; drawn: string } {
  const y = logScale(from, to, box.top + box.height, box.top);
  const drawn: string[] = [];
  for (let power = Math.ceil(Math.log10(from)); power <= Math.floor(Math.log10(to)); power++) {
    const at = y(10 ** power);
    drawn.push(
      element("line", { x1: box.left, x2: box.left + box.width, y1: at, y2: at, stroke: "#e4e4e4" }) +
        label(box.left - 8, at + 4, String(Number((10 ** power).toPrecision(6))), { "text-anchor": "end", fill: GREY }),
    );
  }
  return { y, drawn: drawn.join("\n") };
}

/** Text along a vertical axis. */
export function sideTitle(box: Box, text: string, distance = 46): string {
  const middle = box.top + box.height / 2;
  return label(0, 0, text, {
    transform: `translate(${box.left - distance} ${middle}) rotate(-90)`,
    "text-anchor": "middle",
  });
}
