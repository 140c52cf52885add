/** A small network on a smaller COMPASS chip: partitions that end inside columns, copies that run ahead of each other, branches across borders. */
import { type Chip, type Overrides, readChip } from "../../src/hardware/index.js";
import { type Network, NetworkBuilder } from "../../src/workload/index.js";

/** What the network is made of: size of its input, channels of its largest layer, padding of the one behind. */
export type TowerSize = [height: number, width: number, channels: number, padding: number];

/** Layers of up to 16 row blocks on a chip of 16 arrays, with an addition, a pool over overlapping windows and a concatenation. */
export function towers([height, width, channels, padding]: TowerSize): Network {
  const b = new NetworkBuilder("towers");
  const x = b.input("x", { height, width, channels: 4 });
  const a = b.conv(x, { name: "a", channels: 16, kernel: 3, padding: 1, activation: "relu" });
  const c = b.conv(a, { name: "c", channels: 16, kernel: 1, bias: true });
  const sum = b.sum(c, a, { name: "sum", activation: "relu" });
  const pooled = b.maxpool(sum, { name: "pooled", kernel: 3, stride: 2, padding: 1 });
  const d = b.conv(pooled, { name: "d", channels, kernel: 3, padding: 1, activation: "relu" });
  const e = b.conv(pooled, { name: "e", channels: 16, kernel: 1 });
  const f = b.conv(b.concat([d, e], { name: "joined" }), { name: "f", channels: 32, kernel: 3, padding, bias: true });
  b.output(b.fc(f, { name: "g", channels: 10, bias: true }));
  return b.build();
}

/** The COMPASS chip with four cores of four arrays of 64 × 64. */
export function littleCompass(set: Overrides = {}): Chip {
  return readChip("compass-s", {
    set: {
      ...{ cores: 4, "core.arrays.count": 4, "core.arrays.rows": 64, "core.arrays.columns": 64 },
      ...{ "core.arrays.timing.rowsActive": 64, "core.arrays.timing.converter.convertersPerGroup": 64 },
      ...{ "core.arrays.timing.converter.bits": 7, "core.weightBuffer.size": "4 kB" },
      ...set,
    },
  });
}
