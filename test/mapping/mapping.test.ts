/** The mapping as a value: text round trip, checks that find what is wrong, the same mapping every time. */
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { readChip } from "../../src/hardware/index.js";
import { map } from "../../src/mapper/index.js";
import { checkMapping, formatMapping, type Mapping, readMapping } from "../../src/mapping/index.js";
import { loadBuiltin, withInputSize } from "../../src/workload/index.js";

const chip = readChip("compass-s");
const network = withInputSize(loadBuiltin("resnet18"), 64, 64);
const mapping = map(network, chip, { batch: 2 });

/** The codes found after a change. */
function codesAfter(change: (mapping: Mapping) => void): string[] {
  const changed = structuredClone(mapping);
  change(changed);
  return checkMapping(changed, network, chip).map((problem) => problem.code);
}

function firstPiece(value: Mapping, at = 0) {
  return value.partitions[0]!.layers.filter((layer) => layer.kind === "matrix")[at]!.slices[0]!.copies[0]!.parts[0]!
    .steps[0]!.pieces[0]!;
}

describe("mapping", () => {
  it("is right as made, for every small network and chip", () => {
    for (const chipName of ["compass-s", "isaac", "dimc-28nm", "rram-130nm"])
      for (const name of ["resnet8", "ds_cnn", "mobilenet_v1_025", "deep_autoencoder"]) {
        const [one, other] = [loadBuiltin(name), readChip(chipName)];
        for (const strategy of ["greedy", "layerwise"])
          expect(checkMapping(map(one, other, { strategy }), one, other)).toEqual([]);
      }
    expect(checkMapping(mapping, network, chip)).toEqual([]);
  });

  it("survives its text form, and is the same every time", () => {
    expect(readMapping(formatMapping(mapping))).toEqual(mapping);
    expect(formatMapping(map(network, chip, { batch: 2 }))).toBe(formatMapping(mapping));
  });

  it("names every field that is wrong in a text", () => {
    const broken = { ...mapping, batch: 0, colour: "red" };
    expect(() => readMapping(JSON.stringify(broken), "m.json")).toThrow(UserError);
    try {
      readMapping(JSON.stringify(broken), "m.json");
    } catch (error) {
      expect((error as UserError).problems.map((problem) => problem.place?.file)).toEqual(["m.json", "m.json"]);
    }
    expect(() => readMapping("{", "m.json")).toThrow(/JSON/);
  });

  it("finds weights placed twice, not at all, or outside", () => {
    expect(codesAfter((m) => Object.assign(firstPiece(m), { tile: firstPiece(m, 1).tile }))).toContain("tile-count");
    expect(codesAfter((m) => Object.assign(firstPiece(m), { array: 9 }))).toContain("unknown-slot");
    expect(codesAfter((m) => m.tiles.pop())).toContain("weights-missing");
    expect(codesAfter((m) => Object.assign(m.tiles[1]!, { address: m.tiles[0]!.address }))).toContain("memory-overlap");
    expect(codesAfter((m) => m.partitions[0]!.layers[0]!.slices[0]!.copies.pop())).toContain("replicas-differ");
    expect(codesAfter((m) => m.partitions[0]!.layers.pop())).toContain("tile-count");
    expect(
      codesAfter((m) => {
        const [a, b] = [firstPiece(m), firstPiece(m, 1)];
        const layers = m.partitions[0]!.layers.filter((layer) => layer.kind === "matrix");
        layers[1]!.slices[0]!.copies[0]!.parts[0]!.core = layers[0]!.slices[0]!.copies[0]!.parts[0]!.core;
        Object.assign(b, { array: a.array, depth: a.depth });
      }),
    ).toContain("slot-taken");
  });

  it("belongs to its network and chip", () => {
    expect(checkMapping(mapping, network, readChip("compass-m"))[0]!.code).toBe("another-chip");
    expect(checkMapping(mapping, loadBuiltin("resnet8"), chip)[0]!.code).toBe("another-network");
  });
});
