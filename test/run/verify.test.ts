import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { type Chip, readChip } from "../../src/hardware/index.js";
import { runNetwork, Verification, verifyFailure } from "../../src/run/index.js";
import { loadRuntime } from "../../src/run/onnx-runtime.js";
import { parseInputs } from "../../src/run/verify-inputs.js";
import { loadBuiltin, type Network, NetworkBuilder, readOnnxNames, withInputSize } from "../../src/workload/index.js";
import { writeOnnx } from "../workload/onnx-writer.js";

const runtime = await loadRuntime().catch((error: Error) => {
  console.warn(`SKIPPED in part: ${error.message}`);
  return undefined;
});

function tiny(): Network {
  const build = new NetworkBuilder("tiny");
  const x = build.input("x", { height: 2, width: 3, channels: 4 }, { bits: 8, signed: true });
  build.output(build.conv(x, { name: "c", channels: 4, kernel: 1, bias: true, activation: "relu" }));
  return build.build();
}

function npy(shape: number[], type = "|i1", order = "False"): Uint8Array {
  const header = `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${shape.join(", ")},), }\n`;
  const count = shape.reduce((a, b) => a * b, 1);
  const head = Uint8Array.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
  const data = Uint8Array.from({ length: count }, (_, i) => i & 127);
  return Uint8Array.from([...head, ...Buffer.from(header), ...data]);
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe("inputs from files", () => {
  const network = tiny();
  const values = Array.from({ length: 24 }, (_, i) => i);
  const first = (bytes: Uint8Array, file: string) => [...parseInputs(bytes, file, network)[0]!.get(0)!];

  it("takes raw bytes, npy and JSON, one sample or several", () => {
    expect(first(Uint8Array.from(values), "a.bin")).toEqual(values);
    expect(parseInputs(new Uint8Array(72), "a.bin", network)).toHaveLength(3);
    expect(first(npy([2, 3, 4]), "a.npy")).toEqual(values);
    expect(parseInputs(npy([2, 2, 3, 4]), "a.npy", network)).toHaveLength(2);
    expect(first(json(values), "a.json")).toEqual(values);
    expect(first(json({ x: values }), "a.json")).toEqual(values);
  });

  it("turns channels first", () => {
    const turned = first(npy([1, 4, 2, 3]), "a.npy");
    expect(turned.slice(0, 5)).toEqual([0, 6, 12, 18, 1]);
  });

  const wrong: [string, Uint8Array, string, RegExp][] = [
    ["another shape", npy([3, 2, 4]), "a.npy", /input x: wrong shape; saw 3×2×4; accepted: 2×3×4/],
    ["another type", npy([2, 3, 4], "|b1"), "a.npy", /values of this type are not taken; saw "\|b1"/],
    ["column order", npy([2, 3, 4], "|i1", "True"), "a.npy", /not a NumPy array in row order/],
    ["cut off", npy([2, 3, 4]).subarray(0, 90), "a.npy", /bytes do not fit its shape|row order/],
    ["raw length", new Uint8Array(23), "a.bin", /wrong shape; saw 23 elements/],
    ["nothing", new Uint8Array(0), "a.bin", /wrong shape; saw 0 elements/],
    ["not JSON", Uint8Array.from([123]), "a.json", /not JSON/],
    ["ragged", json([[1], [1, 2]]), "a.json", /ragged/],
    ["a word", json(["a"]), "a.json", /not a number; saw "a"/],
    ["a fraction", json(values.map((v) => v + 0.5)), "a.json", /cannot hold; saw 0.5; accepted: integers -128 to 127/],
    ["too large", json(values.map((v) => v + 120)), "a.json", /saw 128; accepted: integers -128 to 127/],
    ["unknown name", json({ y: values }), "a.json", /no such input; saw y; accepted: x/],
  ];
  for (const [what, bytes, file, message] of wrong)
    it(`refuses ${what}`, () => {
      const run = () => parseInputs(bytes, file, network);
      expect(run).toThrow(UserError);
      expect(run).toThrow(message);
    });
});

describe("a run with verification", () => {
  it("says that it is equal, over several batches", async () => {
    const chip = readChip("compass-s");
    const plain = withInputSize(loadBuiltin("resnet8"), 8, 8);
    const verification = new Verification(plain, chip, { seed: "1", batch: 2, samples: 4 });
    const { result } = await runNetwork(verification.network, chip, { batch: 2, experiments: false, verification });
    expect(result.verify).toMatchObject({ passed: true, equal: true, samples: 4, races: [], unwritten: [] });
    expect(result.verify!.elements).toBeGreaterThan(1000);
    expect(verifyFailure(result.verify!)).toEqual([]);
    // A built-in network has shapes only.
    expect(result.verify!.seeded).toEqual({ weights: 10, layers: 10, scales: 15, tensors: 15 });
  });

  it("says which weights a file does not hold, and leaves ONNX Runtime out", async () => {
    const conv = (name: string, x: string, weights: string) => ({
      op: "Conv",
      name,
      inputs: [x, weights],
      outputs: [name],
    });
    const bytes = writeOnnx({
      inputs: [{ name: "x", dims: [1, 2, 3, 3] }],
      outputs: ["b"],
      nodes: [conv("a", "x", "wa"), conv("b", "a", "wb")],
      // Stripped of its data, as weights in a file of their own look.
      constants: [
        { name: "wa", dims: [4, 2, 1, 1], data: [1, 2, 3, 4, 5, 6, 7, 8] },
        { name: "wb", dims: [3, 4, 1, 1] },
      ],
    });
    const { network, names } = readOnnxNames(bytes);
    const chip = readChip("compass-s");
    const verification = new Verification(network, chip, { seed: "1", batch: 1, onnx: { bytes, names } });
    const { result } = await runNetwork(verification.network, chip, { experiments: false, verification });
    expect(result.verify).toMatchObject({ passed: true, seeded: { weights: 1, layers: 2, scales: 3, tensors: 3 } });
    expect(result.verify!.onnxRuntime).toEqual({
      status: "skipped",
      reason: "the file does not hold the weights of 1 of its 2 layers with weights (external or stripped data)",
    });
  });

  it.skipIf(runtime === undefined)(
    "runs what is written of a file that ONNX Runtime refuses, and says why",
    async () => {
      // No runtime convolves plain int8 tensors, though converters write such files.
      const bytes = writeOnnx({
        opset: 13,
        inputs: [{ name: "x", dims: [1, 2, 3, 3], type: 3 }],
        outputs: ["a"],
        nodes: [{ op: "Conv", name: "a", inputs: ["x", "w"], outputs: ["a"] }],
        constants: [{ name: "w", dims: [4, 2, 1, 1], type: 3, data: [1, -2, 3, 4, -5, 6, 7, 8] }],
      });
      const { network, names } = readOnnxNames(bytes);
      const run = async (chip: Chip, bits: number) => {
        const precision = { weightBits: bits, activationBits: bits };
        const verification = new Verification(network, chip, {
          seed: "1",
          batch: 1,
          precision,
          onnx: { bytes, names },
        });
        const options = { experiments: false, verification, precision };
        return (await runNetwork(verification.network, chip, options)).result.verify!.onnxRuntime!;
      };
      const refused = /^the runtime refuses the file itself: .*Type 'tensor\(int8\)'/;
      for (const bits of [8, 4]) {
        const compared = await run(readChip("dimc-28nm"), bits);
        expect(compared).toMatchObject({ status: "compared", model: "written", kind: "integer", equal: true });
        expect(compared.reason).toMatch(refused);
      }
      const skipped = await run(readChip("isaac"), 16);
      expect(skipped.status).toBe("skipped");
      expect(skipped.reason).toMatch(refused);
      expect(skipped.reason).toMatch(
        /[^.]; and the network cannot be written as ONNX: .* has 16 bits.*; try --precision w8a8$/,
      );
    },
  );

  it("names the first differing element of the first layer, and who wrote it", async () => {
    const chip = readChip("compass-s", { set: { "core.accumulatorBits": 8 } });
    const verification = new Verification(tiny(), chip, { seed: "1", batch: 1 });
    const { result } = await runNetwork(verification.network, chip, { experiments: false, verification });
    // Accumulators of 8 bits wrap.
    expect(result.verify!.overflows).toBeGreaterThan(0);
    expect(result.verify!.equal).toBe(false);
    expect(verifyFailure(result.verify!)[0]).toMatch(
      /^not equal to the reference: layer c, tensor .* at y \d, x \d, c \d: expected .* written by core \d+ store instruction/,
    );
  });

  it("wants whole batches", () => {
    expect(() => new Verification(tiny(), readChip("compass-s"), { seed: "1", batch: 2, samples: 3 })).toThrow(
      /3 samples, batches of 2; accepted: a multiple of 2/,
    );
  });
});
