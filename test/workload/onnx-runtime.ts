/** ONNX Runtime (WASM, in this process) for tests, and plain models of the rounding its integer operators do. */
import { elementsOf, type Network, NetworkBuilder, type Shape, writeOnnx } from "../../src/workload/index.js";
import { quantise } from "../../src/workload/quantise/index.js";

export type OrtModule = typeof import("onnxruntime-web");

/** The runtime, or undefined with a loud word on why. */
export async function loadRuntime(): Promise<OrtModule | undefined> {
  try {
    const ort = await import("onnxruntime-web");
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = "error";
    // The WebAssembly itself is loaded with the first session.
    const builder = new NetworkBuilder("one");
    const x = builder.input("x", { height: 1, width: 1, channels: 1 });
    builder.output(builder.fc(x, { channels: 1, weights: { layout: "KHWC", data: Float32Array.of(1) } }));
    const session = await ort.InferenceSession.create(writeOnnx(quantise(builder.build())));
    await session.release();
    return ort;
  } catch (error) {
    console.warn(`SKIPPED: ONNX Runtime cannot be loaded here: ${error}`);
    return undefined;
  }
}

/** Runs a model once per sample; every output by name. */
export async function runModel(
  ort: OrtModule,
  bytes: Uint8Array,
  samples: readonly Record<string, { type: "int8" | "uint8" | "float32"; data: ArrayLike<number>; dims: number[] }>[],
): Promise<Map<string, { data: ArrayLike<number>; dims: readonly number[] }>[]> {
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const results = [];
  for (const sample of samples) {
    const feeds = Object.fromEntries(
      Object.entries(sample).map(([name, { type, data, dims }]) => {
        const array =
          type === "int8" ? Int8Array.from(data) : type === "uint8" ? Uint8Array.from(data) : Float32Array.from(data);
        return [name, new ort.Tensor(type, array as never, dims)];
      }),
    );
    const outputs = await session.run(feeds);
    results.push(
      new Map(
        Object.entries(outputs).map(([name, { data, dims }]) => [name, { data: data as ArrayLike<number>, dims }]),
      ),
    );
  }
  await session.release();
  return results;
}

/** Height, width, channels order to channels, height, width order. */
export function channelsFirst(values: ArrayLike<number>, { height, width, channels }: Shape): number[] {
  const result: number[] = [];
  for (let c = 0; c < channels; c++) for (let i = 0; i < height * width; i++) result.push(values[i * channels + c]!);
  return result;
}

/** Channels, height, width order to height, width, channels order. */
export function channelsLast(values: ArrayLike<number>, shape: Shape): Int32Array {
  const { height, width, channels } = shape;
  const result = new Int32Array(elementsOf(shape));
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < height * width; i++) result[i * channels + c] = values[c * height * width + i]!;
  return result;
}

/** The integer inputs of a quantised network as feeds. */
export function integerFeeds(network: Network, inputs: ReadonlyMap<number, Int32Array>) {
  return Object.fromEntries(
    network.inputs.map((id) => {
      const { name, shape, signed } = network.tensors[id]!;
      const dims = [1, shape.channels, shape.height, shape.width];
      const type = signed === false ? ("uint8" as const) : ("int8" as const);
      return [name, { type, data: channelsFirst(inputs.get(id)!, shape), dims }];
    }),
  );
}
