/** Random small chips that `legalProgram` runs on: every kind of sharing, clock and verification, small enough to contend. */
import fc from "fast-check";
import { type Chip, structureDigest } from "../../src/hardware/index.js";
import type { Program } from "../../src/isa/index.js";
import { ratio, sram, thinChip } from "../analytical/fixtures.js";

const arbitration = fc.constantFrom("oldest" as const, "round-robin" as const, "fixed" as const);
const rate = fc.constantFrom(ratio(1, 1), ratio(1, 3), ratio(5, 64), ratio(2, 7), ratio(3, 2));
const clock = fc.constantFrom(ratio(1), ratio(5, 4), ratio(5, 2), ratio(7, 3), ratio(2, 5));

const timing = fc.oneof(
  fc.record({
    kind: fc.constant("given" as const),
    rowsPerStep: fc.constantFrom(4, 16),
    columnsPerStep: fc.constantFrom(1, 4),
    cyclesPerStep: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({
    kind: fc.constant("composed" as const),
    phaseCycles: fc.integer({ min: 1, max: 7 }),
    rowsActive: fc.constantFrom(4, 16),
    inputBitsPerPhase: fc.constantFrom(1, 2),
    converter: fc.oneof(
      fc.record({ kind: fc.constant("adderTree" as const), latencyCycles: fc.integer({ min: 0, max: 3 }) }),
      fc.record({
        kind: fc.constant("adc" as const),
        bits: fc.constant(8),
        arraysPerGroup: fc.constantFrom(1, 2, 4),
        convertersPerGroup: fc.constantFrom(4, 16),
        conversionCycles: fc.integer({ min: 1, max: 5 }),
        pipelined: fc.boolean(),
        grain: fc.constantFrom("phase" as const, "mvm" as const),
        arbitration,
      }),
    ),
  }),
);

const verify = fc.oneof(
  fc.constant({ kind: "none" as const }),
  fc.record({ kind: fc.constant("read" as const), readCycles: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant("program" as const),
    readCycles: fc.integer({ min: 1, max: 4 }),
    maxPasses: fc.integer({ min: 1, max: 4 }),
    passProbability: fc.constantFrom(0.3, 0.8),
  }),
);

/** Any small chip with the geometry of the small limits. */
export const anySmallChip: fc.Arbitrary<Chip> = fc
  .record({
    timing,
    verify,
    arbitration,
    localRate: rate,
    busRate: rate,
    vectorRate: rate,
    busClock: clock,
    dramClock: clock,
    channels: fc.constantFrom(1, 2),
    banks: fc.constantFrom(1, 2, 4),
    shared: fc.constantFrom(0, 1, 2),
    packet: fc.constantFrom(8, 16, 24),
    registers: fc.constantFrom(1 as const, 2 as const),
    outstanding: fc.integer({ min: 1, max: 3 }),
    issue: fc.integer({ min: 1, max: 12 }),
    credits: fc.integer({ min: 1, max: 2 }),
    pulse: fc.integer({ min: 1, max: 12 }),
    rowsPerPulse: fc.integer({ min: 1, max: 4 }),
    accumulate: fc.integer({ min: 0, max: 4 }),
    perInput: fc.constantFrom(1, 2, 4),
    storeAck: fc.constantFrom("accepted" as const, "written" as const),
    latency: fc.integer({ min: 0, max: 20 }),
    writePorts: fc.constantFrom(1, 2),
  })
  .map((c) =>
    thinChip((chip) => {
      const { arrays } = chip.core;
      chip.name = "small";
      chip.cores = 2;
      chip.core.localMemory = {
        ...sram(),
        bytes: 4096,
        readPorts: c.shared === 0 ? 1 : 0,
        writePorts: c.shared === 0 ? 1 : 0,
        sharedPorts: c.shared,
        ticksPerByte: c.localRate,
        banks: c.banks,
        interleaveBytes: 8,
        packetBytes: c.packet,
        arbitration: c.arbitration,
      };
      chip.core.weightBuffer = { bytes: 1024, ticksPerByte: c.localRate };
      Object.assign(arrays, {
        count: 4,
        rows: 16,
        columns: 16,
        depth: 2,
        cellBits: 2,
        timing: c.timing,
        inputRegisters: c.registers,
        arraysPerInput: c.perInput,
        accumulateCycles: c.accumulate,
      });
      Object.assign(arrays.write, {
        portsPerCore: c.writePorts,
        rowsPerPulse: c.rowsPerPulse,
        pulseCycles: c.pulse,
        verify: c.verify,
      });
      chip.core.vectorUnit = { ticksPerByte: c.vectorRate, startCycles: 2, packetBytes: c.packet };
      chip.core.mvmIssueCycles = c.issue;
      chip.core.accumulatorBits = 32;
      chip.core.accumulatorEntries = 64;
      chip.core.semaphores = 16;
      chip.core.channelCredits = c.credits;
      const o = c.outstanding;
      chip.core.outstanding = { weightLoad: o, load: o, store: o, mvm: o, send: o, receive: o };
      chip.globalBuffer = { ...chip.core.localMemory, ticksPerByte: c.busRate };
      chip.network = {
        kind: "bus",
        ticksPerByte: c.busRate,
        clock: { hz: 1e9, ticksPerCycle: c.busClock },
        packetBytes: c.packet,
        arbitration: c.arbitration,
      };
      chip.dram = {
        ...chip.dram!,
        bytes: 65536,
        channels: c.channels,
        interleaveBytes: 32,
        clock: { hz: 1e9, ticksPerCycle: c.dramClock },
        cyclesPerByte: c.busRate,
        latencyCycles: c.latency,
        packetBytes: c.packet,
        arbitration: c.arbitration,
        storeAck: c.storeAck,
      };
      chip.weightBits = [4, 8];
      chip.inputBits = [4, 8];
    }),
  );

/** The program made out for a chip. */
export function forChip(program: Program, chip: Chip): Program {
  return { ...program, chip: chip.name, structureDigest: structureDigest(chip) };
}
