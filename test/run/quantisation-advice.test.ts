/** A word where quantisation decides, and ONNX Runtime beside networks of fewer than 8 bits. */
import { describe, expect, it } from "vitest";
import { readChip } from "../../src/hardware/index.js";
import { runNetwork, Verification } from "../../src/run/index.js";
import { loadRuntime } from "../../src/run/onnx-runtime.js";
import { poorQuantisation, quantisationAdvice } from "../../src/run/quantisation-advice.js";
import { loadBuiltin, NetworkBuilder, withInputSize } from "../../src/workload/index.js";
import { everyOperator } from "./narrow-networks.js";

const runtime = await loadRuntime().catch((error: Error) => {
  console.warn(`SKIPPED in part: ${error.message}`);
  return undefined;
});

const output = (sqnrDb: number | null, topOneAgreement: number) => [
  { tensor: "y", name: "y", elements: 4, sqnrDb, topOneAgreement },
];

describe("where quantisation decides", () => {
  const advice = { precision: "w4a4", wider: "--precision w8a8", ownInputs: false };

  it("says so under 10 dB, or under 20 dB with the largest element mostly another one", () => {
    expect(poorQuantisation(output(9.9, 1), advice)).toBe(
      "the quantisation to w4a4, not the chip, decides these results; try --precision w8a8, or --inputs with real samples, which are calibrated with",
    );
    expect(poorQuantisation(output(19.9, 0.25), advice)).toContain("w4a4");
    for (const fine of [output(10.1, 0.5), output(20.1, 0), output(null, 1)])
      expect(poorQuantisation(fine, advice)).toBeUndefined();
  });

  it("names only what helps", () => {
    expect(poorQuantisation(output(3, 0), { precision: "w8a8", ownInputs: true })).toBe(
      "the quantisation to w8a8, not the chip, decides these results",
    );
    const build = new NetworkBuilder("one");
    const x = build.input("x", { height: 1, width: 1, channels: 4 }, { bits: 4 });
    build.output(build.fc(x, { channels: 2 }));
    const free = { stated: false, ownInputs: false };
    expect(quantisationAdvice(build.build(), readChip("compass-s"), free).wider).toBe("--precision w8a8");
    expect(quantisationAdvice(build.build(), readChip("compass-s"), { ...free, stated: true }).wider).toBeUndefined();
    const narrow = { ...readChip("compass-s"), weightBits: [4] };
    expect(quantisationAdvice(build.build(), narrow, free).wider).toBeUndefined();
  });
});

describe.skipIf(runtime === undefined)("ONNX Runtime and few bits", { timeout: 60_000 }, () => {
  const verified = async (network: ReturnType<typeof everyOperator>, chipName: string, precision?: string) => {
    const chip = readChip(chipName);
    const [weightBits, activationBits] = (precision ?? "").match(/\d/g)?.map(Number) ?? [];
    const widths = weightBits === undefined ? {} : { precision: { weightBits, activationBits: activationBits! } };
    const verification = new Verification(network, chip, { seed: "1", batch: 1, samples: 2, ...widths });
    const { result } = await runNetwork(verification.network, chip, { experiments: false, verification, ...widths });
    return result.verify!;
  };

  it.each([
    ["compass-s", "w4a4"],
    ["rram-130nm", "w4a8"],
    ["dimc-28nm", "w8a4"],
  ])("every operator on %s with %s: every integer is equal", async (chip, precision) => {
    const verify = await verified(everyOperator(), chip, precision);
    expect(verify).toMatchObject({ passed: true, equal: true });
    expect(verify.onnxRuntime).toMatchObject({ status: "compared", model: "written", kind: "integer", equal: true });
  });

  it("a built-in network at a chip's own 4 bits is compared; one of 16 bits says what would be", async () => {
    const network = withInputSize(loadBuiltin("resnet8"), 8, 8);
    expect((await verified(network, "compass-s")).onnxRuntime).toMatchObject({ status: "compared", equal: true });
    const { status, reason } = (await verified(network, "isaac")).onnxRuntime!;
    expect(status).toBe("skipped");
    expect(reason).toMatch(/has 16 bits; accepted: up to 8 bits .*; try --precision w8a8$/);
  });

  it("a network of real numbers is calibrated with samples it is not verified with", async () => {
    const real = everyOperator("real");
    const verify = await verified(real, "compass-s", "w4a4");
    expect(verify.calibration).toEqual({ weightBits: 4, activationBits: 4, samples: 32, verified: false });
  });
});
