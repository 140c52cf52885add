/**
 * The table of verified networks: all cases in bench/verify/table.csv, their summary in docs/functional.md. Cases run two at a time,
 * each in a process of its own; a run takes up where the last one stopped.
 */
import { type CsvRow, readCsv, runCampaign } from "../../sims/common/campaign.js";
import { listChips } from "../../src/hardware/index.js";
import { sizedName, tableNetworks, type VerifyCase, verifiedNetworks, verifyCase, verifyCases } from "./cases.js";
import { readPart, writePart } from "./page.js";

/** Where the cases stand. */
export const TABLE_FILE = "bench/verify/table.csv";

const COLUMNS = ["network", "chip", "mapper", "batch", "mode", "engine", "outcome", "elements", "macs"];
const PAGE = {
  page: "docs/functional.md",
  begin: "<!-- presets: written by npm run bench -- verify table -->",
  end: "<!-- end of presets -->",
};

/** The cases as a table: a row a network, a column a chip, each cell the words that occurred. */
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
  return [`| network | ${chips.join(" | ")} |`, `|${"---|".repeat(chips.length + 1)}`, ...lines].join("\n");
}

/** The table as the page shows it. */
export function pageTable(): string {
  return readPart(PAGE);
}

/** One case in this process: prints its row, and on the error stream what is wrong. */
export async function runCase(json: string): Promise<void> {
  const one = JSON.parse(json) as VerifyCase;
  const { network, chip, strategy, batch, mode, engine } = one;
  const { word, elements, macs, details } = await verifyCase(one);
  if (details.length > 0) process.stderr.write(`${details.join("\n")}\n`);
  process.stdout.write(
    JSON.stringify([[sizedName(network), chip, strategy, batch, mode, engine, word, elements, macs]]),
  );
}

/** Runs all cases that have no row yet and writes the page's table; names of networks limit it to them. Tells whether all are well. */
export async function runTable(names: readonly string[]): Promise<boolean> {
  const failed = await runCampaign({
    file: TABLE_FILE,
    columns: COLUMNS,
    keys: ["network", "chip", "mapper", "batch"],
    cases: verifyCases(verifiedNetworks().filter((name) => names.length === 0 || names.includes(name))),
    keyOf: ({ network, chip, strategy, batch }) => [sizedName(network), chip, strategy, `${batch}`],
    command: (one) => ["verify", "case", JSON.stringify(one)],
    limitSeconds: 1500,
  });
  writePart(PAGE, summaryTable(readCsv(TABLE_FILE)));
  const wrong = readCsv(TABLE_FILE).filter((row) => row["outcome"] === "DIFFERS");
  for (const row of wrong) process.stderr.write(`DIFFERS: ${Object.values(row).join(" ")}\n`);
  return failed.length + wrong.length === 0;
}
