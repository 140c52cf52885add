import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { networkProblems, readTflite } from "../../src/workload/index.js";
import { parametersOf } from "../../src/workload/reference/index.js";
import { codes, type ModelSpec, type OperatorSpec, type TensorSpec, writeTflite } from "./tflite-writer.js";

const model = (change: (spec: ModelSpec) => void = () => {}): ModelSpec => {
  const spec: ModelSpec = {
    tensors: [
      { name: "x", dims: [1, 4, 4, 2], scales: [0.5], zeroPoints: [3] },
      { name: "w", dims: [3, 3, 3, 2], scales: [0.1, 0.2, 0.3], data: new Array(54).fill(1) },
      { name: "b", dims: [3], type: "int32", data: [1, 2, 3] },
      { name: "y", dims: [1, 4, 4, 3], scales: [1] },
      { name: "z", dims: [1, 4, 4, 3], scales: [1] },
    ],
    operators: [
      { code: codes.CONV_2D, inputs: [0, 1, 2], outputs: [3], options: [{ byte: 0 }, 1, 1] },
      { code: codes.ADD, inputs: [3, 3], outputs: [4] },
    ],
    inputs: [0],
    outputs: [4],
  };
  change(spec);
  return spec;
};

function problems(spec: ModelSpec | Uint8Array): readonly string[] {
  try {
    readTflite(spec instanceof Uint8Array ? spec : writeTflite(spec), { file: "net.tflite" });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.split("\n");
  }
  return [];
}

describe("messages of the tflite reader", () => {
  it("an operator that is not supported: its name, its tensor, the nearest one, the list once", () => {
    const spec = model(({ operators }) => {
      operators[1] = { code: 104, inputs: [3], outputs: [4] };
    });
    const seen = problems(spec);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toContain('net.tflite operator 1 (CEIL) of tensor "z": operator CEIL is not supported');
    expect(seen[0]).toContain("accepted: ADD, ARG_MAX, AVERAGE_POOL_2D");
    expect(problems(model((s) => s.operators.splice(1, 1, { code: 67, inputs: [3], outputs: [4] }))).join()).toContain(
      "TRANSPOSE_CONV",
    );
    const matmul = problems(model((s) => s.operators.splice(0, 1, { code: 126, inputs: [0, 1], outputs: [3] })));
    expect(matmul).toHaveLength(1); // the ADD behind it stays silent
    expect(matmul[0]).toContain("BATCH_MATMUL");
    const custom = problems(
      model((s) => s.operators.splice(1, 1, { code: 32, custom: "Mine", inputs: [3], outputs: [4] })),
    );
    expect(custom[0]).toContain("operator CUSTOM Mine is not supported");
    const depthwise: OperatorSpec = { code: 21, inputs: [3], outputs: [4] };
    expect(problems(model((s) => s.operators.splice(1, 1, depthwise)))).toEqual([]);
  });

  it.each<[string, (tensors: TensorSpec[]) => void, string]>([
    ["a weight scale of zero", (t) => (t[1]!.scales![1] = 0), 'tensor "w" has scale 0; accepted: a positive number'],
    ["an output scale of zero", (t) => (t[3]!.scales = [0]), 'tensor "y" has scale 0; accepted: a positive number'],
    ["an input scale of zero", (t) => (t[0]!.scales = [0]), 'input "x": tensor "x" has scale 0'],
    ["a scale that is no number", (t) => (t[4]!.scales = [Number.NaN]), 'tensor "z" has scale NaN'],
    ["a scale too many", (t) => (t[3]!.scales = [1, 2]), 'tensor "y" of int8 has 2 scales; accepted: 1'],
    ["no scale", (t) => delete t[3]!.scales, 'tensor "y" of int8 has 0 scales'],
    ["a zero point outside", (t) => (t[3]!.zeroPoints = [200]), "zero point 200; accepted: -128 to 127"],
    ["weights of another count", (t) => t[1]!.data!.pop(), "have 53 bytes, but [3, 3, 3, 2] of int8 takes 54"],
    ["weights with another number of scales", (t) => t[1]!.scales!.pop(), "its weights have 2 scales; accepted: 1, 3"],
    ["a bias of another count", (t) => t[2]!.data!.pop(), 'its bias "b" has 8 bytes; accepted: 12'],
    ["weights that are computed", (t) => delete t[1]!.data, 'tensor "w" is read before it is computed'],
    ["an element type", (t) => (t[3]!.type = "int64"), 'tensor "y" has elements of type int64; accepted: int8'],
    [
      "an output of another size",
      (t) => (t[3]!.dims = [1, 2, 2, 3]),
      "its output would be 4x4x3, the file says [1, 2, 2, 3]",
    ],
    ["channels that do not fit", (t) => (t[0]!.dims = [1, 4, 4, 3]), "its weights take 2 of 3 channels"],
  ])("%s", (_, change, message) => {
    const seen = problems(model(({ tensors }) => void change(tensors)));
    expect(seen).toHaveLength(1);
    expect(seen[0]).toContain(message);
  });

  it("padding, softmax and constants in the wrong place", () => {
    const at = (code: number, extra: TensorSpec[] = []) =>
      problems(
        model((s) => {
          s.tensors.push({ name: "v", dims: [1, 4, 4, 3], scales: [1] }, ...extra);
          s.operators.push({ code, inputs: [4, 6], outputs: [5] });
          s.outputs = [5];
        }),
      ).join();
    expect(at(codes.ADD, [{ name: "k", dims: [1, 4, 4, 3], scales: [1], data: new Array(48).fill(1) }])).toContain(
      '"k" is [1, 4, 4, 3]; accepted: one number, or 3 along the channels',
    );
    expect(at(codes.PAD, [{ name: "p", dims: [4, 2], type: "int32", data: [0, 0, 1, 1, 1, 1, 0, 0] }])).toContain(
      "the output ends in a PAD",
    );
    const softmax = model((s) => {
      s.operators[0]!.code = codes.CONV_2D;
      s.tensors.push({ name: "s", dims: [1, 4, 4, 3], scales: [1] });
      s.operators.splice(
        1,
        1,
        { code: codes.SOFTMAX, inputs: [3], outputs: [5] },
        { code: codes.ADD, inputs: [5, 5], outputs: [4] },
      );
    });
    expect(problems(softmax)[0]).toContain("SOFTMAX is accepted only at the end of a network");
  });

  it("what is no tflite file", () => {
    const once = (bytes: Uint8Array, message: string) => {
      const seen = problems(bytes);
      expect(seen).toHaveLength(1);
      expect(seen[0]).toContain("net.tflite: is not a tflite file, or is damaged (");
      expect(seen[0]).toContain(message);
    };
    once(new Uint8Array(0), "refers to 8 bytes at byte 0, but has 0 bytes");
    once(new TextEncoder().encode("this is a text and no network"), "the identifier TFL3 is not at byte 4");
    once(writeTflite({ ...model(), identifier: "ABCD" }), "the identifier TFL3 is not at byte 4");
    once(writeTflite({ ...model(), version: 4 }), "version 4");
    once(writeTflite(model(({ operators }) => operators[0]!.inputs.push(99))), "names tensor 99 of 5");
  });
});

/** Reads damaged bytes: a UserError or a network without problems, whose parameters are numbers or a UserError too. */
function survives(bytes: Uint8Array): "read" | "refused" {
  try {
    const network = readTflite(bytes);
    expect(networkProblems(network)).toEqual([]);
    parametersOf(network, { seed: 1, precision: { weightBits: 8, activationBits: 8 } });
    return "read";
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    for (const line of error.message.split("\n")) expect(line.length).toBeLessThan(2000);
    return "refused";
  }
}

describe("damaged files", () => {
  const small = writeTflite(model());

  it("cut off anywhere", () => {
    for (let length = 0; length < small.length; length += 3) survives(small.slice(0, length));
    expect(survives(small)).toBe("read");
  });

  it("with bits flipped", () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.array(fc.nat(small.length * 8 - 1), { minLength: 1, maxLength: 6 }), (bits) => {
        const bytes = small.slice();
        for (const bit of bits) bytes[bit >> 3]! ^= 1 << (bit & 7);
        if (survives(bytes) === "refused") refused++;
      }),
      { numRuns: 3000, seed: 7 },
    );
    expect(refused).toBeGreaterThan(500);
  });

  const real = new URL("../../../shared/models/ds_cnn_int8.tflite", import.meta.url);
  it.skipIf(!existsSync(real))("a real network with bits flipped", { timeout: 60_000 }, () => {
    const whole = new Uint8Array(readFileSync(real));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(7), fc.boolean(), (at, bit, cut) => {
        const bytes = cut ? whole.slice(0, at) : whole.slice();
        if (!cut) bytes[at]! ^= 1 << bit;
        survives(bytes);
      }),
      { numRuns: 400, seed: 7 },
    );
  });
});
