import { describe, expect, it } from "vitest";
import { formatMismatch, legalOrder, Verifier, verify } from "../../src/functional/index.js";
import { type Chip, listChips, readChip } from "../../src/hardware/index.js";
import { simulate } from "../../src/machine/index.js";
import { fillNetwork, parametersOf, seededInputs } from "../../src/workload/reference/index.js";
import { type HandOptions, handConvolution, type Omitted, oneConvolution } from "./hand.js";

const precision = { weightBits: 8, activationBits: 8 };

/** Problems other than results nobody reads: a map without padding overwrites its padding. */
function errors(report: ReturnType<typeof verify>): string[] {
  return report
    .flow!.problems.filter(({ kind, instruction }) => kind !== "unread" || !/FILL/.test(instruction))
    .map(({ message }) => message);
}

/** A one-convolution network with seeded numbers, its program and what verification needs. */
function setUp(
  chip: Chip,
  shape: Parameters<typeof oneConvolution>[0],
  conv: Parameters<typeof oneConvolution>[1],
  bits: number,
  options: HandOptions = {},
  signed = true,
) {
  const network = fillNetwork(oneConvolution(shape, conv, bits, signed), { seed: 5, precision, zeroPoints: "seeded" });
  const parameters = parametersOf(network, { seed: 5, precision });
  const inputs = Array.from({ length: options.batch ?? 1 }, (_, sample) => seededInputs(network, 5, sample));
  const program = handConvolution(network, chip, parameters.tensors[0]!.zeroPoint, options);
  return { program, network, chip, parameters, inputs };
}

const shapes: [string, Parameters<typeof oneConvolution>[0], Parameters<typeof oneConvolution>[1]][] = [
  ["1x1", { height: 4, width: 3, channels: 6 }, { channels: 4, kernel: 1 }],
  ["3x3 padded", { height: 5, width: 4, channels: 4 }, { channels: 6, kernel: 3, padding: 1 }],
  [
    "3x3 strided, asymmetric",
    { height: 6, width: 5, channels: 2 },
    { channels: 8, kernel: 3, stride: 2, padding: [0, 1, 1, 2] },
  ],
  ["depthwise", { height: 4, width: 4, channels: 6 }, { channels: 6, kernel: 3, padding: 1, groups: 6 }],
  ["grouped", { height: 3, width: 3, channels: 8 }, { channels: 4, kernel: 2, groups: 2 }],
];

describe("functional machine on hand-written convolutions", () => {
  it("counts overflows where accumulators are too narrow", () => {
    const chip = readChip("www-digital6t-rf");
    expect(chip.core.accumulatorBits).toBe(8);
    const setting = setUp(chip, { height: 3, width: 3, channels: 4 }, { channels: 4, kernel: 1 }, 8);
    const report = verify(setting, legalOrder(setting.program, chip, 1));
    expect(report.counts.overflows).toBeGreaterThan(0);
    expect(report.passed).toBe(false);
    expect(formatMismatch(report.mismatches[0]!)).toMatch(
      /^tensor y sample 0 at y 0, x \d, c \d: expected .* written by core 0 store instruction 0 /,
    );
  });

  for (const name of listChips()) {
    const chip = readChip(name);
    if (chip.core.accumulatorBits < 20) continue;
    for (const bits of chip.weightBits.filter((width) => chip.inputBits.includes(width) && width <= 8))
      it(`${name}, ${bits} bits: equals the reference under any legal order, without races`, () => {
        for (const [label, shape, conv] of shapes) {
          for (const signed of [true, false]) {
            let setting: ReturnType<typeof setUp>;
            try {
              setting = setUp(chip, shape, conv, bits, { batch: 2 }, signed);
            } catch (error) {
              if (/too few arrays/.test(String(error))) continue;
              throw error;
            }
            for (const seed of [1, 2]) {
              const report = verify(setting, legalOrder(setting.program, chip, seed));
              expect(report.mismatches.map(formatMismatch), label).toEqual([]);
              expect(errors(report), label).toEqual([]);
              expect(report.passed).toBe(true);
              expect(report.counts.overflows).toBe(0);
            }
          }
        }
      });
  }

  it("runs from the timed machine's records", () => {
    const chip = readChip("compass-s");
    const setting = setUp(chip, { height: 5, width: 4, channels: 4 }, { channels: 6, kernel: 3, padding: 1 }, 4, {
      batch: 2,
    });
    const verifier = new Verifier(setting);
    simulate(setting.program, chip, { sink: verifier.sink, anyChip: true });
    const report = verifier.report();
    expect(report.mismatches.map(formatMismatch)).toEqual([]);
    expect(errors(report)).toEqual([]);
  });

  const chip = readChip("compass-s");
  const omissions: Omitted[] = ["loaded", "weights", "padding", "input", "ready0", "free0", "ready1", "free1", "out"];
  for (const omit of omissions)
    it(`a missing dependency is found: ${omit}`, () => {
      const setting = setUp(chip, { height: 6, width: 4, channels: 4 }, { channels: 6, kernel: 3, padding: 1 }, 4, {
        batch: 2,
        omit,
      });
      if (omit === "loaded" && !setting.program.streams.some(({ unit }) => unit === "weightLoad")) return;
      const report = verify(setting, legalOrder(setting.program, chip, 3));
      expect(report.passed).toBe(false);
      expect(report.flow!.problems.some(({ kind }) => kind === "race" || kind === "unwritten")).toBe(true);
    });
});
