/**
 * What becomes of programs with one dependency removed or one address shifted: refused, stuck, found by the data flow, wrong numbers, or
 * redundant, because every conflicting pair of accesses is ordered as before.
 */
import { UserError } from "../../src/base/index.js";
import { OrderedPairs, type VerifySetting } from "../../src/functional/index.js";
import { checkProgram } from "../../src/isa/index.js";
import { limitsOf } from "../../src/run/index.js";
import { type Mutant, mutantOf, otherBytes } from "./mutate.js";
import { verifyRun } from "./setting.js";

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
 * Whether nothing depends on what is read or written at a shifted address: wherever it points, all numbers are equal. Arrays read whole kernel
 * rows of a vector, and a row block multiplies some of them only in part; rows behind the last pooling window are made and read by nobody;
 * padding is written anew though an earlier partition of the same layer left it at the same place.
 */
function carriesNothing(setting: VerifySetting, mutant: Mutant): boolean {
  const numbers = [1, -1, 8, -8].map((shift) => {
    // Below the first byte there is nothing: further up then.
    const program = otherBytes(setting.program, mutant, shift) ?? otherBytes(setting.program, mutant, -2 * shift);
    return program !== undefined && verifyRun({ ...setting, program }).mismatches.length === 0;
  });
  return numbers.every((equal) => equal);
}

/**
 * Whether other inputs, weights and zero points show wrong numbers: a row whose pixels or results happen to be equal hides a shift along it,
 * and so does padding of another layer that lies where it would be read.
 */
function failsOnOtherNumbers(variants: readonly VerifySetting[], seed: number, { what }: Mutant): boolean {
  return variants.some((setting) => {
    const mutant = mutantOf(setting.program, seed);
    if (mutant.what !== what) throw new Error(`other numbers made another program: ${mutant.what}, not ${what}`);
    return verifyRun({ ...setting, program: mutant.program }).mismatches.length > 0;
  });
}

/** The kind of a mutant and the opcode it changed. */
function groupOf(what: string): string {
  const [kind] = what.split(" ");
  return `${kind} of ${/code index \d+ (\w+)/.exec(what)![1]}`;
}

/** What became of the mutants of a program. */
export interface Mutations {
  count: number;
  caught: number;
  fates: Map<Fate, number>;
  /** Mutants that changed no order two accesses need, or carry bytes no number depends on. */
  redundant: string[];
  unexplained: string[];
}

/** Mutates a program so many times, made with numbers of several kinds; as it is it must verify, and have orders to lose. */
export function mutations(make: (variant: number) => VerifySetting, count: number): Mutations {
  const setting = make(0);
  const variants = [1, 2, 3].map(make);
  const pairs = new OrderedPairs();
  const sound = verifyRun({ ...setting, pairs }).passed && pairs.size > 0;
  if (!sound || pairs.lostIn(setting.program, setting.chip).length > 0)
    throw new Error("the program itself does not verify");
  const fates = new Map<Fate, number>();
  const unexplained: string[] = [];
  const explained: string[] = [];
  for (let seed = 0; seed < count; seed++) {
    const mutant = mutantOf(setting.program, seed);
    let fate = fateOf(setting, mutant, pairs);
    if (fate === "redundant" && mutant.kind === "address" && failsOnOtherNumbers(variants, seed, mutant))
      fate = "numbers";
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
    // A shifted address changes what is accessed: no order excuses it.
    const shifted = fate === "redundant" && mutant.kind === "address" && !carriesNothing(setting, mutant);
    if (fate === "SURVIVED" || shifted) unexplained.push(mutant.what);
    else if (fate === "redundant") explained.push(mutant.what);
  }
  const caught = count - explained.length - unexplained.length;
  return { count, caught, fates, redundant: explained, unexplained };
}

/** What became of them as lines: counts, the redundant ones by kind, and where asked each that was not caught. */
export function linesOf(
  name: string,
  { count, caught, fates, redundant, unexplained }: Mutations,
  all: boolean,
): string[] {
  const groups = new Map<string, number>();
  for (const what of redundant) groups.set(groupOf(what), (groups.get(groupOf(what)) ?? 0) + 1);
  const lines = [
    `${name}: ${count} mutants, ${caught} caught (${((100 * caught) / count).toFixed(1)} %), ${redundant.length} redundant, ${unexplained.length} unexplained: ` +
      [...fates].map(([fate, times]) => `${fate} ${times}`).join(", "),
    `  redundant, every conflicting pair still ordered: ${[...groups].map(([group, times]) => `${times} ${group}`).join(", ")}`,
  ];
  if (all)
    lines.push(
      ...redundant.map((what) => `  redundant: ${what}`),
      ...unexplained.map((what) => `  UNEXPLAINED: ${what}`),
    );
  return lines;
}
