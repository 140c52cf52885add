/**
 * Verification of a run: the program that is timed also computes, and every tensor it stores is held against the integer reference.
 * Inputs: a network, a chip, inputs or how many to draw. Samples beyond one batch are run again with the same program.
 */
import { UserError } from "../base/index.js";
import { type FlowProblem, formatMismatch, type Mismatch, Verifier, type VerifyReport } from "../functional/index.js";
import type { Chip, Precision } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import { simulate } from "../machine/index.js";
import type { VerifySummary } from "../results/index.js";
import type { HoldRecord, InstructionRecord, TraceFooter, TraceHeader, TraceSink } from "../trace/index.js";
import type { Network } from "../workload/index.js";
import { fillNetwork, type NetworkParameters, parametersOf, seededInputs } from "../workload/reference/index.js";
import { parseInputs } from "./verify-inputs.js";

/** What to verify a run with. */
export interface VerifyRequest {
  /** Seed of inputs, and of every number the network lacks. */
  seed: string;
  batch: number;
  precision?: Precision;
  /** A file of inputs. */
  inputs?: { file: string; bytes: Uint8Array };
  /** How many samples to draw (default: one batch). */
  samples?: number;
}

/** A verification: map and run `network`, give the run `listen`, then ask for the summary. */
export class Verification {
  /** The network with all its numbers: what has to be mapped. */
  readonly network: Network;
  private readonly parameters: NetworkParameters;
  private readonly samples: Map<number, Int32Array>[];
  private program: Program | undefined;
  private first: TimedSink | undefined;

  constructor(
    network: Network,
    private readonly chip: Chip,
    private readonly request: VerifyRequest,
  ) {
    const { seed, batch, inputs, samples = batch } = request;
    const precision = request.precision ?? chip.defaultPrecision;
    this.network = fillNetwork(network, { seed, precision, zeroPoints: "seeded" });
    this.parameters = parametersOf(this.network, { seed, precision });
    this.samples =
      inputs === undefined
        ? Array.from({ length: samples }, (_, sample) => seededInputs(this.network, seed, sample))
        : parseInputs(inputs.bytes, inputs.file, this.network);
    if (this.samples.length % batch !== 0)
      throw new UserError({
        code: "sample-count",
        message: "the samples to verify do not fill whole batches",
        seen: `${this.samples.length} samples, batches of ${batch}`,
        accepted: `a multiple of ${batch}, or another --batch`,
      });
  }

  /** The listener of the run of a program. */
  readonly listen = (program: Program): TraceSink => {
    this.program = program;
    this.first = new TimedSink(() => this.verifier(0));
    return this.first;
  };

  private verifier(round: number): Verifier {
    const { batch } = this.request;
    const { chip, network, parameters } = this;
    const inputs = this.samples.slice(round * batch, (round + 1) * batch);
    return new Verifier({ program: this.program!, network, chip, parameters, inputs });
  }

  /** What was found; the run must have ended. */
  summary(): VerifySummary {
    const first = this.first!;
    const reports = [first.report()];
    let { seconds } = first;
    for (let round = 1; round * this.request.batch < this.samples.length; round++) {
      const sink = new TimedSink(() => this.verifier(round));
      simulate(this.program!, this.chip, { sink, pathTotals: false, seed: this.request.seed });
      reports.push(sink.report());
      seconds += sink.seconds;
    }
    return summaryOf(this.network, reports, this.request.batch, seconds);
  }
}

/** Hands records to a verifier and counts the time that takes. */
class TimedSink implements TraceSink {
  seconds = 0;
  private readonly verifier: Verifier;

  constructor(make: () => Verifier) {
    this.verifier = this.timed(make);
  }

  private timed<T>(work: () => T): T {
    const before = process.cpuUsage();
    try {
      return work();
    } finally {
      const { user, system } = process.cpuUsage(before);
      this.seconds += (user + system) / 1e6;
    }
  }

  begin(header: TraceHeader): void {
    this.verifier.sink.begin(header);
  }

  hold(_record: Readonly<HoldRecord>): void {}

  instruction(record: Readonly<InstructionRecord>): void {
    const before = process.cpuUsage();
    this.verifier.sink.instruction(record);
    const { user, system } = process.cpuUsage(before);
    this.seconds += (user + system) / 1e6;
  }

  end(footer: TraceFooter): void {
    this.timed(() => this.verifier.sink.end(footer));
  }

  report(): VerifyReport {
    return this.timed(() => this.verifier.report());
  }
}

/** Reports of batches, one after another, as one. */
export function summaryOf(
  network: Network,
  reports: readonly VerifyReport[],
  batch: number,
  seconds: number,
): VerifySummary {
  const producer = new Map(network.layers.map((layer) => [network.tensors[layer.output]!.name, layer]));
  const place = (tensor: string) => producer.get(tensor)?.id ?? -1;
  const mismatches = reports
    .flatMap((report, round) => report.mismatches.map((one) => ({ ...one, sample: one.sample + round * batch })))
    .sort((a, b) => place(a.tensor) - place(b.tensor) || a.sample - b.sample);
  const sum = (value: (report: VerifyReport) => number) => reports.reduce((total, report) => total + value(report), 0);
  // The order of instructions does not depend on numbers: the first batch says all of the data flow.
  const flow = reports[0]?.flow;
  const missing = reports[0]?.missing ?? [];
  const [first] = mismatches;
  return {
    passed: reports.every(({ passed }) => passed),
    equal: first === undefined && missing.length === 0,
    samples: reports.length * batch,
    tensors: sum(({ compared }) => compared),
    elements: sum(({ elements, unstored }) => elements - unstored),
    unstored: sum(({ unstored }) => unstored),
    missing,
    ...(first === undefined ? {} : { firstDifference: differenceOf(first, producer.get(first.tensor)?.name ?? "") }),
    differingTensors: [...new Set(mismatches.map(({ tensor }) => tensor))],
    races: problemsOf(flow?.problems, "race"),
    unwritten: problemsOf(flow?.problems, "unwritten"),
    unread: problemsOf(flow?.problems, "unread"),
    unlisted: flow?.unlisted ?? 0,
    overflows: sum(({ counts }) => counts.overflows),
    clipped: sum(({ counts }) => counts.clipped),
    macs: sum(({ counts }) => counts.macs),
    seconds,
  };
}

function differenceOf(mismatch: Mismatch, layer: string): NonNullable<VerifySummary["firstDifference"]> {
  const { elements: _, ...fields } = mismatch;
  return { ...fields, layer };
}

function problemsOf(problems: readonly FlowProblem[] = [], kind: FlowProblem["kind"]): VerifySummary["races"] {
  return problems.filter((one) => one.kind === kind).map(({ kind: _, ...fields }) => fields);
}

/** Why a verification failed, in a few lines; empty where it passed. */
export function verifyFailure(summary: VerifySummary): string[] {
  const { firstDifference, missing, races, unwritten } = summary;
  const lines: string[] = [];
  if (firstDifference !== undefined)
    lines.push(
      `not equal to the reference: layer ${firstDifference.layer}, ${formatMismatch({ ...firstDifference, elements: Number.NaN }).replace(" of NaN", "")}`,
    );
  if (missing.length > 0) lines.push(`the program has no place for output ${missing.join(", ")}`);
  for (const { message } of races.slice(0, 5)) lines.push(`race: ${message}`);
  for (const { message } of unwritten.slice(0, 5)) lines.push(`unwritten: ${message}`);
  return lines;
}
