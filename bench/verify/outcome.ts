/** One program verified bit by bit, with its data flow, races and laws: what came out, in a word and in numbers. */
import { UserError } from "../../src/base/index.js";
import { formatMismatch, Verifier, type VerifyReport } from "../../src/functional/index.js";
import type { Chip } from "../../src/hardware/index.js";
import { type Program, programDigest } from "../../src/isa/index.js";
import type { Mapping } from "../../src/mapping/index.js";
import { compileNetwork, executeProgram, type RunOptions } from "../../src/run/index.js";
import type { Network } from "../../src/workload/index.js";
import { fillNetwork, parametersOf, seededInputs } from "../../src/workload/reference/index.js";
import { digestOrRefused } from "../lib/fresh.js";

/** Seed of every number a network lacks, and of its inputs. */
export const SEED = 5;

/** The machines that are taken in turn: every mode on every engine. */
export const MACHINES = [
  { mode: "coarse", engine: "wheel" },
  { mode: "fine", engine: "heap" },
  { mode: "coarse", engine: "heap" },
  { mode: "fine", engine: "wheel" },
] as const;

/** How a program is made and run. */
export interface Request extends Pick<RunOptions, "mapper" | "mapping" | "mode" | "engine"> {
  batch: number;
  /** Rows up to which all laws are checked on the trace (default 0: those on counters). */
  checkRows?: number;
}

/** A program with all its numbers. */
interface Made {
  network: Network;
  parameters: ReturnType<typeof parametersOf>;
  mapping: Mapping;
  program: Program;
}

/** What a verification gave: `equal`, `overflow`, `DIFFERS`, or the code of the rule that refuses the pair. */
export interface VerifyOutcome {
  word: string;
  /** Elements held against the reference, and products computed for them. */
  elements: number;
  macs: number;
  /** Pairs of places that no order separates. */
  races: number;
  /** The first things that are wrong, where something is. */
  details: string[];
  /** Digest of the program that was verified; "" where the network does not run on the chip. */
  program: string;
  /** What was verified; not there where the network does not run on the chip. */
  made?: Made;
}

/** Maps and emits a network whose missing numbers are drawn; throws where a rule refuses the pair. */
function compile(plain: Network, chip: Chip, { batch, mapper, mapping: choices }: Request): Made {
  const precision = chip.defaultPrecision;
  const network = fillNetwork(plain, { seed: SEED, precision, zeroPoints: "seeded" });
  const parameters = parametersOf(network, { seed: SEED, precision });
  const choice = { batch, precision, ...(mapper && { mapper }), ...(choices && { mapping: choices }) };
  return { network, parameters, ...compileNetwork(network, chip, choice) };
}

/** Digest of the program a request gives with the code of now; "" where a rule refuses it. */
export function programOf(plain: Network, chip: Chip, request: Request): string {
  return digestOrRefused(() => compile(plain, chip, request).program);
}

/** Maps, emits, runs and verifies a network whose missing numbers are drawn. */
export async function verifyProgram(plain: Network, chip: Chip, request: Request): Promise<VerifyOutcome> {
  const { batch, mode, engine, checkRows = 0 } = request;
  try {
    const made = compile(plain, chip, request);
    const { network, parameters, program } = made;
    const inputs = Array.from({ length: batch }, (_, sample) => seededInputs(network, SEED, sample));
    const verifier = new Verifier({ program, network, chip, parameters, inputs });
    const { fields } = await executeProgram(program, chip, {
      ...{ checkRows, sinks: [verifier.sink] },
      ...(mode && { mode }),
      ...(engine && { engine }),
    });
    const broken = fields.check.violations.map(({ message }) => message);
    return { ...outcomeOf(verifier.report(), broken), program: programDigest(program), made };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, message } = error.problems[0]!;
    return { word: code, elements: 0, macs: 0, races: 0, details: [message], program: "" };
  }
}

function outcomeOf(report: VerifyReport, broken: readonly string[]): Omit<VerifyOutcome, "program"> {
  const { passed, counts, elements, unstored } = report;
  const wrong = report.flow!.problems.filter(({ kind }) => kind !== "unread");
  const races = wrong.filter(({ kind }) => kind === "race").length;
  const facts = { elements: elements - unstored, macs: counts.macs, races };
  if (passed && broken.length === 0) return { word: "equal", ...facts, details: [] };
  const missing = report.missing.map((tensor) => `the program has no place for output ${tensor}`);
  const flow = wrong.map(({ message }) => message);
  const details = [...broken, ...report.mismatches.map(formatMismatch), ...missing, ...flow].slice(0, 5);
  // Accumulators narrower than a layer needs give other numbers without any error of the program; races are none of their doing.
  const innocent = counts.overflows > 0 && flow.length + broken.length + missing.length === 0;
  return { word: innocent ? "overflow" : "DIFFERS", ...facts, details };
}
