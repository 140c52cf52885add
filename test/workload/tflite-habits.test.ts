/** What converters write around a layer comes out as that layer: numbers by hand, or by the same layer written plainly. */
import { describe, expect, it } from "vitest";
import { type ConvLayer, type Network, readTflite } from "../../src/workload/index.js";
import { executeReference, parametersOf, seededInputs } from "../../src/workload/reference/index.js";
import { real } from "../run/tflite-zoo-habits.js";
import { codes, type ModelSpec, type OperatorSpec, type TensorSpec, writeTflite } from "./tflite-writer.js";

const more = {
  SPACE_TO_BATCH_ND: 38,
  BATCH_TO_SPACE_ND: 37,
  SUB: 41,
  SQUEEZE: 43,
  MAXIMUM: 55,
  MINIMUM: 57,
  EXPAND_DIMS: 70,
};
const precision = { weightBits: 8, activationBits: 8 };

const ints = (name: string, data: number[], dims = [data.length]): TensorSpec => ({ name, dims, type: "int32", data });
const value = (name: string, dims: number[], scale = 0.05, zero = 3): TensorSpec => ({
  name,
  dims,
  scales: [scale],
  zeroPoints: [zero],
});
const some = (count: number, seed = 1) => Array.from({ length: count }, (_, i) => ((i * 37 + seed * 11) % 201) - 100);

/** Reads a file whose inputs and outputs are its first and last tensor. */
function read(tensors: TensorSpec[], operators: OperatorSpec[], change: Partial<ModelSpec> = {}): Network {
  const out = operators.at(-1)!.outputs;
  return readTflite(writeTflite({ tensors, operators, inputs: [0], outputs: out, ...change }));
}

/** The outputs of a network on seeded inputs. */
function run(network: Network): Int32Array[] {
  const parameters = parametersOf(network, { seed: 1, precision });
  const results = executeReference(network, parameters, seededInputs(network, 1, 0));
  return network.outputs.map((id) => results.get(id)!);
}

const weights: TensorSpec = { name: "w", dims: [2, 3, 3, 2], scales: [0.01], data: some(36) };

describe("a map dealt into batches around a convolution", () => {
  const dealt = (pads: number[], crops: number[], [high, wide]: [number, number]) =>
    read(
      [
        value("x", [1, 7, 6, 2]),
        ints("block", [2, 2]),
        ints("pads", pads, [2, 2]),
        value("dealt", [4, 5, 5, 2]),
        weights,
        value("sums", [4, 3, 3, 2], 0.2, -5),
        ints("crops", crops, [2, 2]),
        value("y", [1, high, wide, 2], 0.2, -5),
      ],
      [
        { code: more.SPACE_TO_BATCH_ND, inputs: [0, 1, 2], outputs: [3] },
        { code: codes.CONV_2D, inputs: [3, 4], outputs: [5], options: [{ byte: 1 }, 1, 1] },
        { code: more.BATCH_TO_SPACE_ND, inputs: [5, 1, 6], outputs: [7] },
      ],
    );

  it("is the convolution with gaps", () => {
    const network = dealt([2, 1, 2, 2], [0, 0, 0, 1].slice(0, 4), [6, 5]);
    const plain = read(
      [value("x", [1, 7, 6, 2]), weights, value("y", [1, 7, 6, 2], 0.2, -5)],
      [{ code: codes.CONV_2D, inputs: [0, 1], outputs: [2], options: [{ byte: 0 }, 1, 1, undefined, 2, 2] }],
    );
    const [layer] = network.layers as [ConvLayer];
    expect(layer).toMatchObject({ dilationY: 2, dilationX: 2, padTop: 2, padBottom: 1, padLeft: 2, padRight: 1 });
    expect(network.tensors[layer.output]!.shape).toEqual({ height: 6, width: 5, channels: 2 });
    // The plain one has a row and a column more at the end.
    const [few, all] = [run(network)[0]!, run(plain)[0]!];
    for (let y = 0; y < 6; y++) expect(few.slice(y * 10, y * 10 + 10)).toEqual(all.slice(y * 12, y * 12 + 10));
  });

  it("is refused where it is something else", () => {
    expect(() => dealt([2, 1, 2, 2], [3, 0, 0, 0], [3, 6])).toThrow("it crops 3, 0, 0, 0, more than was padded");
    expect(() => dealt([2, 2, 2, 2], [0, 0, 0, 0], [6, 6])).toThrow("11x10, is no multiple of its block, 2x2");
  });
});

describe("layers over time", () => {
  it("are convolutions over rows, whatever extent of 1 stands where", () => {
    const bias: TensorSpec = { name: "b", dims: [2], type: "int32", data: [40, -70] };
    const kernel: TensorSpec = { name: "k", dims: [2, 1, 3, 2], scales: [0.01], data: some(12) };
    const upright: TensorSpec = { ...kernel, dims: [2, 3, 1, 2] };
    const network = read(
      [
        value("x", [1, 8, 2]),
        ints("axis", [1]),
        value("row", [1, 1, 8, 2]),
        kernel,
        bias,
        value("y", [1, 1, 8, 2], 0.1, 0),
        value("steps", [1, 8, 2], 0.1, 0),
        ints("other", [2]),
        value("column", [1, 8, 1, 2], 0.1, 0),
        upright,
        value("z", [1, 4, 1, 2], 0.2, 1),
      ],
      [
        { code: more.EXPAND_DIMS, inputs: [0, 1], outputs: [2] },
        { code: codes.CONV_2D, inputs: [2, 3, 4], outputs: [5], options: [{ byte: 0 }, 1, 1] },
        { code: more.SQUEEZE, inputs: [5], outputs: [6] },
        { code: more.EXPAND_DIMS, inputs: [6, 7], outputs: [8] },
        { code: codes.CONV_2D, inputs: [8, 9, 4], outputs: [10], options: [{ byte: 0 }, 1, 2] },
      ],
    );
    const plain = read(
      [value("x", [1, 1, 8, 2]), kernel, bias, value("y", [1, 1, 8, 2], 0.1, 0), value("z", [1, 1, 4, 2], 0.2, 1)],
      [
        { code: codes.CONV_2D, inputs: [0, 1, 2], outputs: [3], options: [{ byte: 0 }, 1, 1] },
        { code: codes.CONV_2D, inputs: [3, 1, 2], outputs: [4], options: [{ byte: 0 }, 2, 1] },
      ],
    );
    expect(network.layers).toHaveLength(2);
    expect(run(network)).toEqual(run(plain));
  });
});

describe("constants beside activations", () => {
  it("SUB takes off what ADD of the opposite adds, but for a half of the last place", () => {
    const c: TensorSpec = { name: "c", dims: [2], scales: [0.03], zeroPoints: [-4], data: [60, -90] };
    const network = read(
      [value("x", [1, 3, 3, 2]), c, value("y", [1, 3, 3, 2], 0.06, 2)],
      [{ code: more.SUB, inputs: [0, 1], outputs: [2], options: [{ byte: 0 }] }],
    );
    const inputs = [...seededInputs(network, 1, 0).values()][0]!;
    const clamp = (one: number) => Math.min(127, Math.max(-128, one));
    const expected = inputs.map((one, index) =>
      clamp(Math.round((0.05 * (one - 3) - 0.03 * (c.data![index % 2]! + 4)) / 0.06) + 2),
    );
    const [out] = run(network) as [Int32Array];
    expect(Math.max(...out.map((one, index) => Math.abs(one - expected[index]!)))).toBeLessThanOrEqual(1);
    expect(out.filter((one, index) => one === expected[index]).length).toBeGreaterThan(15);
    expect(() =>
      read([value("x", [1, 3, 3, 2]), c, value("y", [1, 3, 3, 2])], [{ code: more.SUB, inputs: [1, 0], outputs: [2] }]),
    ).toThrow("it takes an activation off; accepted: an activation less a constant");
  });

  it("MAXIMUM and MINIMUM with a number bound the integers; another scale is refused", () => {
    const at = (name: string, integer: number, scale = 0.05): TensorSpec => ({
      ...value(name, [], scale),
      data: [integer],
    });
    const network = read(
      [value("x", [1, 4, 4, 2]), at("low", -20), value("y", [1, 4, 4, 2]), at("high", 50), value("z", [1, 4, 4, 2])],
      [
        { code: more.MAXIMUM, inputs: [0, 1], outputs: [2] },
        { code: more.MINIMUM, inputs: [3, 2], outputs: [4] },
      ],
    );
    const inputs = [...seededInputs(network, 1, 0).values()][0]!;
    expect(run(network)).toEqual([inputs.map((one) => Math.min(50, Math.max(-20, one)))]);
    expect(() =>
      read(
        [value("x", [1, 4, 4, 2]), at("low", -20, 0.06), value("y", [1, 4, 4, 2])],
        [{ code: more.MAXIMUM, inputs: [0, 1], outputs: [2] }],
      ),
    ).toThrow("its inputs and its output mean different numbers by one integer");
  });
});

describe("ends", () => {
  it("a TRANSPOSE turns the input, is a view of ones, is dropped at the end, and is refused in between", () => {
    const turn = (order: number[], dims: number[], last: OperatorSpec[], tensors: TensorSpec[] = []) =>
      read(
        [
          value("x", [1, 2, 5, 4]),
          ints("order", [0, 2, 3, 1]),
          value("picture", [1, 5, 4, 2]),
          weights,
          value("y", [1, 5, 4, 2], 0.2),
          ints("back", order),
          value("z", dims, 0.2),
          ...tensors,
        ],
        [
          { code: codes.TRANSPOSE, inputs: [0, 1], outputs: [2] },
          { code: codes.CONV_2D, inputs: [2, 3], outputs: [4], options: [{ byte: 0 }, 1, 1] },
          { code: codes.TRANSPOSE, inputs: [4, 5], outputs: [6] },
          ...last,
        ],
      );
    const network = turn([0, 3, 1, 2], [1, 2, 5, 4], []);
    expect(network.tensors[0]!.shape).toEqual({ height: 5, width: 4, channels: 2 });
    expect(network.layers).toHaveLength(1);
    expect(() =>
      turn(
        [0, 3, 1, 2],
        [1, 2, 5, 4],
        [{ code: codes.RELU, inputs: [6], outputs: [7] }],
        [value("r", [1, 2, 5, 4], 0.2)],
      ),
    ).toThrow("a TRANSPOSE that moves data is accepted only at the end of a network");
    expect(() => turn([0, 1, 1, 2], [1, 2, 5, 4], [])).toThrow(
      "its order is [0, 1, 1, 2]; accepted: each of 0 to 3 once",
    );
  });

  it("an input of bytes stays one where weights follow, and gets a layer of its own where they do not", () => {
    const bytes: TensorSpec = { ...value("x", [1, 6, 6, 2], 0.05, 131), type: "uint8" };
    const quantize: OperatorSpec = { code: codes.QUANTIZE, inputs: [0], outputs: [1] };
    const convolved = read(
      [bytes, value("q", [1, 6, 6, 2]), weights, value("y", [1, 6, 6, 2], 0.2)],
      [quantize, { code: codes.CONV_2D, inputs: [1, 2], outputs: [3], options: [{ byte: 0 }, 1, 1] }],
    );
    expect(convolved.tensors[0]).toMatchObject({ signed: false, quantization: { zeroPoint: 131 } });
    expect(convolved.layers.map(({ op }) => op)).toEqual(["conv"]);
    // Integers 128 lower mean the same, so the results are those of a signed input.
    const signed = read(
      [value("q", [1, 6, 6, 2]), weights, value("y", [1, 6, 6, 2], 0.2)],
      [{ code: codes.CONV_2D, inputs: [0, 1], outputs: [2], options: [{ byte: 0 }, 1, 1] }],
    );
    const inputs = [...seededInputs(convolved, 1, 0).values()][0]!;
    const on = (network: Network, given: Int32Array) => {
      const results = executeReference(network, parametersOf(network, { seed: 1, precision }), new Map([[0, given]]));
      return results.get(network.outputs[0]!);
    };
    expect(on(convolved, inputs)).toEqual(
      on(
        signed,
        inputs.map((one) => one - 128),
      ),
    );
    const pooled = read(
      [bytes, value("q", [1, 6, 6, 2]), value("y", [1, 3, 3, 2])],
      [
        quantize,
        { code: codes.MAX_POOL_2D, inputs: [1], outputs: [2], options: [{ byte: 1 }, 2, 2, 2, 2, { byte: 0 }] },
      ],
    );
    expect(pooled.layers.map(({ op }) => op)).toEqual(["activation", "maxpool"]);
    expect(pooled.tensors[0]).toMatchObject({ signed: false, quantization: { zeroPoint: 131 } });
    expect(on(pooled, inputs)!.every((one) => one >= -128 && one <= 127)).toBe(true);
  });

  it("half precision reads as the numbers it stands for", () => {
    const network = readTflite(real("half"));
    const { data } = (network.layers.find(({ op }) => op === "conv") as ConvLayer).weights!;
    expect(data).toBeInstanceOf(Float32Array);
    const sizes = [...data].map(Math.abs);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(2 ** -5);
    expect(Math.max(...sizes)).toBeLessThan(2 ** -1);
    expect(new Set(sizes).size).toBeGreaterThan(100);
    // 0x3555 is the half next to a third, 0x8001 the smallest negative one, 0x0400 the smallest normal one.
    const tiny = read(
      [
        { name: "x", dims: [1, 3], type: "float32" },
        { name: "h", dims: [1, 3], type: "float16", data: [0x3555, 0x8001, 0x0400] },
        { name: "w", dims: [1, 3], type: "float32" },
        { name: "y", dims: [1, 1], type: "float32" },
      ],
      [
        { code: codes.DEQUANTIZE, inputs: [1], outputs: [2] },
        { code: codes.FULLY_CONNECTED, inputs: [0, 2, -1], outputs: [3], options: [{ byte: 0 }] },
      ],
    );
    const own = (tiny.layers[0] as ConvLayer).weights!.data;
    expect([...own]).toEqual([1365 / 4096, -(2 ** -24), 2 ** -14]);
  });
});
