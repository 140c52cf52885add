/** Rows of a table of programs that ran which the code of now would not make any more. */
import { type CsvRow, readCsv, writeCsv } from "../../sims/common/campaign.js";
import { UserError } from "../../src/base/index.js";
import { type Program, programDigest } from "../../src/isa/index.js";

/** Digest of a program, or "" where a rule refuses to make it. */
export function digestOrRefused(make: () => Program): string {
  try {
    return programDigest(make());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return "";
  }
}

/** A table of programs that ran, with a column `program` that holds the digest of what ran. */
export interface ProgramTable<Case> {
  file: string;
  columns: readonly string[];
  /** Columns that together say which case a row belongs to. */
  keys: readonly string[];
  cases: readonly Case[];
  keyOf: (one: Case) => string[];
  /** Digest of a case's program as the code of now makes it. */
  programOf: (one: Case) => string;
}

/** Splits rows by whether their program is the present one; rows of none of the cases are not looked at and stay. */
export function splitStale<Case>(
  rows: readonly CsvRow[],
  { keys, cases, keyOf, programOf }: Pick<ProgramTable<Case>, "keys" | "cases" | "keyOf" | "programOf">,
): { kept: CsvRow[]; stale: CsvRow[] } {
  const byKey = new Map(cases.map((one) => [keyOf(one).join(" "), one]));
  const kept: CsvRow[] = [];
  const stale: CsvRow[] = [];
  for (const row of rows) {
    const one = byKey.get(keys.map((key) => row[key]).join(" "));
    const fresh = one === undefined || (row["program"] ?? "none") === programOf(one);
    (fresh ? kept : stale).push(row);
  }
  return { kept, stale };
}

/** Takes the stale rows out of a table's file and says how many they were. */
export function dropStale<Case>(table: ProgramTable<Case>): void {
  const { kept, stale } = splitStale(readCsv(table.file), table);
  writeCsv(table.file, table.columns, kept);
  for (const row of stale) process.stderr.write(`dropped: ${table.keys.map((key) => row[key]).join(" ")}\n`);
  process.stdout.write(`${kept.length} rows kept, ${stale.length} dropped whose programs have changed\n`);
}
