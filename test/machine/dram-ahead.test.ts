/** Where nobody listens a controller that refuses a request is stepped on until it takes it: nothing but the number of events changes. */
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { coreProgram } from "../../bench/lib/core-program.js";
import { readDramDevice } from "../../src/hardware/dram/index.js";
import { type Chip, readChip } from "../../src/hardware/index.js";
import { CommandMemory } from "../../src/machine/dram/memory.js";
import { machineProbes, simulate } from "../../src/machine/index.js";

const busyChannel = fc
  .record({
    device: fc.constantFrom(
      ["lpddr3_1600_x32", "dramsim3"] as const,
      ["ddr4_2400_x8", "dramsim3"] as const,
      ["ddr4_2400_x8.closepage", "dramsim3"] as const,
      ["hbm2_x128", "dramsim3"] as const,
      ["ddr3_1600_x8", "ramulator2"] as const,
    ),
    cores: fc.integer({ min: 3, max: 8 }),
    entries: fc.integer({ min: 1, max: 8 }),
    readAheadPackets: fc.integer({ min: 1, max: 5 }),
    storeAck: fc.constantFrom("accepted" as const, "written" as const),
    arbitration: fc.constantFrom("oldest" as const, "round-robin" as const, "fixed" as const),
    packetBytes: fc.constantFrom(32, 128),
  })
  .map(({ device: [name, policy], cores, entries, ...dram }): Chip => {
    const base = readChip("compass-s", { set: { cores, "core.mvmIssueTime": "1 ns" } });
    const device = readDramDevice(name);
    const controller = { ...device.controller, transactionQueueEntries: entries };
    const { channels } = device.organization;
    return {
      ...base,
      dram: { ...base.dram!, ...dram, model: "commands", policy, channels, device: { ...device, controller } },
    };
  });

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a controller that refuses a request", () => {
  it("may be ahead of the machine, with any device, policy, queue and arbitration", () => {
    const ahead = vi.spyOn(CommandMemory.prototype as unknown as { stepUntilTaken(): void }, "stepUntilTaken");
    let fewer = 0;
    fc.assert(
      fc.property(busyChannel, fc.nat({ max: 1000 }), (chip, shuffleSeed) => {
        const program = coreProgram(chip, chip.cores, 48);
        const { events: slow, ...heard } = simulate(program, chip, { checked: true, probes: machineProbes() });
        for (const options of [{}, { shuffleSeed }, { engine: "heap" as const, mode: "fine" as const }]) {
          const { events: fast, ...unheard } = simulate(program, chip, { checked: true, ...options });
          expect({ ...options, ...unheard }).toEqual({ ...options, ...heard });
          if (fast < slow) fewer++;
        }
      }),
      { numRuns: 40, seed: 11 },
    );
    expect(fewer).toBeGreaterThan(40);
    expect(ahead.mock.calls.length).toBeGreaterThan(500);
  });
});
