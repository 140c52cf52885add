/** A little SVG for the figures of studies: elements as text, a linear scale, round ticks. */

/** Attributes of an element; numbers are written with at most two decimals. */
export type Attributes = Readonly<Record<string, string | number>>;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** An element with its content, which is text of other elements. */
export function element(name: string, attributes: Attributes, content = ""): string {
  const written = Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === "number" ? String(Math.round(value * 100) / 100) : escaped(value);
    return ` ${key}="${text}"`;
  });
  return `<${name}${written.join("")}${content === "" ? "/>" : `>${content}</${name}>`}`;
}

/** A line of text. */
export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escaped(text));
}

/** A line through points. */
export function polyline(points: readonly (readonly [number, number])[], attributes: Attributes): string {
  const text = points.map(([x, y]) => `${Math.round(x * 100) / 100},${Math.round(y * 100) / 100}`).join(" ");
  return element("polyline", { points: text, fill: "none", ...attributes });
}

/** Maps [from, to] on to [low, high]. */
export function linearScale(from: number, to: number, low: number, high: number): (value: number) => number {
  return (value) => low + ((value - from) / (to - from)) * (high - low);
}

/** Round numbers inside [from, to], about as many as wanted: multiples of 1, 2 or 5 times a power of ten. */
export function roundTicks(from: number, to: number, wanted: number): number[] {
  const raw = (to - from) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw)!;
  const ticks: number[] = [];
  for (let tick = Math.ceil(from / step); tick * step <= to + step * 1e-9; tick++) ticks.push(tick * step);
  return ticks;
}

/** A whole figure. */
export function figure(width: number, height: number, title: string, content: readonly string[]): string {
  const head = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    "font-family": "Helvetica, Arial, sans-serif",
    "font-size": 12,
    role: "img",
  };
  const paper = element("rect", { width, height, fill: "#ffffff" });
  return `${element("svg", head, `\n${[element("title", {}, escaped(title)), paper, ...content].join("\n")}\n`)}\n`;
}
