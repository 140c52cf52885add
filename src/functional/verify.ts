/** Verification: every tensor a program stored, every sample, against the reference executor. */
import type { Chip } from "../hardware/index.js";
import type { Program, TensorPlace } from "../isa/index.js";
import type { InstructionRecord, TraceSink } from "../trace/index.js";
import type { Network } from "../workload/network.js";
import { executeReference, type NetworkParameters, type TensorValues } from "../workload/reference/index.js";
import type { ArithmeticCounts } from "./context.js";
import type { FlowReport } from "./dataflow.js";
import { buildImage, channelsOf, elementAddress, readTensor } from "./image.js";
import { FunctionalMachine } from "./machine.js";
import type { OrderedPairs } from "./pairs.js";
import type { FunctionalOptions } from "./state.js";

/** The first element of a tensor that differs. */
export interface Mismatch {
  tensor: string;
  sample: number;
  y: number;
  x: number;
  c: number;
  expected: number;
  got: number;
  /** The instruction that wrote it, as text; "nothing" where none did. */
  writer: string;
  /** Elements of this tensor and sample that differ. */
  differing: number;
  elements: number;
}

/** How far a stored tensor of one sample is from the reference, in units of its scale. */
export interface Agreement {
  tensor: number;
  sample: number;
  elements: number;
  equal: number;
  /** Σ (reference − zero point)². */
  signal: number;
  /** Σ (reference − simulated)². */
  noise: number;
}

/** An output of the network of one sample. */
export interface OutputValues {
  tensor: number;
  sample: number;
  simulated: Int32Array;
  reference: Int32Array;
}

/** What a verification found. */
export interface VerifyReport {
  passed: boolean;
  /** Tensors × samples compared. */
  compared: number;
  elements: number;
  mismatches: Mismatch[];
  /** Elements of inner tensors that the program never stored: their consumers got them another way. */
  unstored: number;
  /** Network outputs the program has no place for. */
  missing: string[];
  counts: ArithmeticCounts;
  flow: FlowReport | undefined;
  agreements: Agreement[];
  outputs: OutputValues[];
}

/** What to verify. */
export interface VerifySetting {
  program: Program;
  network: Network;
  chip: Chip;
  parameters: NetworkParameters;
  /** Inputs of every sample by tensor id. */
  inputs: readonly ReadonlyMap<number, Int32Array>[];
  options?: FunctionalOptions;
  /** Default: true. */
  checkDataFlow?: boolean;
  /** Collects the conflicting accesses that happens-before orders. */
  pairs?: OrderedPairs;
}

/** A verification under way: hand `sink` to the simulator (or feed it records), then ask for the report. */
export class Verifier {
  readonly machine: FunctionalMachine;
  private unstored = 0;

  constructor(private readonly setting: VerifySetting) {
    const { program, network, chip, parameters, inputs, options, checkDataFlow = true, pairs } = setting;
    const image = buildImage(program, network, chip, parameters, inputs);
    this.machine = new FunctionalMachine({
      program,
      chip,
      network,
      parameters,
      image,
      checkDataFlow,
      ...(pairs === undefined ? {} : { pairs }),
      ...(options === undefined ? {} : { options }),
    });
  }

  /** Where the run's facts go. */
  get sink(): TraceSink {
    return this.machine;
  }

  /** Compares; the run must have ended. */
  report(): VerifyReport {
    const { program, network, parameters, inputs } = this.setting;
    this.machine.finish();
    const mismatches: Mismatch[] = [];
    let compared = 0;
    let elements = 0;
    const agreements: Agreement[] = [];
    const outputs: OutputValues[] = [];
    this.unstored = 0;
    const signed = (place: TensorPlace) => parameters.tensors[place.tensor]!.signed;
    for (const [sample, input] of inputs.entries()) {
      const reference = executeReference(network, parameters, input);
      for (const place of program.tensors) {
        const expected = expectedAt(reference, place);
        const got = readTensor(this.machine, place, sample, signed(place));
        compared++;
        elements += got.length;
        agreements.push(this.agreement(place, sample, expected, got));
        if (network.outputs.includes(place.tensor))
          outputs.push({ tensor: place.tensor, sample, simulated: got, reference: expected });
        const mismatch = this.firstDifference(place, sample, expected, got);
        if (mismatch !== undefined) mismatches.push(mismatch);
      }
    }
    const places = new Set(program.tensors.map((place) => place.tensor));
    const missing = network.outputs.filter((id) => !places.has(id)).map((id) => network.tensors[id]!.name);
    const flow = this.machine.flowReport();
    const bad = flow?.problems.some((problem) => problem.kind !== "unread") ?? false;
    const passed = mismatches.length === 0 && missing.length === 0 && !bad;
    const { unstored } = this;
    const { counts } = this.machine;
    return { passed, compared, elements, mismatches, unstored, missing, counts, flow, agreements, outputs };
  }

  private agreement(place: TensorPlace, sample: number, expected: Int32Array, got: Int32Array): Agreement {
    const { network, parameters } = this.setting;
    const { zeroPoint } = parameters.tensors[place.tensor]!;
    const inner = !network.outputs.includes(place.tensor) && !network.inputs.includes(place.tensor);
    const own = { tensor: place.tensor, sample, elements: 0, equal: 0, signal: 0, noise: 0 };
    for (let i = 0; i < got.length; i++) {
      const difference = expected[i]! - got[i]!;
      if (difference !== 0 && inner && this.writerOf(place, sample, i) === 0) continue; // never stored
      own.elements++;
      if (difference === 0) own.equal++;
      own.signal += (expected[i]! - zeroPoint) ** 2;
      own.noise += difference ** 2;
    }
    return own;
  }

  /** The instruction that wrote an element of a stored tensor; 0: none. */
  private writerOf(place: TensorPlace, sample: number, element: number): number {
    const channels = channelsOf(place);
    const channel = element % channels;
    return this.machine.writerOf(elementAddress(place, sample, (element - channel) / channels, channel));
  }

  private firstDifference(
    place: TensorPlace,
    sample: number,
    expected: Int32Array,
    got: Int32Array,
  ): Mismatch | undefined {
    const channels = channelsOf(place);
    const { network } = this.setting;
    const mayLack = !network.outputs.includes(place.tensor) && !network.inputs.includes(place.tensor);
    const writerOf = (element: number) => this.writerOf(place, sample, element);
    let first = -1;
    let differing = 0;
    for (let i = 0; i < got.length; i++) {
      if (got[i] === expected[i]) continue;
      if (mayLack && writerOf(i) === 0) {
        this.unstored++;
        continue;
      }
      if (first < 0) first = i;
      differing++;
    }
    if (first < 0) return undefined;
    const c = first % channels;
    const pixel = (first - c) / channels;
    const writer = writerOf(first);
    return {
      tensor: place.name,
      sample,
      y: Math.floor(pixel / place.width),
      x: pixel % place.width,
      c,
      expected: expected[first]!,
      got: got[first]!,
      writer: this.machine.identity.describe(writer),
      differing,
      elements: got.length,
    };
  }
}

function expectedAt(reference: TensorValues, place: TensorPlace): Int32Array {
  return reference.get(place.tensor)!;
}

/** Verifies a run from its instruction records, in order of end tick. */
export function verify(setting: VerifySetting, records: Iterable<Readonly<InstructionRecord>>): VerifyReport {
  const verifier = new Verifier(setting);
  for (const record of records) verifier.machine.instruction(record);
  return verifier.report();
}

/** A mismatch as one line. */
export function formatMismatch(mismatch: Mismatch): string {
  const { tensor, sample, y, x, c, expected, got, writer, differing, elements } = mismatch;
  return (
    `tensor ${tensor} sample ${sample} at y ${y}, x ${x}, c ${c}: expected ${expected}, got ${got}, ` +
    `written by ${writer} (${differing} of ${elements} elements differ)`
  );
}
