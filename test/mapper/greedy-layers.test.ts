import { describe, expect, it } from "vitest";
import { readChip } from "../../src/hardware/index.js";
import { decompose } from "../../src/mapper/decompose.js";
import { geometryOf } from "../../src/mapper/geometry.js";
import { map, strategyInput } from "../../src/mapper/map.js";
import { loadBuiltin } from "../../src/workload/index.js";

const places = ["vgg16", "resnet18", "squeezenet1_1"].flatMap((name) =>
  ["compass-s", "compass-m", "compass-l"].map((chipName) => [name, chipName] as const),
);

describe("greedy by layers", () => {
  it.each(places)("%s on %s: whole layers, as many as fit; only a layer that does not fit is cut", (name, chipName) => {
    const network = loadBuiltin(name);
    const chip = readChip(chipName);
    const units = decompose(network, chip, chip.defaultPrecision);
    const { fits } = strategyInput(network, chip, geometryOf(chip), units);
    const { partitions } = map(network, chip, { strategy: "greedy-layers" });
    const endOfLayer = (start: number) => {
      const next = units.findIndex((unit, index) => index > start && unit.layer !== units[start]!.layer);
      return next < 0 ? units.length : next;
    };
    let start = 0;
    for (const { unit0, unit1 } of partitions) {
      expect(unit0).toBe(start);
      if (unit1 === endOfLayer(unit1 - 1)) {
        if (unit1 < units.length) expect(fits(unit0, endOfLayer(unit1))).toBe(false);
      } else {
        // Cut inside a layer: it began here, and is larger than the chip.
        expect(units[unit0]!.layer).toBe(units[unit1]!.layer);
        expect(fits(unit0, endOfLayer(unit0))).toBe(false);
      }
      start = unit1;
    }
    expect(start).toBe(units.length);
    const greedy = map(network, chip, { strategy: "greedy" }).partitions.length;
    expect(partitions.length).toBeGreaterThanOrEqual(greedy);
    if (name !== "vgg16") expect(partitions.length).toBeLessThan(21);
  });
});
