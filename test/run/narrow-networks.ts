/** A small network with every operator the exact form writes, of integers to be drawn or of real numbers. */
import { type Network, NetworkBuilder } from "../../src/workload/index.js";

/** Convolutions, sums, products, pools, a concatenation, a curve and a classifier. */
export function everyOperator(kind: "drawn" | "real" = "drawn"): Network {
  const builder = new NetworkBuilder("every operator");
  const numbers = (count: number, seed: number) =>
    Float32Array.from({ length: count }, (_, i) => Math.sin(1 + 12.9898 * i + seed) / 4);
  const given = (count: number, channels: number, seed: number) =>
    kind === "drawn"
      ? { bias: true }
      : {
          weights: { layout: "KHWC" as const, data: numbers(count, seed) },
          bias: { data: numbers(channels, seed + 0.5) },
        };
  const x = builder.input("x", { height: 6, width: 5, channels: 4 });
  const relu = { activation: "relu" as const };
  const a = builder.conv(x, { ...relu, kernel: 3, padding: "same", channels: 4, ...given(144, 4, 1) });
  const b = builder.conv(a, { kernel: 3, padding: "same", channels: 4, groups: "depthwise", ...given(36, 4, 2) });
  const sum = builder.sum(a, b, relu);
  const joined = builder.concat([sum, builder.maxpool(sum, { kernel: 3, stride: 1, padding: 1 })]);
  const mean = builder.avgpool(joined, { kernel: 3, stride: 2, padding: 1 });
  const gated = builder.product(mean, builder.globalAvgpool(mean));
  const curve = builder.activation(gated, { activation: "hardswish" });
  builder.output(builder.fc(curve, { channels: 5, ...given(360, 5, 3) }));
  return builder.build();
}
