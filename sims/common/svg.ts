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

/** Maps [from, to] on to [low, high] by logarithms. */
export function logScale(from: number, to: number, low: number, high: number): (value: number) => number {
  const scale = linearScale(Math.log(from), Math.log(to), low, high);
  return (value) => scale(Math.log(value));
}

/** Round numbers inside [from, to] for a logarithmic axis over a decade or so. */
export function roundLogTicks(from: number, to: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power++)
    for (const factor of [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8]) {
      const tick = factor * 10 ** power;
      if (tick >= from && tick <= to) ticks.push(tick);
    }
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
