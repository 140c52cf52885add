import { describe, expect, it } from "vitest";
import { randomStream, UserError, uniformInt } from "../../src/base/index.js";
import {
  formatMismatch,
  legalOrder,
  Verifier,
  type VerifyReport,
  type VerifySetting,
  verify,
} from "../../src/functional/index.js";
import { readChip } from "../../src/hardware/index.js";
import { type Address, type Instruction, type Program, packCode } from "../../src/isa/index.js";
import { simulate } from "../../src/machine/index.js";
import { emit, map } from "../../src/mapper/index.js";
import { loadBuiltin, type Network, NetworkBuilder, withInputSize } from "../../src/workload/index.js";
import { fillNetwork, parametersOf, seededInputs } from "../../src/workload/reference/index.js";

/** A mapped network with seeded numbers on a preset, and what verification needs. */
function setUp(plain: Network, chipName: string, batch: number, weightBits?: number): VerifySetting {
  const chip = readChip(chipName);
  const precision = weightBits === undefined ? chip.defaultPrecision : { weightBits, activationBits: weightBits };
  const network = fillNetwork(plain, { seed: 5, precision, zeroPoints: "seeded" });
  const parameters = parametersOf(network, { seed: 5, precision });
  const inputs = Array.from({ length: batch }, (_, sample) => seededInputs(network, 5, sample));
  const program = emit(map(network, chip, { batch, precision }), network, chip);
  return { program, network, chip, parameters, inputs };
}

/** Verifies a simulated run. */
function verifyRun(setting: VerifySetting): VerifyReport {
  const verifier = new Verifier(setting);
  simulate(setting.program, setting.chip, { sink: verifier.sink });
  return verifier.report();
}

function errors(report: VerifyReport): string[] {
  const flow = report.flow!.problems.filter(({ kind }) => kind !== "unread").map(({ message }) => message);
  return [...report.mismatches.map(formatMismatch), ...flow];
}

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
          const report = verifyRun(setUp(network, chip, 2, bits));
          expect(errors(report)).toEqual([]);
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
      const setting = setUp(plain, chip, batch);
      expect(errors(verifyRun(setting))).toEqual([]);
    });

  it("and under other legal orders", () => {
    const setting = setUp(withInputSize(loadBuiltin("resnet8"), 8, 8), "compass-s", 2);
    for (const seed of [1, 2])
      expect(errors(verify(setting, legalOrder(setting.program, setting.chip, seed)))).toEqual([]);
  });
});

it("refuses a program made from a network without signs", () => {
  const setting = setUp(convolution(1), "compass-s", 1);
  const program = emit(map(convolution(1), setting.chip), convolution(1), setting.chip);
  expect(() => new Verifier({ ...setting, program })).toThrow(/map the network that fillNetwork returns/);
});

/** Addresses an instruction carries. */
function addressesOf(instruction: Instruction): Address[] {
  const found: Address[] = [];
  for (const value of Object.values(instruction)) {
    if (typeof value !== "object" || value === null) continue;
    if ("space" in value) found.push(value as Address);
    else if ("address" in value) found.push(value.address as Address);
  }
  return found;
}

/** A program with one dependency removed or one address shifted. */
function mutate(program: Program, seed: number): { program: Program; what: string } {
  const random = randomStream(seed, "mutation");
  for (;;) {
    const stream = uniformInt(random, 0, program.streams.length - 1);
    const { code, core, unit } = program.streams[stream]!;
    const list = Array.from({ length: code.length }, (_, index) => code.at(index));
    const at = uniformInt(random, 0, list.length - 1);
    const instruction = list[at]!;
    const kind = uniformInt(random, 0, 2);
    const addresses = addressesOf(instruction);
    if (kind === 0 && instruction.waits?.length)
      instruction.waits.splice(uniformInt(random, 0, instruction.waits.length - 1), 1);
    else if (kind === 1 && instruction.posts?.length)
      instruction.posts.splice(uniformInt(random, 0, instruction.posts.length - 1), 1);
    else if (kind === 2 && addresses.length > 0)
      addresses[uniformInt(random, 0, addresses.length - 1)]!.base += [1, 8, 64][uniformInt(random, 0, 2)]!;
    else continue;
    const streams = program.streams.map((other, index) =>
      index === stream ? { ...other, code: packCode(list) } : other,
    );
    const what = `${["wait", "post", "address"][kind]} of core ${core} ${unit} code index ${at} ${instruction.op}`;
    return { program: { ...program, streams }, what };
  }
}

describe("mutations", () => {
  it("are caught, or change no order that an access needs", () => {
    const setting = setUp(withInputSize(loadBuiltin("resnet8"), 8, 8), "compass-s", 2);
    const survivors: Program[] = [];
    let shifted = 0;
    for (let seed = 0; seed < 40; seed++) {
      const { program, what } = mutate(setting.program, seed);
      let caught: boolean;
      try {
        caught = !verifyRun({ ...setting, program }).passed;
      } catch (error) {
        if (!(error instanceof UserError)) throw new Error(`${what}: ${(error as Error).stack}`);
        caught = true;
      }
      if (caught) continue;
      // A shifted address has no excuse.
      if (what.startsWith("address")) shifted++;
      survivors.push(program);
    }
    expect(shifted).toBe(0);
    expect(survivors.length).toBeLessThan(16);
  });
});
