/** The runs of the study: networks × chips × batches × schemes, the sensitivities, and the order in which they are run. */
import { digestValue } from "../../src/base/index.js";
import { type Chip, readChip } from "../../src/hardware/index.js";
import { networkDigest, readNetwork } from "../../src/workload/index.js";
import { codeDigest } from "../common/code-digest.js";

/** Networks of the paper, by the names of ours. */
export const NETWORKS = ["vgg16", "resnet18", "squeezenet1_1"] as const;
/** Chips of the paper's Table I. */
export const CHIPS = ["compass-s", "compass-m", "compass-l"] as const;
/** Batches of the paper. */
export const BATCHES = [1, 2, 4, 8, 16] as const;
/** Schemes of the paper, and the exact optimum, which is ours. */
export const SCHEMES = ["greedy", "layerwise", "compass", "compass-optimal"] as const;

/** Interval between two MVM starts of a core in the preset chips, and their DRAM's rate. */
export const DEFAULT_ISSUE_NS = 200;
/** DRAM rate of the preset chips; the other is twice as wide. */
export const DEFAULT_DRAM_GBS = "6.4";

/** One run. */
export interface Case {
  network: string;
  chip: string;
  batch: number;
  scheme: string;
  issueNs: number;
  dramGBs: string;
  pipeline: "window" | "sample";
  /** Whether weight writes take no time. */
  freeWrites: boolean;
  /** Digest of the code that runs it. */
  code: string;
}

/** Columns that say which run a row belongs to. */
export const KEYS = ["network", "chip", "batch", "scheme", "issueNs", "dramGBs", "pipeline", "freeWrites", "code"];

/** The cells of those columns. */
export function keyOf(one: Case): string[] {
  const { network, chip, batch, scheme, issueNs, dramGBs, pipeline, freeWrites, code } = one;
  return [network, chip, `${batch}`, scheme, `${issueNs}`, dramGBs, pipeline, freeWrites ? "yes" : "no", code];
}

/** The digest of everything that decides a number of this study. */
export function studyDigest(): string {
  return codeDigest([
    ...CHIPS.map((name) => digestValue(readChip(name))),
    ...NETWORKS.map((name) => networkDigest(readNetwork(name))),
  ]);
}

/** The chip of a run. */
export function chipOf({ chip, issueNs, dramGBs }: Pick<Case, "chip" | "issueNs" | "dramGBs">): Chip {
  return readChip(chip, {
    set: {
      ...(issueNs === DEFAULT_ISSUE_NS ? {} : { "core.mvmIssueTime": `${issueNs} ns` }),
      ...(dramGBs === DEFAULT_DRAM_GBS ? {} : { "dram.settings.organization.busWidthBits": 64 }),
    },
  });
}

/** Processor time a run takes, in no unit: what cheap-first sorts by. */
function cost({ network, batch }: Case): number {
  if (network === "vgg16") return 15 + 5 * batch;
  return network === "resnet18" ? 5 + 0.8 * batch : 3 + 0.5 * batch;
}

/** Cheap runs first; schemes of one point stand together. */
export function cheapFirst(cases: readonly Case[]): Case[] {
  return [...cases].sort((a, b) => cost(a) - cost(b));
}

function point(code: string, network: string, chip: string, batch: number): Case[] {
  return SCHEMES.map((scheme) => ({
    ...{ network, chip, batch, scheme, issueNs: DEFAULT_ISSUE_NS, dramGBs: DEFAULT_DRAM_GBS },
    ...{ pipeline: "window", freeWrites: false, code },
  }));
}

/** The 180 runs of the paper's points. */
export function mainCases(code: string): Case[] {
  return cheapFirst(
    NETWORKS.flatMap((network) =>
      CHIPS.flatMap((chip) => BATCHES.flatMap((batch) => point(code, network, chip, batch))),
    ),
  );
}

/** Points whose assumptions are varied. */
export const SENSITIVE: readonly (readonly [string, string, number])[] = [
  ["resnet18", "compass-m", 16],
  ["vgg16", "compass-s", 4],
];

/** The same points with other issue intervals, DRAM rates and pipelines; the defaults are among the 180. */
export function sensitivityCases(code: string): Case[] {
  return SENSITIVE.flatMap(([network, chip, batch]) =>
    point(code, network, chip, batch).flatMap((one): Case[] => [
      ...[200, 100, 50].flatMap((issueNs) => ["6.4", "12.8"].map((dramGBs) => ({ ...one, issueNs, dramGBs }))).slice(1),
      { ...one, pipeline: "sample" },
    ]),
  );
}

/** Runs made again with writes free; VGG16 at batch 1 only, as it takes longest. */
export function freeCases(code: string): Case[] {
  return mainCases(code)
    .filter(({ network, batch }) => batch === 1 || (batch === 16 && network !== "vgg16"))
    .map((one) => ({ ...one, freeWrites: true }));
}
