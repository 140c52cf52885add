/** The table of docs/pairs.md: every built-in network on every preset, read by the test and written by its full mode. */
import { readFileSync, writeFileSync } from "node:fs";

/** One pair: what a run gave, or the rule that refuses it. */
export interface Pair {
  network: string;
  chip: string;
  /** Weight case of a run. */
  weights?: string;
  stages?: number;
  cycles?: number;
  /** Whether all laws were checked on the trace, or those on counters. */
  check?: string;
  /** Code of the refusal. */
  rule?: string;
}

const DOCUMENT = new URL("../../docs/pairs.md", import.meta.url);
const START = "<!-- pairs -->\n";
const END = "<!-- end of pairs -->\n";
const HEAD = "| network | chip | weights | stages | cycles | check |\n|---|---|---|---|---|---|\n";

/** Words for the weight cases. */
export const CASES: Readonly<Record<string, string>> = {
  resident: "resident",
  replaced: "replaced",
  layerLargerThanChip: "layer larger",
};

/** All pairs of the document. */
export function readPairs(): Pair[] {
  const text = readFileSync(DOCUMENT, "utf8");
  const table = text.slice(text.indexOf(HEAD) + HEAD.length, text.indexOf(END));
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const [network, chip, weights, stages, cycles, check] = line
        .split("|")
        .slice(1)
        .map((cell) => cell.trim());
      const pair = { network: network!, chip: chip! };
      const refused = /^excluded: `([a-z-]+)`$/.exec(weights!);
      if (refused !== null) return { ...pair, rule: refused[1]! };
      const known = Object.entries(CASES).find(([, words]) => words === weights)?.[0];
      const number = (cell: string) => Number(cell.replaceAll(",", ""));
      return {
        ...pair,
        ...(known === undefined ? {} : { weights: known }),
        stages: number(stages!),
        cycles: number(cycles!),
        check: check!,
      };
    });
}

/** Writes the table anew; the text around it stays. */
export function writePairs(pairs: readonly Pair[]): void {
  const text = readFileSync(DOCUMENT, "utf8");
  const lines = pairs.map(({ network, chip, weights, stages, cycles, check, rule }) =>
    rule === undefined
      ? `| ${network} | ${chip} | ${CASES[weights!]} | ${stages} | ${Number.isNaN(cycles) ? "?" : cycles!.toLocaleString("en")} | ${check} |\n`
      : `| ${network} | ${chip} | excluded: \`${rule}\` | | | |\n`,
  );
  const before = text.slice(0, text.indexOf(START) + START.length);
  writeFileSync(DOCUMENT, `${before}${HEAD}${lines.join("")}${text.slice(text.indexOf(END))}`);
}
