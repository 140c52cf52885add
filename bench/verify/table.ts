/**
 * The table of verified networks: one process a case, so that memory is given back and a case that does not end can be stopped.
 * Finished cases stand in bench/verify/table.csv; a run takes up where the last one stopped. docs/functional.md shows the summary.
 */
import { execFile } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { stringify } from "csv-stringify/sync";
import { listChips } from "../../src/hardware/index.js";
import { sizedName, type VerifyCase, type VerifyOutcome, verifiedNetworks, verifyCase, verifyCases } from "./cases.js";

const COLUMNS = ["network", "chip", "mapper", "batch", "mode", "engine", "outcome", "elements", "macs"] as const;
const CSV = "bench/verify/table.csv";
const PAGE = "docs/functional.md";
const BEGIN = "<!-- presets: written by npm run bench -- verify table -->";
const END = "<!-- end of presets -->";

/** Seconds after which a case is stopped; it then has no row. */
const LIMIT = 1500;

/** A row of the file of cases, by column. */
export type VerifyRow = Record<(typeof COLUMNS)[number], string>;

/** Rows of the file of cases; no field of it holds a comma. */
export function readRows(text: string): VerifyRow[] {
  const [head, ...lines] = text.trim().split("\n");
  const names = (head ?? "").split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [names[i], cell])) as VerifyRow);
}

/** The cases as a table: a row a network, a column a chip, each cell the words that occurred. */
export function summaryTable(rows: readonly VerifyRow[], chips: readonly string[]): string {
  const networks = [...new Set(rows.map(({ network }) => network))];
  const lines = networks.map((network) => {
    const cells = chips.map((chip) => {
      const own = rows.filter((row) => row.network === network && row.chip === chip);
      return [...new Set(own.map(({ outcome }) => outcome))].join(", ") || "not run";
    });
    return `| ${network} | ${cells.join(" | ")} |`;
  });
  return [`| network | ${chips.join(" | ")} |`, `|${"---|".repeat(chips.length + 1)}`, ...lines].join("\n");
}

/** The table as the page shows it. */
export function pageTable(text: string): string {
  return text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)).trim();
}

function keyOf({ network, chip, mapper, batch }: Pick<VerifyRow, "network" | "chip" | "mapper" | "batch">): string {
  return `${network} ${chip} ${mapper} ${batch}`;
}

function writePage(): void {
  const order = verifiedNetworks().map(sizedName);
  const rows = readRows(readFileSync(CSV, "utf8")).sort((a, b) => order.indexOf(a.network) - order.indexOf(b.network));
  const text = readFileSync(PAGE, "utf8");
  const before = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  writeFileSync(PAGE, `${before}\n\n${summaryTable(rows, listChips())}\n\n${text.slice(text.indexOf(END))}`);
}

/** One case in this process, as one line of JSON. */
export function runCase(json: string): void {
  process.stdout.write(JSON.stringify(verifyCase(JSON.parse(json) as VerifyCase)));
}

/** Runs all cases that have no row yet, two at a time, and writes the page's table. Names of networks limit it to them. */
export async function runTable(names: readonly string[]): Promise<boolean> {
  if (!existsSync(CSV)) writeFileSync(CSV, stringify([COLUMNS]));
  const known = new Set(readRows(readFileSync(CSV, "utf8")).map(keyOf));
  const networks = verifiedNetworks().filter((name) => names.length === 0 || names.includes(name));
  const open = verifyCases(networks).filter(
    ({ network, chip, strategy, batch }) =>
      !known.has(keyOf({ network: sizedName(network), chip, mapper: strategy, batch: String(batch) })),
  );
  let wrong = 0;
  const worker = async (): Promise<void> => {
    for (let one = open.shift(); one !== undefined; one = open.shift()) {
      const { network, chip, strategy, batch, mode, engine } = one;
      const what = `${sizedName(network)} on ${chip}, ${strategy}, batch ${batch}, ${mode}, ${engine}`;
      try {
        const outcome = await runApart(one);
        const { word, elements, macs, details } = outcome;
        const row = [sizedName(network), chip, strategy, batch, mode, engine, word, elements, macs];
        appendFileSync(CSV, stringify([row]));
        process.stderr.write(`${what}: ${[word, ...details].join("; ")}\n`);
        if (word === "DIFFERS") wrong++;
      } catch (error) {
        process.stderr.write(`${what}: no result: ${(error as Error).message.split("\n").slice(0, 2).join(" ")}\n`);
        wrong++;
      }
    }
  };
  await Promise.all([worker(), worker()]);
  writePage();
  return wrong === 0;
}

async function runApart(one: VerifyCase): Promise<VerifyOutcome> {
  const args = ["--max-old-space-size=8000", process.argv[1]!, "verify", "case", JSON.stringify(one)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: LIMIT * 1000 });
  return JSON.parse(stdout) as VerifyOutcome;
}
