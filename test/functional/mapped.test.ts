import { describe, expect, it } from "vitest";
import { legalOrder, Verifier, verify } from "../../src/functional/index.js";
import { readChip } from "../../src/hardware/index.js";
import { emit, map } from "../../src/mapper/index.js";
import { loadBuiltin, type Network, NetworkBuilder, withInputSize } from "../../src/workload/index.js";
import { executeReference } from "../../src/workload/reference/index.js";
import { errorsOf, settingOf, verifyRun } from "./setting.js";

function convolution(kernel: number, groups = 1): Network {
  const build = new NetworkBuilder(`conv${kernel}`);
  const x = build.input("x", { height: 6, width: 5, channels: 16 });
  build.output(build.conv(x, { channels: 24, kernel, padding: kernel >> 1, groups, bias: true, activation: "relu" }));
  return build.build();
}

describe("mapped programs equal the reference bit by bit, without races", () => {
  for (const chip of [
    "compass-s",
    "ddc-pim",
    "dimc-28nm",
    "isaac",
    "pack-dimc",
    "rram-130nm",
    "thread-2",
    "thread-2-banked",
  ])
    it(`layers on ${chip}`, () => {
      for (const bits of [8, 4]) {
        const { weightBits, inputBits } = readChip(chip);
        if (!weightBits.includes(bits) || !inputBits.includes(bits)) continue;
        for (const network of [convolution(1), convolution(3), convolution(3, 4)]) {
          const report = verifyRun(settingOf(network, chip, 2, bits));
          expect(errorsOf(report)).toEqual([]);
          expect(report.passed).toBe(true);
          expect(report.compared).toBeGreaterThanOrEqual(4);
        }
      }
    });

  for (const [name, size, chip, batch] of [
    ["resnet8", 16, "compass-s", 3],
    ["resnet8", 16, "dimc-28nm", 1],
    ["mobilenet_v1_025", 32, "rram-130nm", 1],
    ["ds_cnn", 0, "thread-2", 2],
    ["squeezenet1_1", 64, "compass-s", 1],
  ] as const)
    it(`${name} on ${chip}, batch ${batch}`, () => {
      const plain = size === 0 ? loadBuiltin(name) : withInputSize(loadBuiltin(name), size, size);
      const setting = settingOf(plain, chip, batch);
      expect(errorsOf(verifyRun(setting))).toEqual([]);
    });

  it("and under other legal orders", () => {
    const setting = settingOf(withInputSize(loadBuiltin("resnet8"), 8, 8), "compass-s", 2);
    for (const seed of [1, 2])
      expect(errorsOf(verify(setting, legalOrder(setting.program, setting.chip, seed)))).toEqual([]);
  });
});

it("sums of 16-bit products are wider than 32 bits: hand-derived on isaac, whose accumulators have 48", () => {
  const form = (scale: number) => ({ bits: 16, signed: true, quantization: { scale, zeroPoint: 0 } });
  const build = new NetworkBuilder("wide");
  const x = build.input("x", { height: 1, width: 1, channels: 4 }, form(1));
  const weights = {
    layout: "KHWC" as const,
    data: Int32Array.from([3, 3, 3, 3, -3, -3, -3, 3], (n) => n * 1e4),
    scales: [1],
  };
  build.output(build.fc(x, { channels: 2, weightBits: 16, weights, output: { ...form(2 ** 17), name: "y" } }));
  const setting = settingOf(build.build(), "isaac", 1);
  const inputs = [new Map([[0, Int32Array.of(30000, 30000, 30000, 30000)]])];
  // 4 · 9·10^8 = 3.6·10^9 and −1.8·10^9, over 2^17: 27,465.8 and −13,732.9.
  const output = executeReference(setting.network, setting.parameters, inputs[0]!).get(setting.network.outputs[0]!);
  expect([...output!]).toEqual([27466, -13733]);
  expect(errorsOf(verifyRun({ ...setting, inputs }))).toEqual([]);
});

it("refuses a program made from a network without signs", () => {
  const setting = settingOf(convolution(1), "compass-s", 1);
  const program = emit(map(convolution(1), setting.chip), convolution(1), setting.chip);
  expect(() => new Verifier({ ...setting, program })).toThrow(/map the network that fillNetwork returns/);
});
