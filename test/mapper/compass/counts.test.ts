/** Every exact number of our specification of COMPASS (sections 2, 3, 4 and 8). */
import { describe, expect, it } from "vitest";
import { readChip } from "../../../src/hardware/index.js";
import { searchSpace, validityOf, validShare } from "../../../src/mapper/index.js";
import { loadBuiltin } from "../../../src/workload/index.js";
import { CHIPS, NETWORKS } from "./pairs.js";

const spaces = NETWORKS.map((name) => CHIPS.map((chip) => searchSpace(loadBuiltin(name), readChip(chip))));
const each = <T>(of: (space: (typeof spaces)[number][number]) => T): T[][] => spaces.map((row) => row.map(of));

describe("COMPASS", () => {
  it("units, crossbars, array-group issues and crossbar MVMs a sample", () => {
    expect(each(({ units }) => units.length)).toEqual([
      [969, 630, 630],
      [91, 84, 84],
      [31, 27, 27],
    ]);
    const sums = NETWORKS.map((name, row) => {
      const network = loadBuiltin(name);
      // One issue a row block of a layer: column slices of it are one array group.
      const blocks = new Map<number, number>();
      let [crossbars, mvms] = [0, 0];
      const { units } = spaces[row]![0]!;
      for (const { layer, slots, columns } of units) {
        const { height, width, channels } = network.tensors[network.layers[layer]!.output]!.shape;
        crossbars += slots;
        mvms += slots * height * width;
        // Columns of all tiles over those of one row of tiles: row blocks.
        blocks.set(layer, (blocks.get(layer) ?? 0) + columns / (channels * 4));
      }
      const issues = [...blocks].reduce((sum, [layer, count]) => {
        const { height, width } = network.tensors[network.layers[layer]!.output]!.shape;
        return sum + Math.round(count) * height * width;
      }, 0);
      return [crossbars, issues, mvms];
    });
    expect(sums).toEqual([
      [8456, 419_178, 1_064_384],
      [727, 74_678, 130_960],
      [110, 40_190, 55_718],
    ]);
  });

  it("partitions of both baselines", () => {
    expect(each(({ greedy }) => greedy.length - 1)).toEqual([
      [61, 35, 15],
      [6, 4, 2],
      [1, 1, 1],
    ]);
    expect(each(({ layerwise }) => layerwise.length - 1)).toEqual([
      [67, 44, 27],
      [21, 21, 21],
      [26, 26, 26],
    ]);
  });

  it("by capacity alone: partitions of greedy, share of valid partitions", () => {
    const capacity = each(({ units }) => units).map((row, n) =>
      row.map((units, c) => {
        const chip = readChip(CHIPS[c]!);
        const validity = validityOf(units, { cores: 1, slotsPerCore: chip.cores * chip.core.arrays.count });
        let partitions = 0;
        for (let at = 0; at < validity.count; at = validity.reach[at]!) partitions++;
        return { partitions, share: validShare(validity), network: NETWORKS[n] };
      }),
    );
    expect(capacity.map((row) => row.map(({ partitions }) => partitions))).toEqual([
      [60, 35, 15],
      [6, 3, 2],
      [1, 1, 1],
    ]);
    expect(capacity.map((row) => row.map(({ share }) => Number(share.toFixed(2))))).toEqual([
      [0.03, 0.06, 0.13],
      [0.34, 0.55, 0.94],
      [1, 1, 1],
    ]);
  });

  it("units by the rule of capacity", () => {
    const counts = NETWORKS.map((name) =>
      CHIPS.map((chip) => searchSpace(loadBuiltin(name), readChip(chip), { unitRule: "capacity" }).units.length),
    );
    expect(counts).toEqual([
      [1064, 557, 557],
      [86, 60, 60],
      [29, 27, 27],
    ]);
  });
});
