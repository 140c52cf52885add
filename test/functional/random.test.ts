/**
 * Random legal networks on random small chips and presets: mapped, simulated and computed, equal to the reference without races.
 * WORDLINE_RANDOM_RUNS=3000 runs more, WORDLINE_RANDOM_SEED another sequence.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { type Chip, readChip } from "../../src/hardware/index.js";
import { type Network, NetworkBuilder } from "../../src/workload/index.js";
import { errorsOf, settingOf, verifyRun } from "./setting.js";

const RUNS = Number(process.env["WORDLINE_RANDOM_RUNS"] ?? 400);

const PRESETS = [
  "compass-s",
  "ddc-pim",
  "dimc-28nm",
  "isaac",
  "pack-dimc",
  "rram-130nm",
  "thread-2",
  "thread-2-banked",
];

/** A preset, as it is or made small; what the chip's own rules refuse stays as it is. */
const anyChip: fc.Arbitrary<Chip> = fc
  .record({
    preset: fc.constantFrom(...PRESETS),
    cores: fc.constantFrom(undefined, 1, 2, 3),
    count: fc.constantFrom(undefined, 2, 4, 8),
    rows: fc.constantFrom(undefined, 32, 64),
    columns: fc.constantFrom(undefined, 32, 64),
    load: fc.constantFrom(undefined, 1, 3),
    store: fc.constantFrom(undefined, 1, 2),
    mvm: fc.constantFrom(undefined, 1, 2),
    pulse: fc.constantFrom(undefined, 1, 4),
  })
  .map(({ preset, cores, count, rows, columns, load, store, mvm, pulse }) => {
    const fields: [string, number | undefined][] = [
      ["cores", cores],
      ["core.arrays.count", count],
      ["core.arrays.rows", rows],
      ["core.arrays.columns", columns],
      ["core.outstanding.load", load],
      ["core.outstanding.store", store],
      ["core.outstanding.mvm", mvm],
      ["core.arrays.write.rowsPerPulse", pulse],
    ];
    const set: Record<string, number> = {};
    let chip = readChip(preset);
    for (const [field, value] of fields) {
      if (value === undefined) continue;
      try {
        chip = readChip(preset, { set: { ...set, [field]: value } });
        set[field] = value;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }
    return chip;
  });

const layer = fc.record({
  kind: fc.constantFrom(
    "conv",
    "conv",
    "grouped",
    "depthwise",
    "maxpool",
    "avgpool",
    "sum",
    "concat",
    "product",
    "activation",
  ),
  from: fc.nat(9),
  with: fc.nat(9),
  channels: fc.constantFrom(1, 3, 4, 8, 12, 20),
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  stride: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  padding: fc.tuple(fc.nat(1), fc.nat(1), fc.nat(1), fc.nat(1)),
  activation: fc.constantFrom(
    "none" as const,
    "relu" as const,
    "relu6" as const,
    "hardswish" as const,
    "sigmoid" as const,
  ),
  bias: fc.boolean(),
});

/** A network of up to five layers with branches; layers that do not fit are left out. */
const anyNetwork: fc.Arbitrary<Network> = fc
  .record({
    height: fc.integer({ min: 1, max: 8 }),
    width: fc.integer({ min: 1, max: 8 }),
    channels: fc.constantFrom(1, 3, 4, 8),
    layers: fc.array(layer, { minLength: 1, maxLength: 5 }),
    last: fc.boolean(),
  })
  .map(({ height, width, channels, layers, last }) => {
    const build = new NetworkBuilder("random");
    const made = [build.input("x", { height, width, channels })];
    for (const one of layers) {
      try {
        made.push(add(build, made, one));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }
    if (made.length === 1 || last) made.push(build.fc(made.at(-1)!, { channels: 5, bias: true }));
    // Everything that nobody takes is an output.
    const taken = new Set(made.flatMap((id) => build.peek(id).layer?.inputs ?? []));
    for (const id of made.slice(1)) if (!taken.has(id)) build.output(id);
    return build.build();
  });

function add(
  build: NetworkBuilder,
  made: number[],
  one: typeof layer extends fc.Arbitrary<infer T> ? T : never,
): number {
  const from = made[made.length - 1 - (one.from % Math.min(2, made.length))]!;
  const shape = build.shape(from);
  const same = made.filter((id) => {
    const other = build.shape(id);
    return other.height === shape.height && other.width === shape.width;
  });
  const alike = same.filter((id) => build.shape(id).channels === shape.channels && id !== from);
  const { kernel, stride, padding, activation, bias, channels } = one;
  switch (one.kind) {
    case "grouped": {
      const groups = [4, 3, 2].find((count) => shape.channels % count === 0 && channels % count === 0) ?? 1;
      return build.conv(from, { channels, kernel, stride, padding, activation, bias, groups });
    }
    case "depthwise":
      return build.conv(from, {
        channels: shape.channels,
        kernel,
        stride,
        padding,
        activation,
        bias,
        groups: "depthwise",
      });
    case "maxpool":
      return build.maxpool(from, { kernel, stride });
    case "avgpool":
      return build.avgpool(from, { kernel, stride, padding, countIncludePad: bias });
    case "sum":
      if (alike.length > 0) return build.sum(from, alike[one.with % alike.length]!, { activation });
      break;
    case "product":
      if (alike.length > 0) return build.product(from, alike[one.with % alike.length]!);
      break;
    case "concat": {
      const other = same[one.with % same.length]!;
      if (other !== from) return build.concat([from, other]);
      break;
    }
    case "activation":
      return build.activation(from, { activation: activation === "none" ? "relu" : activation });
    default:
      break;
  }
  return build.conv(from, { channels, kernel, stride, padding, activation, bias });
}

it(`random networks on random chips, ${RUNS} draws: equal, without races`, { timeout: 3_600_000 }, () => {
  let verified = 0;
  const refusals = new Map<string, number>();
  const started = process.cpuUsage();
  fc.assert(
    fc.property(
      anyNetwork,
      anyChip,
      fc.constantFrom(1, 3),
      fc.constantFrom("coarse" as const, "coarse" as const, "fine" as const),
      fc.constantFrom("wheel" as const, "heap" as const),
      fc.constantFrom("greedy", "layerwise"),
      fc.nat(1),
      (network, chip, batch, mode, engine, strategy, width) => {
        const widths = chip.weightBits.filter((bits) => chip.inputBits.includes(bits) && bits <= 8);
        let setting: ReturnType<typeof settingOf>;
        try {
          setting = settingOf(network, chip, batch, widths[width % Math.max(1, widths.length)], { strategy });
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          const { code } = error.problems[0]!;
          refusals.set(code, (refusals.get(code) ?? 0) + 1);
          return;
        }
        const report = verifyRun(setting, { mode, engine });
        // Accumulators too narrow for the layer wrap, and say so: that is no error of the program.
        if (report.counts.overflows > 0) {
          refusals.set("overflow", (refusals.get("overflow") ?? 0) + 1);
          expect(report.flow!.problems.filter(({ kind }) => kind !== "unread")).toEqual([]);
          return;
        }
        expect(errorsOf(report)).toEqual([]);
        expect(report.passed).toBe(true);
        verified++;
      },
    ),
    { numRuns: RUNS, seed: Number(process.env["WORDLINE_RANDOM_SEED"] ?? 11) },
  );
  const { user, system } = process.cpuUsage(started);
  const why = [...refusals].map(([code, times]) => `${code} ${times}`).join(", ");
  console.log(
    `random networks: ${verified} of ${RUNS} verified (${why}) in ${((user + system) / 1e6).toFixed(0)} CPU s`,
  );
  expect(verified).toBeGreaterThanOrEqual(Math.floor(RUNS * 0.9));
});
