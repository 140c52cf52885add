/**
 * `npm run bench -- pairs [NETWORK | CHIP ...]`: every built-in network at full size on every preset, batch 1, mapper `greedy`, each in a process of its
 * own. Rows go to bench/pairs.csv and the table of docs/pairs.md; pairs that have a row are not run again. `pairs fresh [NETWORK | CHIP ...]` drops the
 * rows whose programs have changed, `pairs none` only writes the page's table.
 */
import { type CsvRow, readCsv, runCampaign } from "../sims/common/campaign.js";
import { UserError } from "../src/base/index.js";
import { listChips, readChip } from "../src/hardware/index.js";
import { programDigest } from "../src/isa/index.js";
import { compileNetwork, runNetwork } from "../src/run/index.js";
import { listNetworks, readNetwork } from "../src/workload/index.js";
import { digestOrRefused, dropStale } from "./lib/fresh.js";
import { limitedTo } from "./lib/names.js";
import { readPart, writePart } from "./lib/page.js";

/** Where the rows stand. */
export const PAIRS_FILE = "bench/pairs.csv";

const KEYS = ["network", "chip"];
const RUN_COLUMNS = ["weights", "stages", "cycles", "estimateCycles", "energyUj", "check", "cpuSeconds", "program"];
const COLUMNS = [...KEYS, "outcome", ...RUN_COLUMNS];
const PAGE = {
  page: "docs/pairs.md",
  begin: "<!-- pairs: written by npm run bench -- pairs -->",
  end: "<!-- end of pairs -->",
};

/** Rows up to which all laws are checked on the trace; beyond, those on counters. */
const CHECK_ROWS = 1_000_000;

/** One network on one chip. */
export interface Pair {
  network: string;
  chip: string;
}

/** Words for the weight cases. */
const WEIGHT_WORDS: Readonly<Record<string, string>> = {
  resident: "resident",
  replaced: "replaced",
  layerLargerThanChip: "layer larger",
};

/** All pairs, networks in their order, each on every chip; names of networks and of chips limit them. */
export function allPairs(names: readonly string[] = []): Pair[] {
  const [networks, chips] = limitedTo(names, listNetworks(), listChips()) as [string[], string[]];
  return networks.flatMap((network) => chips.map((chip) => ({ network, chip })));
}

const keyOf = ({ network, chip }: Pair): string[] => [network, chip];

/** The rows as a table: a line a pair. */
export function pairsTable(rows: readonly CsvRow[]): string {
  const known = new Map(rows.map((row) => [`${row["network"]} ${row["chip"]}`, row]));
  const lines = allPairs().map(({ network, chip }) => {
    const row = known.get(`${network} ${chip}`);
    return `| ${[network, chip, ...cellsOf(row)].join(" | ")} |`;
  });
  return [
    "| network | chip | weights | stages | cycles | over its estimate | energy µJ | check | CPU s |",
    "|---|---|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

function cellsOf(row: CsvRow | undefined): string[] {
  if (row === undefined) return ["not run", "", "", "", "", "", ""];
  if (row["outcome"] !== "clean") return [`excluded: \`${row["outcome"]}\``, "", "", "", "", "", ""];
  const number = (column: string) => Number(row[column]);
  return [
    WEIGHT_WORDS[row["weights"]!]!,
    row["stages"]!,
    number("cycles").toLocaleString("en"),
    (number("cycles") / number("estimateCycles")).toFixed(2),
    number("energyUj").toLocaleString("en", { maximumSignificantDigits: 3 }),
    row["check"]!,
    number("cpuSeconds").toFixed(0),
  ];
}

/** The table as the page shows it. */
export function pairsPage(): string {
  return readPart(PAGE);
}

/** Runs a pair in this process; the cells of its row. */
async function runPair({ network: name, chip: chipName }: Pair): Promise<(string | number)[]> {
  try {
    const chip = readChip(chipName);
    const network = readNetwork(name);
    const { result, program } = await runNetwork(network, chip, { experiments: false, checkRows: CHECK_ROWS });
    const { check, weights, cycles, estimate, energyPj } = result;
    const { user, system } = process.cpuUsage();
    return [
      ...[name, chipName, check.violations.length === 0 ? "clean" : "BROKEN", weights.case, weights.stages, cycles],
      ...[
        estimate.cycles,
        energyPj["total"]! / 1e6,
        check.mode,
        ((user + system) / 1e6).toFixed(1),
        programDigest(program),
      ],
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [name, chipName, error.problems[0]!.code, ...RUN_COLUMNS.map(() => "")];
  }
}

/** Digest of the program of a pair as the code of now makes it; "" where a rule refuses it. */
function programOf({ network, chip }: Pair): string {
  return digestOrRefused(() => compileNetwork(readNetwork(network), readChip(chip), {}).program);
}

/** Runs the bench. */
export async function run(args: string[]): Promise<void> {
  if (args[0] === "one") {
    process.stdout.write(JSON.stringify([await runPair({ network: args[1]!, chip: args[2]! })]));
    return;
  }
  const table = { file: PAIRS_FILE, columns: COLUMNS, keys: KEYS, keyOf };
  if (args[0] === "fresh") dropStale({ ...table, cases: allPairs(args.slice(1)), programOf });
  else if (args[0] !== "none") {
    const failed = await runCampaign({
      ...table,
      cases: allPairs(args),
      command: ({ network, chip }) => ["pairs", "one", network, chip],
      limitSeconds: 1500,
      workers: Number(process.env["WORDLINE_WORKERS"] ?? 2),
    });
    if (failed.length > 0) process.exitCode = 1;
  }
  const rows = readCsv(PAIRS_FILE);
  if (rows.some(({ outcome }) => outcome === "BROKEN")) process.exitCode = 1;
  writePart(PAGE, pairsTable(rows));
}
