/** Small chips of every kind, beyond those of the laws: a mesh, two banks, wider arrays, a DRAM faster than the tick. */
import fc from "fast-check";
import type { Chip } from "../../../src/hardware/index.js";
import { mesh, ratio } from "../../analytical/fixtures.js";
import { anySmallChip } from "../chips.js";

/** A small chip of any kind: bus or mesh of four cores, one bank or two, small arrays or wider ones. */
export const anyChip: fc.Arbitrary<Chip> = fc
  .record({
    chip: anySmallChip,
    onMesh: fc.boolean(),
    memoryNode: fc.nat({ max: 3 }),
    hop: fc.integer({ min: 0, max: 3 }),
    linkClock: fc.constantFrom(ratio(1), ratio(5, 4), ratio(7, 3), ratio(2, 5)),
    doubleBanked: fc.boolean(),
    wide: fc.boolean(),
    swap: fc.integer({ min: 1, max: 9 }),
    halfTick: fc.boolean(),
  })
  .map(({ chip, onMesh, memoryNode, hop, linkClock, doubleBanked, wide, swap, halfTick }) => {
    const { arrays } = chip.core;
    chip.cores = 4;
    Object.assign(arrays.write, { doubleBanked, swapCycles: swap });
    if (halfTick && chip.dram!.clock.ticksPerCycle.den === 1) chip.dram!.clock.ticksPerCycle = ratio(1, 2);
    if (wide) Object.assign(arrays, { rows: 64, columns: 48 });
    if (onMesh) {
      const { packetBytes, ticksPerByte, arbitration } = chip.network;
      const clock = { hz: 1e9, ticksPerCycle: linkClock };
      chip.network = mesh({
        columns: 2,
        rows: 2,
        memoryNode,
        hopCycles: hop,
        clock,
        packetBytes,
        ticksPerByte,
        arbitration,
      });
    }
    return chip;
  });
