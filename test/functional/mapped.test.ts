import { describe, expect, it } from "vitest";
import { legalOrder, Verifier, verify } from "../../src/functional/index.js";
import { readChip } from "../../src/hardware/index.js";
import { emit, map } from "../../src/mapper/index.js";
import { loadBuiltin, type Network, NetworkBuilder, withInputSize } from "../../src/workload/index.js";
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

it("refuses a program made from a network without signs", () => {
  const setting = settingOf(convolution(1), "compass-s", 1);
  const program = emit(map(convolution(1), setting.chip), convolution(1), setting.chip);
  expect(() => new Verifier({ ...setting, program })).toThrow(/map the network that fillNetwork returns/);
});
