/**
 * Any one dependency removed or address shifted must fail verification or legality, or change no order that two accesses need (a shifted
 * load: carry bytes that no number depends on).
 * WORDLINE_MUTATIONS=200 runs so many on every network of the long list.
 */
import { appendFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compassEstimator } from "../../src/analytical/index.js";
import { UserError } from "../../src/base/index.js";
import { OrderedPairs, type VerifySetting } from "../../src/functional/index.js";
import { checkProgram } from "../../src/isa/index.js";
import { limitsOf } from "../../src/run/index.js";
import { loadBuiltin, withInputSize } from "../../src/workload/index.js";
import { parametersOf, seededInputs } from "../../src/workload/reference/index.js";
import { type Mutant, mutantOf, otherBytes } from "./mutate.js";
import { branchy, settingOf, verifyRun } from "./setting.js";
import { littleCompass, type TowerSize, towers } from "./towers.js";

const LONG = Number(process.env["WORDLINE_MUTATIONS"] ?? 0);

type Fate = "legality" | "deadlock" | "run" | "numbers" | "race" | "unwritten" | "redundant" | "SURVIVED";

function fateOf(setting: VerifySetting, { program }: Mutant, pairs: OrderedPairs): Fate {
  if (checkProgram(program, limitsOf(setting.chip)).length > 0) return "legality";
  try {
    const report = verifyRun({ ...setting, program });
    const kinds = report.flow!.problems.map(({ kind }) => kind);
    if (kinds.includes("race")) return "race";
    if (kinds.includes("unwritten")) return "unwritten";
    if (!report.passed) return "numbers";
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems.some(({ code }) => code === "deadlock") ? "deadlock" : "run";
  }
  return pairs.lostIn(program, setting.chip).length === 0 ? "redundant" : "SURVIVED";
}

/**
 * Whether nothing depends on what a shifted load or MVM reads: whatever bytes it takes, all numbers are equal. Arrays read whole kernel rows
 * of a vector, and a row block multiplies some of them only in part; rows behind the last pooling window are made and read by nobody.
 */
function carriesNothing(setting: VerifySetting, mutant: Mutant): boolean {
  const numbers = [1, -1, 8, -8].map((shift) => {
    const program = otherBytes(setting.program, mutant, shift);
    return program !== undefined && verifyRun({ ...setting, program }).mismatches.length === 0;
  });
  return numbers.every((equal) => equal);
}

/** Whether other inputs and weights show wrong numbers: a row whose pixels or results happen to be equal hides a shift along it. */
function failsOnOtherNumbers(setting: VerifySetting, { program }: Mutant): boolean {
  return [6, 7, 8].some((seed) => {
    const { network, chip } = setting;
    const inputs = setting.inputs.map((_, sample) => seededInputs(network, seed, sample));
    const parameters = parametersOf(network, { seed, precision: chip.defaultPrecision });
    return verifyRun({ ...setting, program, inputs, parameters }).mismatches.length > 0;
  });
}

/** The kind of a mutant and the opcode it changed. */
function groupOf(what: string): string {
  const [kind] = what.split(" ");
  return `${kind} of ${/code index \d+ (\w+)/.exec(what)![1]}`;
}

/** Mutates a setting so many times; says what became of them, and returns those that nothing explains. */
function mutations(name: string, setting: VerifySetting, count: number): string[] {
  const pairs = new OrderedPairs();
  expect(verifyRun({ ...setting, pairs }).passed, name).toBe(true);
  expect(pairs.size).toBeGreaterThan(0);
  expect(pairs.lostIn(setting.program, setting.chip)).toEqual([]);
  const fates = new Map<Fate, number>();
  const unexplained: string[] = [];
  const explained: string[] = [];
  for (let seed = 0; seed < count; seed++) {
    const mutant = mutantOf(setting.program, seed);
    let fate = fateOf(setting, mutant, pairs);
    if (fate === "redundant" && mutant.kind === "address" && failsOnOtherNumbers(setting, mutant)) fate = "numbers";
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
    // A shifted address changes what is accessed: no order excuses it.
    const shifted = fate === "redundant" && mutant.kind === "address" && !carriesNothing(setting, mutant);
    if (fate === "SURVIVED" || shifted) unexplained.push(mutant.what);
    else if (fate === "redundant") explained.push(mutant.what);
  }
  const redundant = explained.length;
  const caught = count - redundant - unexplained.length;
  const groups = new Map<string, number>();
  for (const what of explained) groups.set(groupOf(what), (groups.get(groupOf(what)) ?? 0) + 1);
  const lines = [
    `${name}: ${count} mutants, ${caught} caught (${((100 * caught) / count).toFixed(1)} %), ${redundant} redundant, ${unexplained.length} unexplained: ` +
      [...fates].map(([fate, times]) => `${fate} ${times}`).join(", "),
    `  redundant, every conflicting pair still ordered: ${[...groups].map(([group, times]) => `${times} ${group}`).join(", ")}`,
    ...explained.map((what) => `  redundant: ${what}`),
    ...unexplained.map((what) => `  UNEXPLAINED: ${what}`),
  ];
  console.log((LONG > 0 ? lines : lines.slice(0, 2)).join("\n"));
  const file = process.env["WORDLINE_MUTATIONS_OUT"];
  if (file !== undefined) appendFileSync(file, `${lines.join("\n")}\n`);
  return unexplained;
}

/** A built-in network at a small input size. */
const small = (name: string, height: number, width: number) => withInputSize(loadBuiltin(name), height, width);

/** Programs of a strategy that searches, with partitions that end inside columns. */
function searched(size: TowerSize, batch: number): VerifySetting {
  const chip = littleCompass();
  return settingOf(towers(size), chip, batch, undefined, {
    strategy: "compass",
    cost: compassEstimator(chip, batch),
  });
}

/** Name, setting, and how many mutants an ordinary run draws. */
const cases: [string, () => VerifySetting, number][] = [
  ["branchy on compass-s, batch 2", () => settingOf(branchy(), "compass-s", 2), 200],
  ["branchy on thread-2, batch 3", () => settingOf(branchy(), "thread-2", 3), 20],
  ["resnet8@4x4 on pack-dimc", () => settingOf(small("resnet8", 4, 4), "pack-dimc", 1), 200],
  ["ds_cnn@12x4 on pack-dimc", () => settingOf(small("ds_cnn", 12, 4), "pack-dimc", 1), 200],
  ["resnet8@8x8 on compass-s, batch 2", () => settingOf(small("resnet8", 8, 8), "compass-s", 2), 0],
  ["resnet8@8x8 on dimc-28nm, batch 2", () => settingOf(small("resnet8", 8, 8), "dimc-28nm", 2), 0],
  ["mobilenet_v1_025@32x32 on rram-130nm", () => settingOf(small("mobilenet_v1_025", 32, 32), "rram-130nm", 1), 0],
  ["towers@9x4 on a little COMPASS, compass, batch 2", () => searched([9, 4, 64, 1], 2), 40],
  ["towers@17x5 on a little COMPASS, compass, batch 3", () => searched([17, 5, 96, 0], 3), 0],
  ["deep_autoencoder on compass-s", () => settingOf(loadBuiltin("deep_autoencoder"), "compass-s", 1), 0],
];

for (const [name, make, few] of cases)
  it.runIf(few > 0 || LONG > 0)(`mutants of ${name}`, { timeout: 3_600_000 }, () =>
    expect(mutations(name, make(), LONG > 0 ? LONG : few)).toEqual([]),
  );
