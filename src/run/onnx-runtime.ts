/**
 * ONNX Runtime as a second opinion: the same inputs through a runtime nobody here wrote.
 * Inputs: an ONNX file with the names of the network's tensors, samples, and what we computed. Invariants: the runtime is a
 * development dependency and is loaded here only; where it is missing or refuses the file the summary says so.
 */
import type { RuntimeSummary } from "../results/index.js";
import { fromOnnx, type Network, type OnnxInput, type OnnxName, type OnnxNames, toOnnx } from "../workload/index.js";
import { dequantise, sqnrDecibels, topOne } from "../workload/quantise/index.js";

/** The part of the runtime that is used. */
interface Runtime {
  env: { wasm: { numThreads?: number }; logLevel?: string; versions?: { web?: string; common?: string } };
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  Tensor: new (type: string, data: unknown, dims: readonly number[]) => unknown;
}

interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: ArrayLike<number> }>>;
  release(): Promise<void>;
}

/** Values of names, one map a sample. */
export type RuntimeValues = Map<string, ArrayLike<number>>[];

/** Thrown where the runtime cannot give a second opinion; the message is the reason. */
export class NoRuntime extends Error {}

/** Thrown where the runtime does not take a file; the message is its own. */
export class RefusedFile extends NoRuntime {}

/** Loads the runtime; a NoRuntime where it is not installed. */
export async function loadRuntime(): Promise<{ runtime: Runtime; version: string }> {
  try {
    const runtime = (await import("onnxruntime-web")) as unknown as Runtime;
    runtime.env.wasm.numThreads = 1;
    runtime.env.logLevel = "error";
    return { runtime, version: runtime.env.versions?.web ?? runtime.env.versions?.common ?? "unknown" };
  } catch (error) {
    throw new NoRuntime(
      `onnxruntime-web cannot be loaded (npm install --no-save onnxruntime-web): ${firstLine(error)}`,
    );
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}

/** How much of its own rewriting of the graph the runtime did: all it has, or the basic part where all of it fails on the file. */
export type Optimisation = "all" | "basic";

/** What a file gave, one map a sample, and how the runtime ran it. */
export interface FileRun {
  values: RuntimeValues;
  optimisation: Optimisation;
}

/** Runs a file once a sample. */
export async function runFile(
  runtime: Runtime,
  bytes: Uint8Array,
  samples: readonly Record<string, { type: string; data: ArrayLike<number>; dims: readonly number[] }>[],
): Promise<FileRun> {
  try {
    const { session, optimisation } = await openSession(runtime, bytes);
    const results: RuntimeValues = [];
    for (const sample of samples) {
      const feeds = Object.fromEntries(
        Object.entries(sample).map(([name, { type, data, dims }]) => {
          const array = arrays[type]?.from(data);
          if (array === undefined) throw new NoRuntime(`input ${name} is of a type that is not fed: ${type}`);
          return [name, new runtime.Tensor(type, array, dims)];
        }),
      );
      const outputs = await session.run(feeds);
      results.push(new Map(Object.entries(outputs).map(([name, { data }]) => [name, data])));
    }
    await session.release();
    return { values: results, optimisation };
  } catch (error) {
    if (error instanceof NoRuntime) throw error;
    throw new RefusedFile(firstLine(error));
  }
}

/** A session; where the runtime's own rewriting of the graph fails, with less of it. */
async function openSession(
  runtime: Runtime,
  bytes: Uint8Array,
): Promise<{ session: Session; optimisation: Optimisation }> {
  const open = async (optimisation: Optimisation) => ({
    optimisation,
    session: await runtime.InferenceSession.create(bytes, {
      executionProviders: ["wasm"],
      graphOptimizationLevel: optimisation,
      logSeverityLevel: 3,
    }),
  });
  try {
    return await open("all");
  } catch (error) {
    return await open("basic").catch(() => {
      throw error;
    });
  }
}

const arrays: Record<string, { from(data: ArrayLike<number>): unknown }> = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
};

/** Element types by their number in TensorProto.DataType. */
const elementTypes: Record<number, string> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  11: "float64",
};

/** The integers of a sample as an ONNX file wants them: as they are, or as the real numbers they stand for. */
export function feedsOf(network: Network, inputs: readonly OnnxInput[], sample: ReadonlyMap<number, Int32Array>) {
  return Object.fromEntries(
    inputs.map((input) => {
      const tensor = network.tensors[input.tensor]!;
      const own = sample.get(input.tensor)!;
      const values = toOnnx(input.integer ? own : dequantise(own, tensor), input.axes, tensor.shape);
      const repeated = Array.from({ length: input.batch }, () => Array.from(values)).flat();
      const type = elementTypes[input.type] ?? `element type ${input.type}`;
      return [input.name, { type, data: repeated, dims: input.dims }] as const;
    }),
  );
}

/** The name to ask for to see a tensor, integers before real numbers. */
export function nameOf(names: OnnxNames, tensor: number): OnnxName | undefined {
  const own = names.names.filter((one) => one.tensor === tensor);
  return own.find(({ integer }) => integer) ?? own.at(-1);
}

/** A network output of every sample: ours, and the runtime's values turned to our order. */
export interface Compared {
  tensor: number;
  name: OnnxName;
  here: Int32Array[];
  there: Float64Array[];
}

/** The runtime's values of some tensors, in height, width, channels order. */
export function valuesOf(network: Network, name: OnnxName, results: RuntimeValues): Float64Array[] {
  const { shape } = network.tensors[name.tensor]!;
  return results.map((one) => {
    const values = one.get(name.name);
    if (values === undefined) throw new NoRuntime(`the runtime gives no "${name.name}"`);
    return fromOnnx(values, name.axes, shape);
  });
}

type OutputSummary = NonNullable<RuntimeSummary["outputs"]>[number];

/** One output in numbers. */
export function outputSummary(network: Network, { tensor, name, here, there }: Compared): OutputSummary {
  const own = network.tensors[tensor]!;
  let agree = 0;
  let different = 0;
  let largest = 0;
  here.forEach((mine, sample) => {
    const other = there[sample]!;
    mine.forEach((value, i) => {
      const step = Math.abs(value - other[i]!);
      if (name.integer && step !== 0) different++;
      if (name.integer && step > largest) largest = step;
    });
    if (topOne(mine) === topOne(other)) agree++;
  });
  const truth = there.flatMap((values) => Array.from(name.integer ? dequantise(values, own) : values));
  const seen = here.flatMap((values) => Array.from(dequantise(values, own)));
  const sqnr = sqnrDecibels(truth, seen);
  return {
    tensor: own.name,
    name: name.name,
    elements: truth.length,
    ...(name.integer ? { different, largestDifference: largest } : {}),
    sqnrDb: Number.isFinite(sqnr) ? sqnr : null,
    topOneAgreement: agree / here.length,
  };
}
