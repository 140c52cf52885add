/** A tensor that streams to several layers: right numbers, one message to several cores, and two where a core takes the row twice. */
import { describe, expect, it } from "vitest";
import { readChip } from "../../src/hardware/index.js";
import { countDeliveries } from "../../src/mapper/deliveries.js";
import { NetworkBuilder } from "../../src/workload/index.js";
import { runRight } from "./run.js";

describe("a tensor with several readers", () => {
  it("streams to all of them, also into a concatenation and where two rings lie on one core", () => {
    const b = new NetworkBuilder("fork");
    const x = b.input("x", { height: 6, width: 5, channels: 16 });
    const stem = b.conv(x, { name: "stem", channels: 16, kernel: 1 });
    const wide = b.conv(stem, { name: "wide", channels: 16, kernel: 3, padding: 1 });
    const strided = b.conv(stem, { name: "strided", channels: 16, kernel: 1, stride: 2 });
    b.output(strided);
    b.output(b.conv(b.concat([wide, stem]), { name: "join", channels: 8, kernel: 1 }));
    const network = b.build();
    const { mapping } = runRight(network, readChip("thread-2"), { batch: 2 }, 4);
    expect(mapping.partitions).toHaveLength(1);
    const from = network.layers.find(({ name }) => name === "stem")!.id;
    const edges = mapping.partitions[0]!.edges.filter((edge) => edge.from === from);
    expect(edges.map(({ kind }) => kind)).toEqual(["stream", "stream", "stream"]);
    expect(mapping.partitions[0]!.layers.find(({ layer }) => layer === from)!.stored).toBe(false);
  });

  it("is counted as messages: on a bus as often as one core takes a piece, on a mesh once a ring", () => {
    const target = (core: number, rows: number[], from = 0, channels = 8) => ({
      core,
      rows: new Set(rows),
      from,
      channels,
    });
    // Row 0 goes to cores 1 (twice) and 2, row 1 to core 2 and in part to core 3; core 0 made them and copies row 1.
    const targets = [target(1, [0]), target(1, [0]), target(2, [0, 1]), target(3, [1], 4, 4), target(0, [1])];
    const bytes = (channels: number) => 10 * channels;
    expect(countDeliveries(0, [0, 1], targets, "bus", bytes)).toEqual({ copies: 1, copiedBytes: 80, sentBytes: 280 });
    expect(countDeliveries(0, [0, 1], targets, "mesh", bytes)).toEqual({ copies: 1, copiedBytes: 80, sentBytes: 360 });
  });
});
