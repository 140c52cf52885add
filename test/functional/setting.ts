/** Mapped networks with seeded numbers, and verification of their simulated runs. */
import { formatMismatch, Verifier, type VerifyReport, type VerifySetting } from "../../src/functional/index.js";
import { type Chip, readChip } from "../../src/hardware/index.js";
import { type SimulateOptions, simulate } from "../../src/machine/index.js";
import { emit, type MapOptions, map } from "../../src/mapper/index.js";
import type { Mapping } from "../../src/mapping/index.js";
import { type Network, NetworkBuilder } from "../../src/workload/index.js";
import { fillNetwork, parametersOf, seededInputs } from "../../src/workload/reference/index.js";

/** A mapped network with seeded numbers on a chip, and what verification needs; another `variant` is the same program with other numbers. */
export function settingOf(
  plain: Network,
  chipOrName: Chip | string,
  batch: number,
  weightBits?: number,
  options: Partial<MapOptions> = {},
  variant = 0,
  change: (mapping: Mapping) => void = () => {},
): VerifySetting {
  const chip = typeof chipOrName === "string" ? readChip(chipOrName) : chipOrName;
  const precision = weightBits === undefined ? chip.defaultPrecision : { weightBits, activationBits: weightBits };
  const seed = 5 + variant;
  const filled = fillNetwork(plain, { seed, precision, zeroPoints: "seeded" });
  const network = variant === 0 ? filled : withOtherZeroPoints(filled, variant);
  const parameters = parametersOf(network, { seed, precision });
  const inputs = Array.from({ length: batch }, (_, sample) => seededInputs(network, seed, sample));
  const mapping = map(network, chip, { ...options, batch, precision });
  change(mapping);
  const program = emit(mapping, network, chip);
  return { program, network, chip, parameters, inputs };
}

/**
 * The network with zero points off the end of the range. Tensors without negatives have them there, all the same: padding that one
 * layer left behind would do for the next.
 */
function withOtherZeroPoints(network: Network, variant: number): Network {
  const first = network.tensors.map(({ id }) => id);
  const root = (id: number): number => (first[id] === id ? id : root(first[id]!));
  // Pools and concatenations keep one zero point.
  for (const layer of network.layers)
    if (layer.op === "maxpool" || layer.op === "avgpool" || layer.op === "concat")
      for (const input of layer.inputs) first[root(input)] = root(layer.output);
  const tensors = network.tensors.map((tensor) => {
    const { quantization, signed, bits } = tensor;
    const low = signed === false ? 0 : -(2 ** (bits! - 1));
    if (quantization!.zeroPoint !== low) return tensor;
    const room = 2 ** (bits! - 2);
    return {
      ...tensor,
      quantization: { ...quantization!, zeroPoint: low + 1 + ((7 * root(tensor.id) + variant) % room) },
    };
  });
  return { ...network, tensors };
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
