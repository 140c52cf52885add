/**
 * A campaign: many independent cases, each in a process of its own, whose rows go to one CSV file as they come.
 * Cases whose rows are there already are not run again, so that a campaign can be stopped at any time and taken up later.
 */
import { execFile } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { stringify } from "csv-stringify/sync";

/** A row of a CSV file, by column. */
export type CsvRow = Record<string, string>;

/** Rows of a CSV file whose cells hold no commas; a last line that was cut off is left out. */
export function readCsv(file: string): CsvRow[] {
  if (!existsSync(file)) return [];
  const [head, ...lines] = readFileSync(file, "utf8").split("\n");
  const names = head!.split(",");
  return lines
    .slice(0, -1)
    .map((line) => Object.fromEntries(line.split(",").map((cell, column) => [names[column]!, cell])));
}

/** Writes a whole CSV file. */
export function writeCsv(file: string, columns: readonly string[], rows: readonly CsvRow[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, stringify([columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))]));
}

/** What a campaign runs. */
export interface Campaign<Case> {
  file: string;
  columns: readonly string[];
  /** Columns that together say which case a row belongs to. */
  keys: readonly string[];
  cases: readonly Case[];
  keyOf: (one: Case) => string[];
  /** Arguments after Node's own that run one case and print its rows as a JSON array of arrays of cells. */
  command: (one: Case) => string[];
  /** Seconds after which a case is stopped; it then has no row. */
  limitSeconds: number;
  workers?: number;
}

/** Runs every case that has no row; returns those that gave none. */
export async function runCampaign<Case>(campaign: Campaign<Case>): Promise<Case[]> {
  const { file, columns, keys, keyOf, command, limitSeconds, workers = 2 } = campaign;
  writeCsv(file, columns, readCsv(file));
  const known = new Set(readCsv(file).map((row) => keys.map((key) => row[key]).join(" ")));
  const open = campaign.cases.filter((one) => !known.has(keyOf(one).join(" ")));
  const failed: Case[] = [];
  let done = 0;
  const worker = async (next: Case | undefined): Promise<void> => {
    for (let one = next; one !== undefined; one = open.shift()) {
      const name = keyOf(one).join(" ");
      try {
        const options = { timeout: limitSeconds * 1000, maxBuffer: 2 ** 26 };
        const flags = ["--max-old-space-size=8000", process.argv[1]!];
        const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...command(one)], options);
        appendFileSync(file, stringify(JSON.parse(stdout) as unknown[][]));
        process.stderr.write(`${++done} of ${done + open.length}: ${name}\n`);
      } catch (error) {
        failed.push(one);
        process.stderr.write(`no result: ${name}: ${(error as Error).message.split("\n").slice(0, 8).join(" ")}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, () => worker(open.shift())));
  return failed;
}
