/**
 * The table of verified networks: all cases in bench/verify/table.csv, their summary in docs/functional.md. Cases run two at a time,
 * each in a process of its own; a run takes up where the last one stopped.
 */
import { type CsvRow, readCsv, runCampaign } from "../../sims/common/campaign.js";
import { listChips } from "../../src/hardware/index.js";
import { dropStale } from "../lib/fresh.js";
import { limitedTo } from "../lib/names.js";
import { readPart, writePart } from "../lib/page.js";
import {
  caseProgram,
  sizedName,
  tableNetworks,
  type VerifyCase,
  verifiedNetworks,
  verifyCase,
  verifyCases,
} from "./cases.js";

/** Where the cases stand. */
export const TABLE_FILE = "bench/verify/table.csv";

/** Columns that say which case a row belongs to. */
export const KEYS = ["network", "chip", "mapper", "batch"];
const COLUMNS = [...KEYS, "mode", "engine", "outcome", "elements", "macs", "program"];
const PAGE = {
  page: "docs/functional.md",
  begin: "<!-- presets: written by npm run bench -- verify table -->",
  end: "<!-- end of presets -->",
};

/** The cases as a table: a row a network, a column a chip, each cell the words that occurred; then how often. */
export function summaryTable(rows: readonly CsvRow[]): string {
  const chips = listChips();
  const order = tableNetworks().map(sizedName);
  const place = (network: string) => order.indexOf(network);
  const networks = [...new Set(rows.map((row) => row["network"]!))].sort((a, b) => place(a) - place(b));
  const lines = networks.map((network) => {
    const cells = chips.map((chip) => {
      const own = rows.filter((row) => row["network"] === network && row["chip"] === chip);
      return [...new Set(own.map((row) => row["outcome"]))].join(", ") || "not run";
    });
    return `| ${network} | ${cells.join(" | ")} |`;
  });
  const words = [...new Set(rows.map((row) => row["outcome"]!))];
  const counts = words.map((word) => `${rows.filter((row) => row["outcome"] === word).length} ${word}`).join(", ");
  const table = [`| network | ${chips.join(" | ")} |`, `|${"---|".repeat(chips.length + 1)}`, ...lines];
  return `${table.join("\n")}\n\n${rows.length} cases: ${counts}.`;
}

/** The table as the page shows it. */
export function pageTable(): string {
  return readPart(PAGE);
}

/** One case in this process: prints its row, and on the error stream what is wrong. */
export async function runCase(json: string): Promise<void> {
  const one = JSON.parse(json) as VerifyCase;
  const { mode, engine } = one;
  const { word, elements, macs, details, program } = await verifyCase(one);
  if (details.length > 0) process.stderr.write(`${details.join("\n")}\n`);
  process.stdout.write(JSON.stringify([[...keysOf(one), mode, engine, word, elements, macs, program]]));
}

/** The cells of those columns. */
export function keysOf({ network, chip, strategy, batch }: VerifyCase): string[] {
  return [sizedName(network), chip, strategy, `${batch}`];
}

function namedCases(names: readonly string[]): VerifyCase[] {
  const [networks, chips] = limitedTo(names, verifiedNetworks(), listChips()) as [string[], string[]];
  return verifyCases(networks, chips);
}

/** Drops the rows of programs that the code of now does not make any more, and writes the page's table. */
export function dropStaleRows(names: readonly string[]): void {
  const cases = namedCases(names);
  dropStale({ file: TABLE_FILE, columns: COLUMNS, keys: KEYS, cases, keyOf: keysOf, programOf: caseProgram });
  writePart(PAGE, summaryTable(readCsv(TABLE_FILE)));
}

/** Runs all cases that have no row yet and writes the page's table; names of networks and of chips limit it to them, `none` runs nothing. Tells whether all are well. */
export async function runTable(names: readonly string[]): Promise<boolean> {
  const failed = await runCampaign({
    file: TABLE_FILE,
    columns: COLUMNS,
    keys: KEYS,
    cases: names[0] === "none" ? [] : namedCases(names),
    keyOf: keysOf,
    command: (one) => ["verify", "case", JSON.stringify(one)],
    limitSeconds: 1500,
    workers: Number(process.env["WORDLINE_WORKERS"] ?? 2),
  });
  writePart(PAGE, summaryTable(readCsv(TABLE_FILE)));
  const wrong = readCsv(TABLE_FILE).filter((row) => row["outcome"] === "DIFFERS");
  for (const row of wrong) process.stderr.write(`DIFFERS: ${Object.values(row).join(" ")}\n`);
  return failed.length + wrong.length === 0;
}
