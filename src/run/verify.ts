/**
 * Verification of a run: the program that is timed also computes, and every tensor it stores is held against the integer reference.
 * Inputs: a network, a chip, inputs or how many to draw. Samples beyond one batch are run again with the same program.
 */
import { UserError } from "../base/index.js";
import { type FunctionalOptions, Verifier, type VerifyReport } from "../functional/index.js";
import type { Chip, Precision } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import { simulate } from "../machine/index.js";
import type { RuntimeSummary, VerifySummary } from "../results/index.js";
import type { HoldRecord, InstructionRecord, TraceFooter, TraceHeader, TraceSink } from "../trace/index.js";
import { isMacLayer, type Network, type OnnxNames } from "../workload/index.js";
import { quantise, quantiseValues, seededReals, worthwhileSamples } from "../workload/quantise/index.js";
import { fillNetwork, type NetworkParameters, parametersOf, seededInputs } from "../workload/reference/index.js";
import { type AnalogueRequest, analogueOf } from "./analogue.js";
import { quantisationAdvice } from "./quantisation-advice.js";
import { checkAgainstRuntime } from "./runtime-check.js";
import { parseInputs, parseRealInputs } from "./verify-inputs.js";
import { summaryOf } from "./verify-summary.js";

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
  /** Range of drawn values of real inputs (default −1 to 1). */
  range?: { min: number; max: number };
  /** The ONNX file the network was read from. */
  onnx?: { bytes: Uint8Array; names: OnnxNames };
  /** Whether the same inputs go through ONNX Runtime too (default: true). */
  onnxRuntime?: boolean;
  /** Converters and cells that are not ideal. */
  analogue?: AnalogueRequest;
}

/** A verification: map and run `network`, give the run `listen`, then ask for the summary. */
export class Verification {
  /** The network with all its numbers: what has to be mapped. */
  readonly network: Network;
  private readonly parameters: NetworkParameters;
  private readonly samples: Map<number, Int32Array>[];
  /** Whether every number was given, none quantised or drawn here. */
  private readonly integer: boolean;
  /** What the network lacked and the seed gave. */
  private readonly seeded: VerifySummary["seeded"];
  /** What a network of real numbers was quantised with. */
  private readonly calibration: VerifySummary["calibration"];
  /** Whether the network states the widths of its tensors itself. */
  private readonly stated: boolean;
  private readonly analogue: ReturnType<typeof analogueOf>;
  private program: Program | undefined;
  private first: TimedSink | undefined;
  private reports: VerifyReport[] = [];

  constructor(
    network: Network,
    private readonly chip: Chip,
    private readonly request: VerifyRequest,
  ) {
    const { seed, batch } = request;
    const precision = request.precision ?? chip.defaultPrecision;
    this.analogue = analogueOf(request.analogue, chip, seed);
    this.integer = !isReal(network);
    this.seeded = this.integer ? seededOf(network) : undefined;
    const { filled, samples, calibration }: Filled = isReal(network)
      ? quantised(network, request, precision)
      : drawn(network, request, precision);
    this.network = filled;
    this.samples = samples;
    this.calibration = calibration;
    this.stated = network.tensors.every(({ bits }) => bits !== undefined);
    this.parameters = parametersOf(filled, { seed, precision });
    if (samples.length % batch !== 0)
      throw new UserError({
        code: "sample-count",
        message: "the samples to verify do not fill whole batches",
        seen: `${samples.length} samples, batches of ${batch}`,
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
    const options: { options?: FunctionalOptions } =
      this.analogue === undefined ? {} : { options: this.analogue.functional };
    return new Verifier({ program: this.program!, network, chip, parameters, inputs, ...options });
  }

  /** What was found; the run must have ended. */
  summary(): VerifySummary {
    const first = this.first!;
    this.reports = [first.report()];
    let { seconds } = first;
    for (let round = 1; round * this.request.batch < this.samples.length; round++) {
      const sink = new TimedSink(() => this.verifier(round));
      simulate(this.program!, this.chip, { sink, pathTotals: false, seed: this.request.seed });
      this.reports.push(sink.report());
      seconds += sink.seconds;
    }
    const summary = summaryOf(this.network, this.reports, this.request.batch, seconds, this.analogue?.said);
    const { seeded, calibration } = this;
    return {
      ...summary,
      ...(seeded === undefined ? {} : { seeded }),
      ...(calibration === undefined ? {} : { calibration }),
    };
  }

  /** The same inputs through ONNX Runtime, held against what was simulated (the ideal numbers where it was not ideal). */
  async onnxRuntime(): Promise<RuntimeSummary | undefined> {
    const { onnx } = this.request;
    if (this.request.onnxRuntime === false) return undefined;
    const outputs = new Map<number, Int32Array[]>();
    for (const report of this.reports)
      for (const { tensor, simulated, reference } of report.outputs) {
        const own = outputs.get(tensor) ?? [];
        own.push(this.analogue === undefined ? simulated : reference);
        outputs.set(tensor, own);
      }
    if (onnx !== undefined && this.seeded !== undefined && this.seeded.weights > 0) {
      const { weights, layers } = this.seeded;
      const which = weights === layers ? "" : `of ${weights} of its ${layers} layers with weights `;
      return { status: "skipped", reason: `the file does not hold the weights ${which}(external or stripped data)` };
    }
    const { network, chip, request, stated, parameters, samples, integer } = this;
    return checkAgainstRuntime({
      advice: quantisationAdvice(network, chip, { stated, ownInputs: request.inputs !== undefined }),
      network,
      parameters,
      samples,
      outputs,
      integer: integer || onnx === undefined,
      ...(onnx === undefined ? {} : { file: onnx }),
    });
  }
}

/** Whether a network has real numbers to quantise: all its weights, but not every scale. */
function isReal({ tensors, layers }: Network): boolean {
  const matrices = layers.filter(isMacLayer);
  if (matrices.length === 0 || matrices.some(({ weights }) => weights === undefined)) return false;
  return (
    tensors.some(({ quantization }) => quantization === undefined) ||
    matrices.some(({ weights }) => weights!.data instanceof Float32Array)
  );
}

/** What a network of integers lacks; undefined where it has every number. */
function seededOf({ tensors, layers }: Network): VerifySummary["seeded"] {
  const matrices = layers.filter(isMacLayer);
  const weights = matrices.filter((layer) => layer.weights === undefined).length;
  const scales = tensors.filter(({ quantization }) => quantization === undefined).length;
  if (weights + scales === 0) return undefined;
  return { weights, layers: matrices.length, scales, tensors: tensors.length };
}

/** A network with all its numbers, and the samples to verify it with. */
interface Filled {
  filled: Network;
  samples: Map<number, Int32Array>[];
  calibration?: NonNullable<VerifySummary["calibration"]>;
}

/** A network of real numbers, quantised by the samples of a file, or by seeded ones that are not verified with. */
function quantised(network: Network, request: VerifyRequest, { weightBits, activationBits }: Precision): Filled {
  const { seed, batch, inputs, samples = batch, range = { min: -1, max: 1 } } = request;
  const given = inputs === undefined ? undefined : parseRealInputs(inputs.bytes, inputs.file, network);
  const drawn = worthwhileSamples(network);
  const filled = quantise(network, {
    ...(given === undefined ? { seed: `calibration of ${seed}`, samples: drawn, range } : { inputs: given }),
    weightBits,
    activationBits,
  });
  const reals = given ?? Array.from({ length: samples }, (_, sample) => seededReals(network, seed, sample, range));
  const own = reals.map(
    (sample) => new Map([...sample].map(([id, values]) => [id, quantiseValues(values, filled.tensors[id]!)])),
  );
  const calibration = { weightBits, activationBits, samples: given?.length ?? drawn, verified: given !== undefined };
  return { filled, samples: own, calibration };
}

/** A network of integers, what it lacks drawn from the seed. */
function drawn(network: Network, request: VerifyRequest, precision: Precision): Filled {
  const { seed, batch, inputs, samples = batch } = request;
  const filled = fillNetwork(network, { seed, precision, zeroPoints: "seeded" });
  const own =
    inputs === undefined
      ? Array.from({ length: samples }, (_, sample) => seededInputs(filled, seed, sample))
      : parseInputs(inputs.bytes, inputs.file, filled);
  return { filled, samples: own };
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
