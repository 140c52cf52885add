/** The acceptance table: what the paper says, what comes out here, and whether that holds; made from the rows, never fitted to them. */
import type { CsvRow } from "../common/campaign.js";
import { estimatedChecks } from "./acceptance-estimates.js";
import { BATCHES, CHIPS, NETWORKS, SCHEMES } from "./cases.js";
import { counts, type Exact, sizes } from "./exact.js";
import { ENERGY_RATIOS, MEAN_RATIOS } from "./published.js";
import { energyRatios, fittedScale, type Mean, meanOf, meanText, Rows } from "./ratios.js";

/** How a row is judged: equality, an order that must hold, a range, or a number set beside the paper's. */
export type Kind = "exact" | "strict" | "band" | "report";

/** One line of the table; verdicts are `holds`, `fails`, `pending`, and for reports `comes out`, `does not come out` or a dash. */
export interface Check {
  row: string;
  check: string;
  kind: Kind;
  target: string;
  ours: string;
  verdict: string;
}

/** Columns of acceptance.csv. */
export const ACCEPTANCE_COLUMNS = ["row", "check", "kind", "target", "ours", "verdict"];

const points = (): [string, string, number][] =>
  NETWORKS.flatMap((network) =>
    CHIPS.flatMap((chip) => BATCHES.map((batch): [string, string, number] => [network, chip, batch])),
  );

/** A verdict on a condition over numbers; pending where one is missing. */
export function verdictOf(kind: Kind, numbers: readonly number[], holds: boolean): string {
  if (numbers.some((number) => !Number.isFinite(number))) return "pending";
  if (kind === "report") return holds ? "comes out" : "does not come out";
  return holds ? "holds" : "fails";
}

/** A number as text, or pending. */
export function shown(value: number, digits = 2): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "pending";
}

/** A mean to be judged: missing while points are. */
function whole({ mean, count, of }: Mean): number[] {
  return count === of ? [mean] : [Number.NaN];
}

function exactRows(row: string, all: readonly Exact[]): Check[] {
  return all.map(({ what, target, ours, holds }) => ({
    ...{ row, check: what, kind: "exact", target, ours },
    verdict: holds ? "holds" : "fails",
  }));
}

/** Rows 4 and 5: ratios of throughput. */
function speedups(rows: Rows): Check[] {
  const single = (["greedy", "layerwise"] as const).map((baseline): Check => {
    const target = { greedy: 2.26, layerwise: 1.67 }[baseline];
    const gain = (scheme: string) => rows.gain("resnet18", "compass-m", 16, scheme, baseline);
    return {
      ...{ row: "4", check: `ResNet18-M-16 simulated: COMPASS (optimum) against ${baseline}`, kind: "report" },
      ...{ target: String(target), ours: `${shown(gain("compass"))} (${shown(gain("compass-optimal"))})` },
      verdict: verdictOf("report", [gain("compass")], Math.abs(gain("compass") / target - 1) <= 0.1),
    };
  });
  const means = NETWORKS.flatMap((network) =>
    (["greedy", "layerwise"] as const).map((baseline, at): Check => {
      const mean = rows.meanGain(network, CHIPS, "compass", baseline);
      const target = MEAN_RATIOS[network]![at]!;
      return {
        ...{ row: "5", check: `${network} simulated: mean of COMPASS against ${baseline}`, kind: "report" },
        ...{ target: String(target), ours: meanText(mean) },
        verdict: verdictOf("report", whole(mean), Math.abs(mean.mean / target - 1) <= 0.1),
      };
    }),
  );
  const against = NETWORKS.flatMap((network) => whole(rows.meanGain(network, CHIPS, "compass", "greedy")));
  const order = [...NETWORKS].sort((a, b) => against[NETWORKS.indexOf(b)]! - against[NETWORKS.indexOf(a)]!);
  const published = ["squeezenet1_1", "vgg16", "resnet18"];
  return [
    ...single,
    ...means,
    {
      ...{ row: "5", check: "order of the networks by the gain against greedy, simulated", kind: "report" },
      ...{ target: published.join(" > "), ours: against.some(Number.isNaN) ? "pending" : order.join(" > ") },
      verdict: verdictOf("report", against, order.join() === published.join()),
    },
  ];
}

/** Row 6, simulated part: points where COMPASS is at least as fast as both baselines. */
function neverSlower(rows: Rows): Check[] {
  return ["compass", "compass-optimal"].map((scheme): Check => {
    const gains = points().map(([network, chip, batch]) =>
      Math.min(...["greedy", "layerwise"].map((baseline) => rows.gain(network, chip, batch, scheme, baseline))),
    );
    const known = gains.filter((gain) => Number.isFinite(gain));
    const fine = known.filter((gain) => gain >= 1).length;
    return {
      ...{ row: "6", check: `${scheme} simulated: points not slower than either baseline`, kind: "report" },
      ...{ target: "45 of 45", ours: `${fine} of ${known.length} (least gain ${shown(Math.min(...known))})` },
      verdict: verdictOf("report", gains, fine === 45),
    };
  });
}

/** Row 7: throughput rises with the batch. */
function rising(rows: Rows): Check {
  const series = NETWORKS.flatMap((network) =>
    CHIPS.flatMap((chip) => SCHEMES.map((scheme) => ({ network, chip, scheme }))),
  ).map(({ network, chip, scheme }) => {
    const values = BATCHES.map((batch) => rows.value(network, chip, batch, scheme, "perSecond"));
    const falls = values.flatMap((value, at) => (at > 0 && value <= values[at - 1]! ? [BATCHES[at]] : []));
    return { name: `${network}-${chip.slice(-1).toUpperCase()} ${scheme}`, values, falls };
  });
  const broken = series.filter(({ falls }) => falls.length > 0);
  const complete = series.filter(({ values }) => values.every((value) => Number.isFinite(value)));
  const rise = complete.filter(({ falls }) => falls.length === 0).length;
  const text = broken.map(({ name, falls }) => `${name} at ${falls.join(" and ")}`).join("; ");
  return {
    ...{ row: "7", check: "simulated throughput rises with the batch in every scheme", kind: "strict" },
    ...{ target: "36 of 36 series", ours: `${rise} of ${complete.length} with all batches${text && `; not ${text}`}` },
    verdict:
      broken.length > 0
        ? "fails"
        : verdictOf(
            "strict",
            series.flatMap(({ values }) => values),
            true,
          ),
  };
}

/** Rows 8 and 9: chips beside each other. */
function chips(rows: Rows): Check[] {
  const gains = (["greedy", "layerwise"] as const).map((baseline) =>
    ["compass-l", "compass-s"].map((chip) => rows.meanGain("vgg16", [chip], "compass", baseline)),
  );
  const similar = meanOf(BATCHES.map((batch) => rows.gain("vgg16", "compass-s", batch, "layerwise", "greedy")));
  const slower = SCHEMES.map((scheme) => {
    const mean = (chip: string) =>
      meanOf(BATCHES.map((batch) => rows.value("resnet18", chip, batch, scheme, "perSecond")));
    return CHIPS.map(mean);
  });
  return [
    {
      ...{ row: "8", check: "VGG16: gain of COMPASS against greedy and layerwise, L and S", kind: "report" },
      ...{ target: "L > S", ours: gains.map(([l, s]) => `${meanText(l!)} > ${meanText(s!)}`).join("; ") },
      verdict: verdictOf(
        "report",
        gains.flat().flatMap(whole),
        gains.every(([l, s]) => l!.mean > s!.mean),
      ),
    },
    {
      ...{ row: "8", check: "VGG16-S: greedy over layerwise in time, mean", kind: "report" },
      ...{ target: "about 1", ours: meanText(similar) },
      verdict: verdictOf("report", whole(similar), Math.abs(similar.mean - 1) <= 0.1),
    },
    {
      ...{ row: "9", check: "ResNet18: inferences a second on S, M, L (mean of batches)", kind: "report" },
      target: "L lowest for all schemes",
      ours: slower
        .map((values, at) => `${SCHEMES[at]} ${values.map(({ mean }) => shown(mean, 0)).join(" ")}`)
        .join("; "),
      verdict: verdictOf(
        "report",
        slower.flat().flatMap(whole),
        slower.every(([s, m, l]) => l!.mean < s!.mean && l!.mean < m!.mean),
      ),
    },
  ];
}

/** Rows 11 and 12: energy. */
function energies(rows: Rows): Check[] {
  const scale = fittedScale(rows, ENERGY_RATIOS["compass-m"]![0]!);
  const fitted = energyRatios(rows, scale);
  const plain = energyRatios(rows, 1);
  const ratioRows = CHIPS.map((chip): Check => {
    const own = fitted.get(chip)!;
    const target = ENERGY_RATIOS[chip]!;
    const worst = Math.max(...own.map((value, at) => Math.abs(value / target[at]! - 1)));
    const free = chip === "compass-m" ? " (batch 1 is set, not predicted)" : "";
    return {
      ...{
        row: "11",
        check: `ResNet18-${chip.slice(-1).toUpperCase()}: weight and MVM energy over MVM energy`,
        kind: "band",
      },
      target: `${target.join(" ")} within 15 %`,
      ours: `${own.map((value) => shown(value)).join(" ")}${free}; unfitted ${plain
        .get(chip)!
        .map((value) => shown(value))
        .join(" ")}`,
      verdict: verdictOf("band", own, worst <= 0.15),
    };
  });
  const share = (column: string, baseline: string) =>
    meanOf(BATCHES.map((batch) => rows.gain("resnet18", "compass-s", batch, "compass", baseline, column)));
  const energy = share("totalNj", "greedy");
  return [
    {
      ...{ row: "11", check: "the one constant set: MVM energy, by M at batch 1", kind: "report", target: "–" },
      ...{ ours: `× ${shown(scale, 3)}`, verdict: "–" },
    },
    ...ratioRows,
    {
      ...{ row: "12", check: "ResNet18-S: energy of COMPASS over greedy's, mean", kind: "report" },
      ...{ target: "above 1", ours: Number.isFinite(energy.mean) ? shown(1 / energy.mean) : "pending" },
      verdict: verdictOf("report", whole(energy), energy.mean < 1),
    },
    ...(["greedy", "layerwise"] as const).map((baseline): Check => {
      const edp = share("edpNjs", baseline);
      const target = { greedy: 1.28, layerwise: 2.08 }[baseline];
      return {
        ...{ row: "12", check: `ResNet18-S: EDP of ${baseline} over that of COMPASS, mean`, kind: "report" },
        ...{ target: String(target), ours: meanText(edp) },
        verdict: verdictOf("report", whole(edp), Math.abs(edp.mean / target - 1) <= 0.1),
      };
    }),
  ];
}

/** Every run's laws. */
function laws(results: readonly CsvRow[]): Check {
  const broken = results.filter((row) => row["violations"] !== "0");
  const whole = results.filter((row) => row["check"] === "trace").length;
  return {
    ...{ row: "–", check: "runs in which no law is broken", kind: "strict", target: "180 of 180" },
    ours: `${results.length - broken.length} of ${results.length} (${whole} on the whole trace; the others on counters)`,
    verdict: broken.length > 0 ? "fails" : results.length < 180 ? "pending" : "holds",
  };
}

/** All rows of the table. */
export function acceptance(results: readonly CsvRow[], searches: readonly CsvRow[]): CsvRow[] {
  const rows = new Rows(results);
  const share = firstShare(rows.row("resnet18", "compass-m", 16, "greedy"));
  const checks: Check[] = [
    ...exactRows("1", sizes()),
    ...exactRows("2", counts()),
    {
      ...{ row: "3", check: "greedy, ResNet18-M-16 simulated: share of its first partition", kind: "band" },
      ...{ target: "> 0.95; band >= 0.80", ours: shown(share) },
      verdict: verdictOf("band", [share], share >= 0.8),
    },
    ...speedups(rows),
    ...neverSlower(rows),
    rising(rows),
    ...chips(rows),
    ...energies(rows),
    ...estimatedChecks(searches),
    laws(results),
  ];
  const place = ({ row }: Check) => (row === "–" ? 99 : Number(row));
  // Cells hold no commas.
  return checks
    .sort((a, b) => place(a) - place(b))
    .map((check) => Object.fromEntries(Object.entries(check).map(([key, value]) => [key, value.replaceAll(",", ";")])));
}

/** Share of the first partition in the simulated time; partitions stand in a cell of the row. */
function firstShare(row: CsvRow | undefined): number {
  const cycles = (row?.["parts"] ?? "").split("; ").map((part) => Number(part.split(" ")[4]));
  return cycles[0]! / cycles.reduce((sum, value) => sum + value, 0);
}

/** The table as a page. */
export function acceptanceMarkdown(rows: readonly CsvRow[], results: readonly CsvRow[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const lines = rows.map((row) => `| ${ACCEPTANCE_COLUMNS.map((column) => cell(row[column]!)).join(" | ")} |`);
  const codes = [...new Set(results.map(({ code }) => code))].map((code) => `\`${code}\``).join(", ");
  return [
    "# Acceptance",
    "",
    `Written by \`node build/sims/compass/run.js report\` from ${results.length} of 180 runs (code ${codes}). Kinds: *exact* equality, *strict* an order that must hold, *band* a range,`,
    "*report* a published number beside ours: it comes out if the sign, the order or (for ratios) the size within 10 % does.",
    "",
    `| ${ACCEPTANCE_COLUMNS.join(" | ")} |`,
    `|${ACCEPTANCE_COLUMNS.map(() => "---").join("|")}|`,
    ...lines,
    "",
  ].join("\n");
}
