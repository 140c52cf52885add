import { describe, expect, it } from "vitest";
import { readChip } from "../../src/hardware/index.js";
import { NetworkView } from "../../src/mapper/chains.js";
import { decideEdges, edgeName } from "../../src/mapper/edges.js";
import { map } from "../../src/mapper/index.js";
import { layOut } from "../../src/mapper/local-memory.js";
import { slotOf } from "../../src/mapper/rings.js";
import { schedule } from "../../src/mapper/schedule.js";
import type { Mapping, SpillReason } from "../../src/mapping/index.js";
import { loadBuiltin } from "../../src/workload/index.js";

const cases = [
  ["resnet18", "compass-m", "layerwise"],
  ["resnet18", "compass-m", "greedy"],
  ["squeezenet1_1", "compass-s", "layerwise"],
] as const;

describe.each(cases)("%s on %s, %s", (name, chipName, strategy) => {
  const network = loadBuiltin(name);
  const chip = readChip(chipName);
  const mapping = map(network, chip, { batch: 2, strategy });
  const view = new NetworkView(network, mapping.precision);

  it("takes the slots of a ring in turn, whatever rows a core skips", () => {
    let skipping = 0;
    for (const { layers } of mapping.partitions)
      for (const { inputs, copies } of layOut(view, chip, layers).layers) {
        const mains = copies.flat().flatMap(({ main }) => (main ? [main] : []));
        for (const ring of [...inputs.values(), ...mains]) {
          const rows = [...ring.needed].flatMap((needed, row) => (needed ? [row] : []));
          if (rows.length < ring.needed.length) skipping++;
          expect(rows.map((row) => slotOf(ring, row))).toEqual(rows.map((_, turn) => turn % ring.slots));
        }
      }
    expect(skipping).toBeGreaterThan(0);
  });

  it("streams into a vector layer only where the timetable does not end later for it", () => {
    const kinds = new Set<string>();
    for (const partition of mapping.partitions) {
      const vectors = new Set(partition.layers.filter(({ kind }) => kind === "vector").map(({ layer }) => layer));
      const chosen = endOf(mapping, partition.index, new Map());
      for (const { tensor, to, kind, why } of partition.edges) {
        if (!vectors.has(to)) continue;
        kinds.add(kind === "stream" ? kind : why);
        if (kind !== "stream") continue;
        const without = new Map([[edgeName(partition.index, tensor, to), "vector-consumer" as const]]);
        expect(endOf(mapping, partition.index, without)).toBeGreaterThanOrEqual(chosen);
      }
    }
    expect(kinds).toContain(strategy === "greedy" ? "vector-consumer" : "stream");
  });

  /** When the timetable of a partition ends, with some of its streams through memory. */
  function endOf({ partitions, pipeline }: Mapping, index: number, more: Map<string, SpillReason>) {
    const spilled = new Map(more);
    for (const { edges, index: at } of partitions)
      for (const { tensor, to, why } of edges)
        if (why === "local-memory" || why === "vector-consumer") spilled.set(edgeName(at, tensor, to), why);
    const all = partitions.map(({ layers }) => layers.map((layer) => ({ ...layer })));
    const edges = decideEdges(view, all, { stream: true, pipeline }, spilled)[index]!;
    const layers = all[index]!;
    const { samplesPerRound: samples } = partitions[index]!;
    const layout = layOut(view, chip, layers);
    const order = schedule({ view, chip, layers, edges, layout, pipeline, samples });
    return "tasks" in order ? order.endCycles : Number.POSITIVE_INFINITY;
  }
});
