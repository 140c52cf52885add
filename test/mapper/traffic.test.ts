/** The memory traffic of a mapping by reason: the parts are what they say, and add up to the program's DRAM bytes. */
import { describe, expect, it } from "vitest";
import { programCounts } from "../../src/analytical/index.js";
import { type Chip, readChip } from "../../src/hardware/index.js";
import { emit, type MapOptions, map } from "../../src/mapper/index.js";
import { dramTraffic } from "../../src/mapping/index.js";
import { loadBuiltin, type Network, NetworkBuilder, withInputSize } from "../../src/workload/index.js";

function traffic(network: Network, chip: Chip, options: MapOptions = {}) {
  const mapping = map(network, chip, options);
  const program = emit(mapping, network, chip);
  const { dramReadBytes, dramWriteBytes } = programCounts(program, chip);
  return { ...dramTraffic(mapping), programBytes: dramReadBytes + dramWriteBytes };
}

describe("the parts add up to the program's DRAM bytes", () => {
  it.each([
    ["resnet8", "compass-s", 0, { batch: 3 }],
    ["resnet8", "thread-2", 8, { batch: 2 }],
    ["resnet18", "compass-s", 64, { batch: 2, mvmPer: "rowBlock" }],
    ["vgg16", "compass-s", 32, { batch: 2 }],
    ["squeezenet1_1", "compass-s", 65, { strategy: "layerwise" }],
    ["mobilenet_v2", "compass-m", 64, { stream: false }],
    ["efficientnet_b0", "compass-m", 64, {}],
    ["mobilenet_v1_025", "rram-130nm", 32, { weightMulticast: false }],
    ["ds_cnn", "dimc-28nm", 0, {}],
    ["resnet8", "pack-dimc", 16, {}],
  ] as const)("%s on %s", (name, chip, size, options) => {
    const network = size === 0 ? loadBuiltin(name) : withInputSize(loadBuiltin(name), size, size);
    const found = traffic(network, readChip(chip), options);
    expect(found.totalBytes).toBe(found.programBytes);
  });
});

describe("by hand", () => {
  // 8 bits; 4 x 4 pixels of 4 channels in, 16 out of each layer: a column of tiles each on thread-2, layerwise two partitions.
  const b = new NetworkBuilder("two");
  const x = b.input("x", { height: 4, width: 4, channels: 4 });
  const y = b.conv(x, { channels: 16, kernel: 1 });
  b.output(b.conv(y, { channels: 16, kernel: 1 }));
  const network = b.build();
  const chip = readChip("thread-2");

  it("a tensor handed from partition to partition is marked on both sides", () => {
    const found = traffic(network, chip, { strategy: "layerwise", replicate: false });
    expect(found).toMatchObject({
      weightBytes: 4 * 16 + 16 * 16,
      weightAlignmentBytes: 0,
      loadMarkBytes: 16 * (4 + 16),
      storeMarkBytes: 16 * (16 + 16),
      spillLoadBytes: 0,
      spillStoreBytes: 0,
      repeatBytes: 0,
      partialSumBytes: 0,
      alignmentBytes: 0,
    });
  });
  it("inside a partition it is a stream, or a spill where streams are off", () => {
    expect(traffic(network, chip, { replicate: false })).toMatchObject({ spillLoadBytes: 0, storeMarkBytes: 256 });
    const spilled = traffic(network, chip, { replicate: false, stream: false });
    expect(spilled).toMatchObject({ spillLoadBytes: 256, spillStoreBytes: 256, loadMarkBytes: 64 });
  });
  it("replicas read rows of their own, halos again", () => {
    const c = new NetworkBuilder("halo");
    const input = c.input("x", { height: 4, width: 4, channels: 4 });
    c.output(c.conv(input, { channels: 16, kernel: 3, padding: 1 }));
    // Two replicas on two cores: rows 0, 2 look at rows 0..3, rows 1, 3 at rows 0..3.
    const found = traffic(c.build(), chip);
    expect(found).toMatchObject({ loadMarkBytes: 64, repeatBytes: 64 });
  });
  it("sums across a cut are stored once and loaded once, at the accumulators' width", () => {
    const d = new NetworkBuilder("tall");
    const input = d.input("x", { height: 3, width: 3, channels: 64 });
    d.output(d.conv(input, { channels: 16, kernel: 3, padding: 1 }));
    const found = traffic(d.build(), chip, { batch: 2 });
    // 9 row blocks, 8 arrays: one cut, 9 windows of 16 sums.
    expect(found.partialSumBytes).toBe((2 * 2 * 9 * 16 * chip.core.accumulatorBits) / 8);
  });
  it("half bytes count as alignment where a pixel does not fill its last byte", () => {
    const e = new NetworkBuilder("odd");
    const input = e.input("x", { height: 2, width: 2, channels: 3 });
    e.output(e.conv(input, { channels: 5, kernel: 1 }));
    const found = traffic(e.build(), readChip("compass-s"), { replicate: false });
    expect(found).toMatchObject({ loadMarkBytes: 4 * 1.5, storeMarkBytes: 4 * 2.5, alignmentBytes: 4 * 0.5 * 2 });
  });
});
