/** `run --verify` as a user meets it: the second runtime, inputs from files, what is not ideal, and wrong input. */
import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadRuntime } from "../../src/run/onnx-runtime.js";
import { Graph, zooModels } from "../run/onnx-zoo.js";
import { tfliteModels } from "../run/tflite-zoo.js";
import { codes, writeTflite } from "../workload/tflite-writer.js";
import { temporaryFolder, wordline, wordlineJson } from "./lab.js";

const runtime = await loadRuntime().catch((error: Error) => {
  console.warn(`SKIPPED in part: ${error.message}`);
  return undefined;
});
const path = temporaryFolder();

function file(name: string, bytes: Uint8Array | string): string {
  writeFileSync(path(name), bytes);
  return path(name);
}

const zoo = (name: string) => zooModels().find((model) => model.name === name)!.bytes;
const run = (model: string, ...more: string[]) =>
  wordlineJson("run", "run", model, "--no-experiments", "--verify", ...more);

/** A NumPy array of the given type. */
function npy(type: string, shape: number[], data: Uint8Array): Uint8Array {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(", ")},), }\n`;
  const head = [0x93, ...Buffer.from("NUMPY"), 1, 0, header.length & 255, header.length >> 8];
  return Uint8Array.from([...head, ...Buffer.from(header), ...data]);
}

describe("ONNX Runtime", { timeout: 60_000 }, () => {
  it.skipIf(runtime === undefined)("agrees on integers of a file, and says so in words", async () => {
    const model = file("q.onnx", zoo("qlinear residual uint8"));
    const { exit, stdout, stderr } = await wordline("run", model, "-c", "dimc-28nm", "--verify", "--no-experiments");
    expect([exit, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/ONNX Runtime \S+ on the file itself: every output integer is equal/);
  });

  it.skipIf(runtime === undefined)("measures a file of real numbers", async () => {
    const model = file("real.onnx", zoo("real classifier"));
    const { exit, value } = await run(model, "-c", "dimc-28nm", "-p", "w8a8", "--random", "3", "--input-range", "0,2");
    expect(exit).toBe(0);
    expect(value.verify).toMatchObject({ passed: true, samples: 3, onnxRuntime: { kind: "float", model: "file" } });
    const [output] = value.verify!.onnxRuntime!.outputs!;
    expect(output!.sqnrDb).toBeGreaterThan(25);
    const coarse = await run(model, "-c", "dimc-28nm", "-p", "w4a4", "--random", "3", "--input-range", "0,2");
    expect(coarse.value.verify!.onnxRuntime!.outputs![0]!.sqnrDb).toBeLessThan(output!.sqnrDb!);
  });

  it("is left out where it is not wanted, and runs nothing it cannot", async () => {
    const model = file("speech.tflite", tfliteModels()[0]!.bytes);
    expect((await run(model, "-c", "rram-130nm", "--no-onnx-runtime")).value.verify!.onnxRuntime).toBeUndefined();
    // Integers of 16 bits fit no tensor that is written.
    const { value } = await run("resnet8@8x8", "-c", "isaac");
    expect(value.verify!.onnxRuntime).toMatchObject({ status: "skipped" });
  });
});

describe("inputs", { timeout: 60_000 }, () => {
  it("takes several samples from a file, integers or real numbers", async () => {
    const model = file("q2.onnx", zoo("qlinear product int8"));
    const values = Array.from({ length: 40 }, (_, i) => ((i * 37) % 101) - 50);
    const integers = file(
      "x.npy",
      npy(
        "|i1",
        [2, 20],
        Uint8Array.from(values, (value) => value & 255),
      ),
    );
    const real = Float32Array.from(values, (value) => (value + 4) * Math.fround(0.02));
    const reals = file("xr.npy", npy("<f4", [2, 20], new Uint8Array(real.buffer)));
    const [a, b] = [
      await run(model, "-c", "dimc-28nm", "--inputs", integers),
      await run(model, "-c", "dimc-28nm", "--inputs", reals, "--batch", "2"),
    ];
    for (const { exit, value } of [a, b]) {
      expect(exit).toBe(0);
      expect(value.verify).toMatchObject({ passed: true, samples: 2 });
    }
  });
});

describe("what is not ideal", { timeout: 60_000 }, () => {
  const base = ["resnet8@8x8", "-c", "rram-130nm", "--no-onnx-runtime"] as const;
  const analogue = async (...more: string[]) => {
    const { exit, value } = await run(...base, ...more);
    expect(exit).toBe(0);
    expect(value.verify!.passed).toBe(true);
    return value;
  };

  it("is measured layer by layer and is no failure; every option is read, every draw has its seed", async () => {
    const clip = await analogue("--adc-bits", "7");
    const own = clip.verify!.analogue!;
    expect(own).toMatchObject({ adc: "clip", adcBits: 7, variation: 0 });
    expect(own.layers.filter(({ conversions }) => conversions > 0).length).toBeGreaterThan(5);
    expect(own.layers.some(({ clipped }) => clipped > 0)).toBe(true);
    expect(clip.verify!.equal).toBe(false);
    const noise = (value: typeof clip) => value.verify!.analogue!.layers.map(({ sumsSqnrDb }) => sumsSqnrDb);
    const others = [
      await analogue("--adc-bits", "7", "--adc", "scale"),
      await analogue("--adc-bits", "9"),
      await analogue("--adc-bits", "7", "--rows-active", "32"),
      await analogue("--variation", "0.2"),
      await analogue("--variation", "0.2", "--seed", "2"),
      await analogue("--stuck", "0.01"),
    ].map(noise);
    for (const [index, one] of others.entries())
      for (const other of [noise(clip), ...others.slice(0, index)]) expect(one).not.toEqual(other);
  });

  it("with converters wide enough nothing is lost", async () => {
    const value = await analogue("--adc-bits", "16", "--adc", "clip");
    expect(value.verify).toMatchObject({ equal: true, clipped: 0 });
    expect(value.verify!.analogue!.outputs[0]).toMatchObject({ equalShare: 1, sqnrDb: null, topOneAgreement: 1 });
  });

  it.each([
    [["--variation", "0.1"], /variation of cells needs arrays with analogue-to-digital converters; saw .*adderTree/],
    [["--adc", "clip"], /a model of converters needs arrays with analogue-to-digital converters/],
    [["--stuck", "1.5"], /--stuck takes a number; saw "1.5"; accepted: 0 to 1/],
    [["--input-range", "1,0"], /not a range of numbers; saw "1,0"/],
    [["--adc-bits", "0"], /--adc-bits takes a whole number; saw "0"/],
  ])("refuses %j on a digital chip", async (more, message) => {
    const { exit, stderr } = await wordline("run", "resnet8@8x8", "-c", "dimc-28nm", "--verify", ...more);
    expect(exit).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("goes with --verify only", async () => {
    const { exit, stderr } = await wordline("run", "resnet8@8x8", "-c", "rram-130nm", "--variation", "0.1");
    expect([exit, stderr.trim()]).toEqual([2, "wordline: --variation goes with --verify"]);
  });
});

/** A convolution of one pixel in tflite, altered. */
function tflite(change: { code?: number; scale?: number; type?: "int8" | "int32" }): Uint8Array {
  const { code = codes.CONV_2D, scale = 0.1, type = "int8" } = change;
  return writeTflite({
    tensors: [
      { name: "x", dims: [1, 2, 2, 2], type, scales: [scale], zeroPoints: [0] },
      { name: "w", dims: [3, 1, 1, 2], scales: [0.1, 0.1, 0.1], zeroPoints: [0, 0, 0], data: [1, 2, 3, 4, 5, 6] },
      { name: "y", dims: [1, 2, 2, 3], scales: [0.1], zeroPoints: [0] },
    ],
    operators: [{ code, inputs: [0, 1, -1], outputs: [2], options: [{ byte: 0 }, 1, 1, { byte: 0 }] }],
    inputs: [0],
    outputs: [2],
  });
}

/** A convolution in ONNX, with these weights, or behind a QuantizeLinear of this scale. */
function onnx({ weight = 1, scale }: { weight?: number; scale?: number }): Uint8Array {
  const graph = new Graph("wrong");
  let x = graph.input("x", [1, 2, 3, 3]);
  if (scale !== undefined) x = graph.pair(x, scale, 0);
  graph.output(graph.node("Conv", [x, graph.constant([1, 2, 1, 1], [1, weight])]));
  return graph.bytes();
}

describe("wrong input: one clear message, exit code 2, no stack", { timeout: 60_000 }, () => {
  const cases: [string, string, Uint8Array, string[], RegExp][] = [
    [
      "a tflite operator nobody supports",
      "a.tflite",
      tflite({ code: codes.BATCH_MATMUL }),
      [],
      /operator 0 \(BATCH_MATMUL\) of tensor "y": operator BATCH_MATMUL is not supported; accepted: ADD, /,
    ],
    [
      "a tflite input of another type",
      "b.tflite",
      tflite({ type: "int32" }),
      [],
      /input "x": .*elements of type int32/,
    ],
    ["a tflite scale of zero", "c.tflite", tflite({ scale: 0 }), [], /"x" has scale 0; accepted: a positive number/],
    [
      "NaN in an ONNX file of real numbers",
      "d.onnx",
      onnx({ weight: Number.NaN }),
      [],
      /its weights are not finite; saw NaN at element 1/,
    ],
    ["infinity there", "e.onnx", onnx({ weight: Number.POSITIVE_INFINITY }), [], /not finite; saw Infinity/],
    ["an ONNX scale of zero", "f.onnx", onnx({ scale: 0 }), [], /the scale is 0; accepted: a positive number/],
    [
      "inputs of another shape",
      "g.onnx",
      onnx({}),
      ["shape.npy"],
      /shape.npy: input x: wrong shape; saw 2×5; accepted: 3×3×2/,
    ],
    [
      "inputs of another type",
      "h.onnx",
      onnx({}),
      ["type.npy"],
      /type.npy: values of this type are not taken; saw "<c8"/,
    ],
    [
      "inputs that are no numbers",
      "i.onnx",
      onnx({}),
      ["nan.npy"],
      /nan.npy: input x: a value that is no number; saw NaN/,
    ],
    ["inputs that are not there", "j.onnx", onnx({}), ["absent.npy"], /absent.npy: the file cannot be read/],
  ];
  file("shape.npy", npy("|i1", [2, 5], new Uint8Array(10)));
  file("type.npy", npy("<c8", [3, 3, 2], new Uint8Array(144)));
  file(
    "nan.npy",
    npy(
      "<f4",
      [3, 3, 2],
      new Uint8Array(Float32Array.from({ length: 18 }, (_, i) => (i === 3 ? Number.NaN : i)).buffer),
    ),
  );

  it.each(cases)("%s", async (_, name, bytes, inputs, message) => {
    const more = inputs.flatMap((one) => ["--inputs", path(one)]);
    const { exit, stdout, stderr } = await wordline("run", file(name, bytes), "-c", "dimc-28nm", "--verify", ...more);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).not.toMatch(/internal error|\n\s+at /);
  });
});
