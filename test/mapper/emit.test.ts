/** Programs of small networks: legal, free of deadlock and races in random orders, and right to the last bit. */
import { describe, expect, it } from "vitest";
import { readChip } from "../../src/hardware/index.js";
import { NetworkBuilder } from "../../src/workload/index.js";
import { runRight } from "./run.js";

const thread = readChip("thread-2");
const banked = readChip("thread-2-banked");

function chain(height: number, width: number, channels: number, build: (b: NetworkBuilder, input: number) => number) {
  const builder = new NetworkBuilder("chain");
  const input = builder.input("input", { height, width, channels });
  builder.output(build(builder, input));
  return builder.build();
}

describe("single layers", () => {
  it("1x1 convolution", () => {
    const network = chain(5, 6, 8, (b, x) => b.conv(x, { channels: 12, kernel: 1, activation: "relu" }));
    expect(runRight(network, thread, { replicate: false }).mapping.resident).toBe(true);
    runRight(network, thread, { batch: 3 });
  });
  it("3x3 convolution with padding and stride", () => {
    for (const stride of [1, 2])
      for (const padding of [0, 1, 2] as const)
        runRight(
          chain(7, 9, 3, (b, x) => b.conv(x, { channels: 10, kernel: 3, stride, padding })),
          thread,
          { batch: 2 },
        );
  });
});

describe("chains", () => {
  it("stream from core to core, with replicas", () => {
    const network = chain(8, 8, 4, (b, x) => {
      const y = b.conv(x, { channels: 8, kernel: 3, padding: 1 });
      return b.conv(b.conv(y, { channels: 8, kernel: 3, padding: 1, stride: 2 }), { channels: 6, kernel: 1 });
    });
    const { mapping } = runRight(network, thread, { batch: 3 }, 3);
    expect(mapping.partitions[0]!.edges.some((edge) => edge.kind === "stream")).toBe(true);
    for (const replicate of [true, false])
      for (const stream of [true, false])
        for (const strategy of ["greedy", "layerwise"])
          runRight(network, thread, { batch: 2, replicate, stream, strategy });
  });
  it("fuse additions, activations and pooling", () => {
    const network = chain(8, 8, 4, (b, x) => {
      const a = b.conv(x, { channels: 8, kernel: 3, padding: 1 });
      const c = b.conv(a, { channels: 8, kernel: 3, padding: 1 });
      const sum = b.sum(c, a, { activation: "relu" });
      const d = b.maxpool(b.conv(sum, { channels: 8, kernel: 3, padding: 1 }), { kernel: 2, stride: 2 });
      const e = b.activation(b.conv(d, { channels: 8, kernel: 1 }), { activation: "hardswish" });
      return b.fc(b.globalAvgpool(e), { channels: 10 });
    });
    for (const batch of [1, 3])
      for (const strategy of ["greedy", "layerwise"]) runRight(network, thread, { batch, strategy });
    runRight(network, banked, { batch: 3 });
    runRight(network, thread, { batch: 2, replicate: false });
  });
  it("pool over overlapping windows, alone and fused", () => {
    for (const replicate of [true, false])
      runRight(
        chain(9, 9, 4, (b, x) =>
          b.maxpool(b.conv(x, { channels: 8, kernel: 3 }), { kernel: 3, stride: 2, padding: 1 }),
        ),
        thread,
        { batch: 2, replicate },
      );
  });
  it("concatenate, squeeze and excite", () => {
    const network = chain(6, 6, 8, (b, x) => {
      const s = b.conv(x, { channels: 4, kernel: 1 });
      const both = b.concat([b.conv(s, { channels: 8, kernel: 1 }), b.conv(s, { channels: 8, kernel: 3, padding: 1 })]);
      const y = b.conv(both, { channels: 12, kernel: 1 });
      const gate = b.conv(b.globalAvgpool(y), { channels: 12, kernel: 1, activation: "sigmoid" });
      const z = b.product(y, gate);
      return b.conv(b.maxpool(z, { kernel: 3, stride: 2 }), { channels: 5, kernel: 1 });
    });
    for (const batch of [1, 3])
      for (const strategy of ["greedy", "layerwise"]) runRight(network, thread, { batch, strategy });
  });
  it("depthwise, grouped and dilated convolutions", () => {
    const network = chain(8, 8, 12, (b, x) => {
      const d = b.conv(x, { channels: 12, kernel: 3, padding: 1, groups: "depthwise" });
      const g = b.conv(d, { channels: 24, kernel: 3, padding: 1, groups: 3 });
      return b.conv(b.conv(g, { channels: 8, kernel: 1 }), { channels: 4, kernel: 3, padding: 2, dilation: 2 });
    });
    for (const strategy of ["greedy", "layerwise"]) runRight(network, thread, { batch: 2, strategy });
  });
  it("partial sums over cores", () => {
    const network = chain(4, 4, 24, (b, x) =>
      b.fc(b.conv(x, { channels: 24, kernel: 3, padding: 1 }), { channels: 9 }),
    );
    runRight(network, thread, { batch: 2 });
    const tall = chain(4, 4, 40, (b, x) =>
      b.conv(b.conv(x, { channels: 20, kernel: 3, padding: 1 }), { channels: 16, kernel: 1 }),
    );
    for (const batch of [1, 3]) runRight(tall, thread, { batch });
  });
  it("four bits, odd channels", () => {
    const network = chain(6, 6, 3, (b, x) =>
      b.conv(b.conv(x, { channels: 8, kernel: 3, padding: 1 }), { channels: 7, kernel: 1 }),
    );
    runRight(network, thread, { batch: 2, precision: { weightBits: 4, activationBits: 4 } });
  });
});
