/** Numbers as people read them: grouped digits, three significant ones, signs; the same in every locale. */
import { formatSi } from "../base/index.js";

/** A whole number with commas: 4,474,826. */
export function formatCount(value: number): string {
  const text = String(Math.round(Math.abs(value)));
  return (Math.round(value) < 0 ? "−" : "") + text.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A difference with its sign: +1,234 or −12. */
export function formatDifference(value: number): string {
  return Math.round(value) > 0 ? `+${formatCount(value)}` : formatCount(value);
}

/** A share of a whole in percent, with a decimal where it is small; a multiple where it is beyond all percents. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return "–";
  const percent = (100 * part) / whole;
  if (Math.abs(percent) >= 1000) return `${formatCount(percent / 100)}×`;
  return `${Math.abs(percent) < 10 ? percent.toFixed(1) : Math.round(percent)}%`.replace("-", "−");
}

/** A rate with an SI prefix and no unit: 1.2 M. */
export function formatRate(value: number): string {
  return formatSi(value, "").trim();
}

/** Seconds: 4.47 ms. */
export function formatSeconds(seconds: number): string {
  return formatSi(seconds, "s");
}

/** Picojoules as joules: 1.2 mJ. */
export function formatEnergy(picojoules: number): string {
  return formatSi(picojoules * 1e-12, "J");
}

/** Bytes: 12 kB (powers of two, as sizes are in chip files). */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}

/** A text cut into lines of at most `width` characters, each after `indent`. */
export function wrap(text: string, indent: string, width = 118): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length + 1 > width && line !== indent) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return [...lines, line].join("\n");
}

/** A program and the chip it ran on, without saying the chip twice. */
export function programOn(program: string, chip: string): string {
  return program.endsWith(` on ${chip}`) ? program : `${program} on ${chip}`;
}
