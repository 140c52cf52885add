/** Rows of the acceptance table that ask for the estimate alone: the search, its optimum, and the knobs of the model. */
import type { CsvRow } from "../common/campaign.js";
import { type Check, shown, verdictOf } from "./acceptance.js";
import { BATCHES, CHIPS, NETWORKS } from "./cases.js";
import { MEAN_RATIOS } from "./published.js";
import { meanOf, meanText } from "./ratios.js";

/** Estimated cycles of every scheme at a point, under one form of the model. */
interface Point {
  network: string;
  chip: string;
  batch: number;
  model: string;
  greedy: CsvRow;
  layerwise: CsvRow;
  seeds: CsvRow[];
  optimal: CsvRow;
}

const cycles = (row: CsvRow) => Number(row["cycles"]);

function pointsOf(rows: readonly CsvRow[]): Point[] {
  const groups = new Map<string, CsvRow[]>();
  for (const row of rows) {
    const key = ["network", "chip", "batch", "fill", "combine", "issue"].map((column) => row[column]).join(" ");
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((group) => {
    const { network, chip, batch, fill, combine, issue } = group[0] as Record<string, string>;
    const of = (scheme: string) => group.filter((row) => row["scheme"] === scheme);
    return {
      ...{ network: network!, chip: chip!, batch: Number(batch), model: `${fill} ${combine} ${issue}` },
      ...{ greedy: of("greedy")[0]!, layerwise: of("layerwise")[0]!, optimal: of("compass-optimal")[0]! },
      seeds: of("compass"),
    };
  });
}

/** Best of the seeds. */
function best({ seeds }: Point): number {
  return Math.min(...seeds.map(cycles));
}

/** Rows 3, 4, 5, 6, 10 and 13 by the estimate. */
export function estimatedChecks(searches: readonly CsvRow[]): Check[] {
  const code = searches.at(-1)?.["code"];
  const all = pointsOf(searches.filter((row) => row["code"] === code));
  const plain = all.filter(({ model }) => model === "window max linear");
  return [...knobs(all), ...means(plain), ...notSlower(plain), ...settled(plain), ...againstOptimum(plain)];
}

function knobs(all: readonly Point[]): Check[] {
  const models = all.filter((one) => one.network === "resnet18" && one.chip === "compass-m" && one.batch === 16);
  const own = (text: (point: Point) => string) => models.map((one) => `${one.model}: ${text(one)}`).join("; ");
  const ratio = (one: Point, baseline: "greedy" | "layerwise") => cycles(one[baseline]) / best(one);
  const rows = (["greedy", "layerwise"] as const).map((baseline): Check => {
    const target = { greedy: 2.26, layerwise: 1.67 }[baseline];
    const ratios = models.map((one) => ratio(one, baseline));
    return {
      ...{ row: "4", check: `ResNet18-M-16 estimated: COMPASS (best of 3 seeds) against ${baseline}`, kind: "report" },
      ...{ target: String(target), ours: own((one) => shown(ratio(one, baseline))) || "pending" },
      verdict: verdictOf(
        "report",
        ratios.length > 0 ? ratios : [Number.NaN],
        ratios.some((value) => Math.abs(value / target - 1) <= 0.1),
      ),
    };
  });
  return [
    {
      ...{ row: "3", check: "greedy, ResNet18-M-16 estimated: share of its first partition", kind: "report" },
      ...{ target: "> 0.95", ours: own(({ greedy }) => shown(Number(greedy["firstShare"]))) || "pending" },
      verdict: verdictOf(
        "report",
        models.length > 0 ? [1] : [Number.NaN],
        models.some(({ greedy }) => Number(greedy["firstShare"]) > 0.95),
      ),
    },
    ...rows,
  ];
}

function means(plain: readonly Point[]): Check[] {
  return NETWORKS.flatMap((network) =>
    (["greedy", "layerwise"] as const).map((baseline, at): Check => {
      const own = plain.filter((one) => one.network === network);
      const mean = meanOf(own.map((one) => cycles(one[baseline]) / best(one)));
      const target = MEAN_RATIOS[network]![at]!;
      return {
        ...{ row: "5", check: `${network} estimated: mean of COMPASS against ${baseline}`, kind: "report" },
        ...{ target: String(target), ours: meanText(mean) },
        verdict: verdictOf("report", [mean.mean], Math.abs(mean.mean / target - 1) <= 0.1),
      };
    }),
  );
}

function notSlower(plain: readonly Point[]): Check[] {
  const baseline = (one: Point) => Math.min(cycles(one.greedy), cycles(one.layerwise));
  const row = (who: string, limit: number, of: (point: Point) => number): Check => {
    const ratios = plain.map((one) => of(one) / baseline(one));
    const fine = ratios.filter((ratio) => ratio <= limit).length;
    return {
      ...{ row: "6", check: `${who} estimated: points not slower than either baseline`, kind: "strict" },
      target: `${plain.length === 45 ? 45 : "45"} of 45${limit > 1 ? " within 6 %" : ""}`,
      ours: `${fine} of ${plain.length} (worst time over the better baseline ${shown(Math.max(...ratios), 3)})`,
      verdict: plain.length < 45 ? "pending" : fine === 45 ? "holds" : "fails",
    };
  };
  return [
    row("the optimum", 1, ({ optimal }) => cycles(optimal)),
    row("GA best of 3 seeds", 1.06, best),
    row("GA seed 1", 1.06, ({ seeds }) => cycles(seeds[0]!)),
  ];
}

function settled(plain: readonly Point[]): Check[] {
  const seeds =
    plain.find((one) => one.network === "resnet18" && one.chip === "compass-m" && one.batch === 16)?.seeds ?? [];
  const numbers = (column: string) => seeds.map((row) => Number(row[column]));
  const at10 = numbers("partitionsAt10");
  const rises = plain.flatMap((one) => one.seeds).reduce((sum, row) => sum + Number(row["rises"]), 0);
  return [
    {
      ...{
        row: "10",
        check: "GA, ResNet18-M-16: partitions at generation 10, and at the end, seeds 1 2 3",
        kind: "band",
      },
      ...{ target: "9 to 10; band 6 to 14", ours: `${at10.join(" ")}; ${numbers("partitions").join(" ")}` },
      verdict: verdictOf(
        "band",
        at10.length > 0 ? at10 : [Number.NaN],
        at10.every((count) => count >= 6 && count <= 14),
      ),
    },
    {
      ...{ row: "10", check: "GA: generations in which the best got worse, all points and seeds", kind: "strict" },
      ...{ target: "0", ours: String(rises), verdict: rises === 0 ? "holds" : "fails" },
    },
  ];
}

function againstOptimum(plain: readonly Point[]): Check[] {
  const pairs = NETWORKS.flatMap((network) => CHIPS.map((chip) => ({ network, chip })));
  const ratioOf = (network: string, chip: string, batch: number) => {
    const one = plain.find((point) => point.network === network && point.chip === chip && point.batch === batch);
    return one ? best(one) / cycles(one.optimal) : Number.NaN;
  };
  const at16 = pairs.map(({ network, chip }) => ratioOf(network, chip, 16));
  const everywhere = pairs.flatMap(({ network, chip }) => BATCHES.map((batch) => ratioOf(network, chip, batch)));
  const row = (check: string, kind: "strict" | "report", ratios: readonly number[]): Check => ({
    ...{ row: "13", check, kind, target: "<= 1.06 everywhere" },
    ours: `${ratios.filter((ratio) => ratio <= 1.06).length} of ${ratios.length}; largest ${shown(Math.max(...ratios), 3)}`,
    verdict: verdictOf(
      kind,
      ratios,
      ratios.every((ratio) => ratio <= 1.06),
    ),
  });
  return [
    row("GA best of 3 seeds over the optimum, 9 pairs at batch 16", "strict", at16),
    row("GA best of 3 seeds over the optimum, all 45 points", "report", everywhere),
  ];
}
