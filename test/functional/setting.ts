/** Mapped networks with seeded numbers, and verification of their simulated runs. */
import { formatMismatch, Verifier, type VerifyReport, type VerifySetting } from "../../src/functional/index.js";
import { type Chip, readChip } from "../../src/hardware/index.js";
import { type SimulateOptions, simulate } from "../../src/machine/index.js";
import { emit, type MapOptions, map } from "../../src/mapper/index.js";
import { type Network, NetworkBuilder } from "../../src/workload/index.js";
import { fillNetwork, parametersOf, seededInputs } from "../../src/workload/reference/index.js";

/** A mapped network with seeded numbers on a chip, and what verification needs. */
export function settingOf(
  plain: Network,
  chipOrName: Chip | string,
  batch: number,
  weightBits?: number,
  options: Partial<MapOptions> = {},
): VerifySetting {
  const chip = typeof chipOrName === "string" ? readChip(chipOrName) : chipOrName;
  const precision = weightBits === undefined ? chip.defaultPrecision : { weightBits, activationBits: weightBits };
  const network = fillNetwork(plain, { seed: 5, precision, zeroPoints: "seeded" });
  const parameters = parametersOf(network, { seed: 5, precision });
  const inputs = Array.from({ length: batch }, (_, sample) => seededInputs(network, 5, sample));
  const program = emit(map(network, chip, { ...options, batch, precision }), network, chip);
  return { program, network, chip, parameters, inputs };
}

/** Verifies a simulated run. */
export function verifyRun(setting: VerifySetting, options: SimulateOptions = {}): VerifyReport {
  const verifier = new Verifier(setting);
  simulate(setting.program, setting.chip, { pathTotals: false, ...options, sink: verifier.sink });
  return verifier.report();
}

/** What makes a report fail. */
export function errorsOf(report: VerifyReport): string[] {
  const flow = report.flow!.problems.filter(({ kind }) => kind !== "unread").map(({ message }) => message);
  return [...report.mismatches.map(formatMismatch), ...flow];
}

/** A small network with every kind of layer: convolutions, a branch, an addition, a concatenation, a pool, a matrix. */
export function branchy(): Network {
  const build = new NetworkBuilder("branchy");
  const x = build.input("x", { height: 7, width: 6, channels: 4 });
  const a = build.conv(x, { name: "a", channels: 8, kernel: 3, padding: 1, bias: true, activation: "relu" });
  const b = build.conv(a, { name: "b", channels: 8, kernel: 3, padding: 1, groups: 8, bias: true });
  const c = build.conv(a, { name: "c", channels: 8, kernel: 1 });
  const sum = build.sum(b, c, { name: "sum", activation: "relu" });
  const joined = build.concat([sum, a], { name: "joined" });
  const pooled = build.maxpool(joined, { name: "pooled", kernel: 2, stride: 2 });
  const d = build.conv(pooled, { name: "d", channels: 6, kernel: 3, stride: 2, padding: 1, bias: true });
  build.output(build.fc(d, { name: "e", channels: 5, bias: true }));
  return build.build();
}
