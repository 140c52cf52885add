/**
 * DRAM by commands inside the machine (docs/timing.md section 9): one result in every way of running, within bounds, clean by all laws, and a
 * transfer alone takes what the controller by itself says for the same requests.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { programBounds } from "../../src/analytical/index.js";
import { sumTerms, toNumber } from "../../src/base/index.js";
import { check } from "../../src/check/index.js";
import { type Chip, type DramDevice, readChip, readDramDevice } from "../../src/hardware/index.js";
import type { Instruction } from "../../src/isa/index.js";
import { createDramController } from "../../src/machine/dram/index.js";
import { type DramRequest, machineProbes, simulate } from "../../src/machine/index.js";
import { emit, map } from "../../src/mapper/index.js";
import { loadBuiltin } from "../../src/workload/index.js";
import { legalProgram } from "../isa/legal.js";
import { anySmallChip, forChip } from "./chips.js";
import { programOf, run } from "./lab.js";

const RUNS = Math.ceil(Number(process.env["WORDLINE_RUNS"] ?? 1000) / 5);

const DEVICES = [
  ["lpddr3_1600_x32", "dramsim3"],
  ["ddr4_2400_x8", "dramsim3"],
  ["hbm2_x128", "dramsim3"],
  ["gddr6_x16", "dramsim3"],
  ["ddr4_2400_x8.closepage", "dramsim3"],
  ["ddr3_1600_x8", "ramulator2"],
] as const;

/** Small chips whose DRAM is played by commands, in clocks slower and faster than the chip's. */
const anyCommandChip = fc
  .record({
    chip: anySmallChip,
    device: fc.constantFrom(...DEVICES),
    window: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ chip, device: [name, policy], window }): Chip => {
    const device = readDramDevice(name);
    const { channels } = device.organization;
    return { ...chip, dram: { ...chip.dram!, model: "commands", device, policy, channels, readAheadPackets: window } };
  });

describe("random legal programs with DRAM by commands", () => {
  it("have one digest over engines, modes and shuffled ties, within bounds, and break no law", () => {
    let refreshed = 0;
    fc.assert(
      fc.property(legalProgram, anyCommandChip, fc.nat({ max: 1000 }), (legal, chip, shuffle) => {
        const program = forChip(legal, chip);
        const { result, table } = run(program, chip);
        for (const options of [
          { engine: "heap" as const, shuffleSeed: shuffle },
          { mode: "fine" as const },
          { pathTotals: false },
        ]) {
          const other = simulate(program, chip, { checked: true, ...options });
          expect({ ...options, cycles: other.cycles, digest: other.digest }).toEqual({
            ...options,
            cycles: result.cycles,
            digest: result.digest,
          });
        }
        const bounds = programBounds(program, chip);
        expect(bounds.lowerTicks).toBeLessThanOrEqual(result.cycles);
        expect(result.cycles).toBeLessThanOrEqual(bounds.upperTicks);
        expect(sumTerms(result.path)).toBe(result.cycles);
        expect(check(table, program, chip).violations).toEqual([]);
        if (result.path.dramRow + result.path.dramRefresh + result.path.dramTurnaround > 0) refreshed++;
      }),
      { numRuns: RUNS },
    );
    expect(refreshed).toBeGreaterThan(RUNS / 20);
  });
});

/** Ticks from the first request's tick to the last data, the controller driven by itself: everything asked for at tick 0. */
function alone(
  device: DramDevice,
  policy: "dramsim3" | "ramulator2",
  addresses: readonly number[],
  window: number,
): number {
  const done = new Float64Array(addresses.length).fill(-1);
  const controller = createDramController(device, policy, {
    done: (id, cycle) => {
      done[id] = cycle;
    },
  });
  let next = 0;
  let handedOn = 0;
  for (let cycle = 0; ; cycle++) {
    while (controller.nextCycle() <= cycle) controller.step(cycle);
    while (handedOn < next && done[handedOn]! >= 0 && done[handedOn]! <= cycle) handedOn++;
    if (handedOn === addresses.length) return Math.max(...done);
    if (next < addresses.length && next < handedOn + window && controller.accepts(addresses[next]!, false))
      controller.accept(next, addresses[next++]!, false, cycle);
  }
}

describe("a weight load through an idle channel", () => {
  // The chip's clock is the DRAM's, its network and buffers take a packet a cycle, and a packet is a request: what is left is the DRAM.
  it.each([
    ["lpddr3_1600_x32", "dramsim3", 65536],
    ["ddr4_2400_x8", "dramsim3", 40000 - (40000 % 64)],
    ["ddr3_1600_x8", "ramulator2", 65536],
  ] as const)("of %s (%s, %i bytes) takes what the controller alone takes", (name, policy, bytes) => {
    const device = readDramDevice(name);
    const { requestBytes } = device.organization;
    const window = Math.ceil(bytes / requestBytes);
    const base = readChip("thread-2");
    const clock = { hz: base.clockHz, ticksPerCycle: { num: 1, den: 1 } };
    const fast = { num: 1, den: requestBytes };
    const chip: Chip = {
      ...base,
      core: { ...base.core, weightBuffer: { ...base.core.weightBuffer!, bytes: 1 << 20 } },
      network: {
        ...base.network,
        kind: "bus",
        clock,
        ticksPerByte: fast,
        packetBytes: requestBytes,
      } as Chip["network"],
      dram: {
        ...base.dram!,
        model: "commands",
        device,
        policy,
        channels: 1,
        clock,
        packetBytes: requestBytes,
        readAheadPackets: window,
      },
    };
    const load: Instruction = {
      op: "WLD",
      source: { space: "gm", base: 0 },
      cores: [0],
      destination: { space: "wb", base: 0 },
      bytes,
    } as never;
    const program = programOf(chip, [[0, "weightLoad", [load]]]);
    const { result, table } = run(program, chip);
    const addresses = Array.from({ length: window }, (_, i) => i * requestBytes);
    const dramEnd = Math.max(
      ...Array.from({ length: table.holds.length }, (_, row) => row)
        .filter((row) => table.holds.stage[row] === 0)
        .map((row) => table.holds.endTick[row]!),
    );
    const reference = alone(device, policy, addresses, window);
    expect(toNumber(clock.ticksPerCycle)).toBe(1);
    expect(dramEnd).toBe(reference);
    // The last packet then crosses the bus in one cycle.
    expect(result.cycles).toBe(reference + 1);
  });
});

describe("requests by probe", () => {
  it("are queued, accepted, issued and done in that order, as many as the transfers have bursts", () => {
    const chip = readChip("compass-s");
    const network = loadBuiltin("ds_cnn");
    const program = emit(map(network, chip), network, chip);
    const probes = machineProbes();
    const heard: DramRequest[] = [];
    probes.request((request) => heard.push(request));
    const result = simulate(program, chip, { probes });
    const quiet = simulate(program, chip);
    expect(result.digest).toBe(quiet.digest);
    const { requestBytes } = chip.dram!.device!.organization;
    const bytes = result.counts.dramReadBytes + result.counts.dramWriteBytes;
    expect(heard.length).toBeGreaterThanOrEqual(bytes / requestBytes);
    for (const { queuedCycle, acceptedCycle, issuedCycle, firstDataCycle, doneCycle, address } of heard) {
      expect(acceptedCycle).toBeGreaterThanOrEqual(queuedCycle);
      expect(issuedCycle).toBeGreaterThanOrEqual(acceptedCycle);
      expect(firstDataCycle).toBeGreaterThanOrEqual(issuedCycle);
      expect(doneCycle).toBeGreaterThanOrEqual(firstDataCycle);
      expect(address % requestBytes).toBe(0);
    }
    expect(new Set(heard.map(({ met }) => met))).toContain("hit");
  });
});

describe("cores that read the same bytes at once", () => {
  it("share bursts, and the channel is busy with each burst once", () => {
    const chip = readChip("compass-s");
    const load = (core: number): Instruction =>
      ({
        op: "WLD",
        source: { space: "gm", base: 0 },
        cores: [core],
        destination: { space: "wb", base: 0 },
        bytes: 32768,
      }) as never;
    const program = programOf(
      chip,
      [0, 1, 2, 3].map((core) => [core, "weightLoad", [load(core)]]),
    );
    const { result } = run(program, chip);
    const { requestBytes } = chip.dram!.device!.organization;
    const bursts = result.dram!.commands["RD"]!;
    expect(bursts).toBeLessThan((4 * 32768) / requestBytes);
    const { busyCycles } = result.resources.find(({ kind }) => kind === "dram")!;
    // Eight transfers at 1600 a pin and microsecond are five cycles of 1 GHz.
    expect(busyCycles).toBe(bursts * 5);
    expect(busyCycles).toBeLessThanOrEqual(result.cycles);
  });
});
