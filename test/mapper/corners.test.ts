/** Chips with little room, and what is refused. */
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { type Chip, listChips, readChip } from "../../src/hardware/index.js";
import { map, registerStrategy, strategies } from "../../src/mapper/index.js";
import { listNetworks, loadBuiltin, NetworkBuilder, withInputSize } from "../../src/workload/index.js";
import { runRight } from "./run.js";

const thread = readChip("thread-2");

/** The test chip with parts changed. */
function chipWith(change: (chip: Chip) => void): Chip {
  const chip = structuredClone(thread);
  change(chip);
  return chip;
}

function small(batchNorm = false) {
  const b = new NetworkBuilder("small");
  const x = b.input("input", { height: 12, width: 12, channels: 4 });
  const y = b.conv(x, { channels: 8, kernel: 3, padding: 1, stride: 1 });
  const z = b.sum(b.conv(y, { channels: 8, kernel: 3, padding: 1 }), y);
  const pooled = b.maxpool(z, { kernel: 3, stride: 2, padding: 1 });
  b.output(b.globalAvgpool(b.conv(pooled, { channels: batchNorm ? 8 : 16, kernel: 3, padding: 1 })));
  return b.build();
}

describe("little room", () => {
  it("cuts rows into strips, and pools into passes", () => {
    for (const bytes of [2048, 1400, 1100]) {
      const chip = chipWith((c) => {
        c.core.localMemory.bytes = bytes;
      });
      for (const batch of [1, 3]) {
        const { mapping } = runRight(small(), chip, { batch });
        const layers = mapping.partitions.flatMap((partition) => partition.layers);
        if (bytes < 2000) expect(layers.some((layer) => layer.strips > 1)).toBe(true);
      }
    }
  });
  it("says how many bytes are missing", () => {
    const chip = chipWith((c) => {
      c.core.localMemory.bytes = 256;
    });
    expect(() => map(small(), chip)).toThrow(/local memory of core \d; saw \d+ bytes needed/);
  });
  it("takes weights straight from DRAM, in deep arrays, over a mesh, through a tiny buffer", () => {
    const straight = chipWith((c) => {
      c.core.arrays.weightsFrom = "dram";
      delete c.core.weightBuffer;
    });
    const deep = chipWith((c) => {
      c.core.arrays.depth = 3;
      c.core.arrays.count = 2;
    });
    const mesh = chipWith((c) => {
      c.cores = 4;
      c.network = {
        kind: "mesh",
        columns: 2,
        rows: 2,
        ticksPerByte: { num: 1, den: 8 },
        clock: { hz: 1e9, ticksPerCycle: { num: 1, den: 1 } },
        hopCycles: 1,
        packetBytes: 64,
        arbitration: "oldest",
        memoryNode: 0,
      };
    });
    const tiny = chipWith((c) => {
      c.core.weightBuffer!.bytes = 128;
      c.core.accumulatorEntries = 40;
      c.core.outstanding = { weightLoad: 1, load: 1, store: 1, mvm: 1, send: 1, receive: 1 };
    });
    for (const chip of [straight, deep, mesh, tiny])
      for (const strategy of strategies())
        runRight(small(), chip, {
          batch: 2,
          strategy,
          cost: ({ unit0, unit1 }) => ({ cycles: 2 + (unit1 - unit0) ** 2, energyPj: 1 }),
        });
  });
});

describe("refused", () => {
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof UserError) return error.problems[0]!.code;
      throw error;
    }
    return "nothing";
  };
  it("batches without samples, unknown strategies, widths the chip does not run", () => {
    expect(code(() => map(small(), thread, { batch: 0 }))).toBe("bad-batch");
    expect(code(() => map(small(), thread, { strategy: "gredy" }))).toBe("unknown-strategy");
    expect(code(() => map(small(), thread, { precision: { weightBits: 5, activationBits: 8 } }))).toBe("weight-width");
  });
  it("slices larger than the chip whose sums do not fill bytes, chips without memory", () => {
    const b = new NetworkBuilder("tall");
    b.output(b.fc(b.input("input", { height: 8, width: 8, channels: 9 }), { channels: 3 }));
    const odd = chipWith((c) => {
      c.core.accumulatorBits = 27;
    });
    expect(code(() => map(b.build(), odd))).toBe("slice-larger-than-chip");
    expect(code(() => map(b.build(), thread))).toBe("nothing");
    const bare = chipWith((c) => {
      delete c.dram;
    });
    expect(code(() => map(small(), bare))).toBe("no-memory");
  });
  it("tensors that meet inside a byte, and only those", () => {
    const joined = () => {
      const b = new NetworkBuilder("joined");
      const x = b.input("input", { height: 3, width: 3, channels: 1 });
      const y = b.conv(x, { channels: 1, kernel: 1 });
      b.output(b.conv(b.concat([x, y]), { channels: 2, kernel: 1 }));
      return b.build();
    };
    const chip = readChip("compass-s");
    const at = (bits: number) => () => map(joined(), chip, { precision: { weightBits: bits, activationBits: bits } });
    expect(code(at(4))).toBe("unaligned-slice");
    expect(code(at(8))).toBe("nothing");
  });
  it("every network maps to every preset, or is refused by a rule of docs/mapping.md", () => {
    const rules = [
      "slice-larger-than-chip",
      "local-memory-too-small",
      "memory-too-small",
      "unsupported-memories",
      "weight-width",
      "input-width",
      "unaligned-slice",
    ];
    const general = ["compass-m", "isaac", "rram-130nm"];
    const refused: string[] = [];
    for (const chipName of listChips())
      for (const name of listNetworks()) {
        const whole = loadBuiltin(name);
        const image = whole.tensors[whole.inputs[0]!]!.shape.height >= 224;
        const network = image ? withInputSize(whole, 32, 32) : whole;
        // Thousands of tiny arrays or partitions make large networks slow to map: the small ones stand for them, and compass-m for its kin.
        if ((chipName.includes("dimc") || chipName.startsWith("thread")) && image) continue;
        if (chipName === "compass-s" || chipName === "compass-l") continue;
        if (["vgg16", "resnet50", "efficientnet_b0"].includes(name) && !general.includes(chipName)) continue;
        const found = code(() => map(network, readChip(chipName)));
        if (found !== "nothing") expect(rules).toContain(found);
        if (found !== "nothing" && general.includes(chipName)) refused.push(`${name} on ${chipName}: ${found}`);
      }
    expect(refused).toEqual([]);
  });
});

describe("strategies", () => {
  it("can be added", () => {
    registerStrategy({
      name: "one-unit",
      about: "a partition a slice",
      cut: ({ units, mayCutAfter }) => {
        const cuts = [];
        let start = 0;
        for (let end = 1; end <= units.length; end++)
          if (mayCutAfter(end - 1)) {
            cuts.push({ start, end });
            start = end;
          }
        return cuts;
      },
    });
    expect(strategies()).toContain("one-unit");
    runRight(small(), thread, { strategy: "one-unit", batch: 2 });
  });
});
