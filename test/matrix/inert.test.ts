/** Law 10, no inert parameter: every number that a preset's file gives decides something, or cannot be changed. */
import { describe, expect, test } from "vitest";
import { listChips, type NumericLeaf, numericLeaves, readChip } from "../../src/hardware/index.js";
import { changesOf, influenceOf, type Probe, twoLayers } from "./inert.js";
import { BESIDE, probesOf } from "./workloads.js";

/** Leaves whose only use is a width of numbers or the size of a result. */
const ARITHMETIC = /^(weightBits|inputBits)\.|\.converter\.bits$|accumulatorBits$/;

/** The same probes; for widths those that compute come first, since time tells little about them. */
function ordered(leaf: NumericLeaf, probes: readonly Probe[]): readonly Probe[] {
  return ARITHMETIC.test(leaf.path) ? [...probes].reverse() : probes;
}

describe.each(listChips())("%s", (preset) => {
  test("every number decides something", () => {
    const probes = probesOf(preset);
    expect(Object.keys(probes[0]!.look(readChip(preset)))).toContain("cycles");
    const inert = numericLeaves(preset)
      .filter((leaf) => influenceOf(preset, leaf, ordered(leaf, probes), besideOf(preset, leaf)) === undefined)
      .map(({ path, value }) => `${path} = ${value}`);
    expect(inert).toStrictEqual([]);
  });
});

function besideOf(preset: string, { path }: NumericLeaf): Readonly<Record<string, unknown>> {
  return preset.startsWith("thread-2") ? (BESIDE[path] ?? {}) : {};
}

describe("the search", () => {
  const leaf: NumericLeaf = { path: "core.arrays.write.pulseTime", value: "10 ns", quantity: "time" };

  test("changes numbers and quantities both ways", () => {
    expect(changesOf({ value: 9, quantity: undefined })).toStrictEqual([18, 4, 10, 8]);
    expect(changesOf({ value: 0.5, quantity: undefined })).toStrictEqual([1, 0.25]);
    expect(changesOf(leaf)).toStrictEqual(["20 ns", "5 ns", "11 ns", "9 ns"]);
    expect(changesOf({ value: "1 kB", quantity: "bytes" })).toContain(64);
  });

  test("has power: what a probe does not look at is inert, what it looks at is not", () => {
    const writes: Probe = { name: "writes", look: (chip) => ({ cycles: chip.core.arrays.write.pulseCycles }) };
    const blind: Probe = { name: "blind", look: () => ({ cycles: twoLayers().layers.length }) };
    expect(readChip("compass-s").core.arrays.write.pulseCycles).toBe(10);
    expect(influenceOf("compass-s", leaf, [blind])).toBeUndefined();
    expect(influenceOf("compass-s", leaf, [blind, writes])).toStrictEqual({
      path: leaf.path,
      change: "20 ns",
      probe: "writes",
      differs: ["cycles"],
    });
  });
});
