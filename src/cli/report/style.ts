/** Colours, where the terminal has them, and headings. */
import pc from "picocolors";

/** The colours of a report. */
export type Style = ReturnType<typeof pc.createColors>;

/** Colours, or none. */
export function styleOf(colors: boolean): Style {
  return pc.createColors(colors);
}

/** A heading with an empty line before it. */
export function heading(style: Style, text: string): string {
  return `\n${style.bold(text)}\n`;
}
