/** Tables without boxes: columns two blanks apart, numbers to the right. */
import Table from "cli-table3";

/** A column: its title and the side its cells stand on. */
export interface Column {
  title: string;
  align?: "left" | "right";
}

const NO_LINES = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
  ].map((name) => [name, ""]),
);

/** A table as text, indented by two blanks, with a line end. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: columns.map(({ title }) => title),
    chars: { ...NO_LINES, middle: "  " },
    colAligns: columns.map(({ align }) => align ?? "left"),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  made.push(...rows.map((row) => [...row]));
  const lines = made
    .toString()
    .split("\n")
    .map((line) => `  ${line}`.trimEnd());
  return `${lines.join("\n")}\n`;
}
