/**
 * Law 10, no inert parameter: changes one number of a preset at a time and looks for anything that came out otherwise.
 * Inputs: a preset's name and probes, from cheap to dear. Invariants: a probe answers equal chips with equal words.
 */
import { UserError } from "../../src/base/index.js";
import { Verifier } from "../../src/functional/index.js";
import { type Chip, type NumericLeaf, type Precision, readChip } from "../../src/hardware/index.js";
import { checkProgram, type Program, parseProgram } from "../../src/isa/index.js";
import { type Simulation, simulate } from "../../src/machine/index.js";
import { emit, map } from "../../src/mapper/index.js";
import { limitsOf } from "../../src/run/index.js";
import { type Network, NetworkBuilder } from "../../src/workload/index.js";
import { fillNetwork, parametersOf, seededInputs } from "../../src/workload/reference/index.js";

/** What a probe saw; a refusal has `refused` only. */
export type Seen = Readonly<Record<string, unknown>>;

/** Something done with a chip, and what it is called. */
export interface Probe {
  name: string;
  look(chip: Chip): Seen;
}

/** What a leaf was found to decide; undefined: nothing. */
export interface Influence {
  path: string;
  /** The change that showed it. */
  change: unknown;
  probe: string;
  /** Which of the things seen differ. */
  differs: string[];
}

/** Values a leaf is changed to: ×2, ÷2, ±1 (numbers of a quantity's text likewise), and next to nothing. */
export function changesOf({ value, quantity }: Pick<NumericLeaf, "value" | "quantity">): unknown[] {
  if (typeof value === "number") {
    if (!Number.isInteger(value)) return [value * 2, value / 2];
    return [value * 2, Math.floor(value / 2), value + 1, value - 1].filter((other) => other !== value);
  }
  const [, digits, unit] = /^([\d.eE+-]+)(.*)$/.exec(value)!;
  const number = Number(digits);
  const texts = [number * 2, number / 2, number + 1, number - 1].filter((other) => other > 0 && other !== number);
  return [...texts.map((other) => `${other}${unit}`), ...(quantity === "bytes" ? [64] : [])];
}

/**
 * Looks for the first change and probe by which a leaf decides anything; `beside` are fields set before and after, for a number
 * that another one of the preset makes idle.
 */
export function influenceOf(
  preset: string,
  leaf: NumericLeaf,
  probes: readonly Probe[],
  beside: Readonly<Record<string, unknown>> = {},
): Influence | undefined {
  const refusals: { change: unknown; code: string }[] = [];
  const load = (change: unknown): { change: unknown; chip?: Chip } => {
    const loaded = refusable(() => ({ chip: readChip(preset, { set: { ...beside, [leaf.path]: change } }) }));
    if ("chip" in loaded) return { change, chip: loaded["chip"] as Chip };
    refusals.push({ change, code: loaded["refused"] as string });
    return { change };
  };
  const changes = changesOf(leaf);
  const loaded: ReturnType<typeof load>[] = [];
  for (const probe of probes) {
    const before = baseline(preset, probe, beside);
    for (let index = 0; index < changes.length; index++) {
      // Reading a chip takes longer than most probes, and the first change mostly tells.
      loaded[index] ??= load(changes[index]);
      const { change, chip } = loaded[index]!;
      if (chip === undefined) continue;
      const after = refusable(() => probe.look(chip));
      const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
      const differs = [...keys].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
      if (differs.length > 0)
        return {
          path: leaf.path,
          change,
          probe: probe.name,
          differs: "refused" in after ? [`refused: ${after["refused"]}`] : differs,
        };
    }
  }
  // A number below its range is refused whether or not anybody reads it; a rule that compares it with others does read it.
  const ruled = refusals.find(({ code }) => code !== "bad-value");
  return ruled && { path: leaf.path, change: ruled.change, probe: "rules", differs: [`refused: ${ruled.code}`] };
}

const BASELINES = new Map<string, Seen>();

function baseline(preset: string, probe: Probe, beside: Readonly<Record<string, unknown>>): Seen {
  const key = JSON.stringify([preset, probe.name, beside]);
  const known = BASELINES.get(key);
  if (known !== undefined) return known;
  const chip = readChip(preset, { set: beside });
  const seen = refusable(() => probe.look(chip));
  BASELINES.set(key, seen);
  return seen;
}

/** What a call gives, or the codes of its refusal. */
export function refusable(call: () => Seen): Seen {
  try {
    return call();
  } catch (error) {
    if (error instanceof UserError) return { refused: [...new Set(error.problems.map(({ code }) => code))].join(", ") };
    throw error;
  }
}

function seenIn({ cycles, digest, energyPj }: Simulation): Seen {
  return { cycles, digest, energyPj };
}

/** Maps, emits and plays a network. */
export function networkProbe(network: Network, batch: number, precision?: Precision): Probe {
  const width = precision === undefined ? "" : ` w${precision.weightBits}a${precision.activationBits}`;
  return {
    name: `${network.name} batch ${batch}${width}`,
    look: (chip) => {
      const mapping = map(network, chip, { batch, ...(precision === undefined ? {} : { precision }) });
      const program = emit(mapping, network, chip);
      legal(program, chip);
      return seenIn(simulate(program, chip, { pathTotals: false }));
    },
  };
}

/** Plays a hand-written program, which stays the same whatever the structure of the chip. */
export function programProbe(name: string, text: string): Probe {
  const program = parseProgram(text, name);
  return {
    name,
    look: (chip) => {
      legal(program, chip);
      return seenIn(simulate(program, chip, { anyChip: true, pathTotals: false }));
    },
  };
}

/** Throws what is illegal about a program but for the digest of the chip. */
function legal(program: Program, chip: Chip): void {
  const problems = checkProgram(program, { ...limitsOf(chip), structureDigest: program.structureDigest });
  if (problems.length > 0) throw new UserError(problems);
}

/** Computes a small network on real numbers, with converters that cut off at their highest code. */
export function functionalProbe(): Probe {
  const network = twoLayers();
  return {
    name: `${network.name} computed`,
    look: (chip) => {
      const precision = chip.defaultPrecision;
      const filled = fillNetwork(network, { seed: 5, precision });
      const parameters = parametersOf(filled, { seed: 5, precision });
      const program = emit(map(filled, chip, { batch: 1 }), filled, chip);
      const inputs = [seededInputs(filled, 5, 0)];
      const options = { adc: "clip" } as const;
      const verifier = new Verifier({ program, network: filled, chip, parameters, inputs, options });
      simulate(program, chip, { sink: verifier.sink });
      const { mismatches, counts } = verifier.report();
      return { mismatches: mismatches.map(({ differing, got }) => [differing, got]), counts };
    },
  };
}

/** A 3×3 and a 1×1 layer of so many input channels. */
export function twoLayers(channels = 32, size = 5): Network {
  const build = new NetworkBuilder(`two-layers-${channels}`);
  const input = build.input("input", { height: size, width: size, channels });
  const first = build.conv(input, { channels, kernel: 3, padding: 1, bias: true, activation: "relu" });
  build.output(build.conv(first, { channels: channels / 2, kernel: 1, bias: true }));
  return build.build();
}

/** A layer of many small tiles, which fill the write ports, then one of many rows and more outputs a row than accumulators take at once. */
export function wideLayers(): Network {
  const build = new NetworkBuilder("wide-layers");
  const input = build.input("input", { height: 2, width: 40, channels: 16 });
  const first = build.conv(input, { channels: 512, kernel: 1, bias: true, activation: "relu" });
  build.output(build.conv(first, { channels: 64, kernel: 3, padding: 1, bias: true }));
  return build.build();
}
