/**
 * The tests of determinism and of law 4 have power: each hazard, put into the machine on purpose, makes runs with shuffled ties differ, and
 * each number of a chip that the machine alone is told of makes the machine differ from the form.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unloadedTicks } from "../../src/analytical/index.js";
import type { Chip } from "../../src/hardware/index.js";
import type { Instruction, Program } from "../../src/isa/index.js";
import { type SimulateOptions, simulate } from "../../src/machine/index.js";
import { group, mesh, mvm, piece } from "../analytical/fixtures.js";
import { legalProgram } from "../isa/legal.js";
import { anySmallChip, forChip } from "./chips.js";
import { run, spans } from "./lab.js";
import { fill, posts, ratio, setAdc, store, tableChip, tableProgram } from "./tables/table.js";
import { type Case, programFor, streamOf, unitOf } from "./unloaded/cases.js";

type Hazards = NonNullable<SimulateOptions["hazards"]>;

const SHUFFLES = [1, 2, 3, 4, 5, 6, 7, 8];

/** The digests of a program over shuffled ties; a machine with a hazard may also break down, which shows it as well. */
function digests(program: Program, chip: Chip, hazards?: Hazards): Set<string> {
  const found = new Set<string>();
  for (const engine of ["wheel", "heap"] as const)
    for (const shuffleSeed of SHUFFLES)
      try {
        found.add(simulate(program, chip, { shuffleSeed, engine, ...(hazards && { hazards }) }).digest);
      } catch (error) {
        if (!hazards) throw error;
        found.add("broken");
      }
  return found;
}

/** Random programs on random chips, the same in every run of the test. */
const samples = fc.sample(fc.tuple(legalProgram, anySmallChip), { seed: 20240607, numRuns: 50 });

/** Whether some sampled program shows the hazard by its digest, not only by breaking down. */
const caught = (hazards?: Hazards): boolean =>
  samples.some(([legal, chip]) => {
    const found = digests(forChip(legal, chip), chip, hazards);
    found.delete("broken");
    return found.size > 1;
  });

describe("runs with shuffled ties", () => {
  it("never differ without a hazard", () => {
    expect(caught()).toBe(false);
  });

  it("differ where arbitration happens inside the requesting event", () => {
    expect(caught({ arbitrateInRequest: true })).toBe(true);
  });

  it("differ where requests of one tick are kept in the order they came", () => {
    expect(caught({ unsortedRequests: true })).toBe(true);
  });

  /** Three cores ask for the bus in one tick; two cores post the third in one tick, which then stores. */
  function meeting(): [Program, Chip] {
    const chip = tableChip((each) => (each.globalBuffer!.writePorts = 4));
    const program = tableProgram(
      chip,
      [],
      [
        ...[0, 1, 2].map((core): [number, "store", Instruction[]] => [core, "store", [store("gb", 48)]]),
        ...[0, 1].map((core): [number, "vector", Instruction[]] => [core, "vector", [fill(16, posts(3, 0))]]),
        [3, "store", [{ ...store("gb", 16), waits: [{ semaphore: 0, count: 2 }] }]],
      ],
    );
    return [program, chip];
  }

  for (const hazard of ["arbitrateInRequest", "unsortedRequests", "lastPosterCause"] as const)
    it(`differ on a program of a few lines with ${hazard}`, () => {
      const [program, chip] = meeting();
      expect(digests(program, chip).size).toBe(1);
      expect(digests(program, chip, { [hazard]: true }).size).toBeGreaterThan(1);
    });
});

describe("law 4", () => {
  const area = (space: "lm" | "gm" | "gb") => ({ address: { space, base: 0 }, stride: 40 });
  const transfer = { rows: 2, rowBytes: 40 };
  const load = (space: "gm" | "gb"): Instruction => ({
    op: "LD",
    ...transfer,
    source: area(space),
    destination: area("lm"),
  });
  const save: Instruction = { op: "ST", ...transfer, source: area("lm"), destination: area("gm") };
  const copy: Instruction = { op: "CPY", ...transfer, source: area("lm"), destination: area("lm") };
  const writing: Instruction = {
    op: "WWR",
    arrays: [0],
    row0: 0,
    rows: 8,
    column0: 0,
    columns: 8,
    depth: 0,
    source: { space: "wb", base: 0 },
    tile: 0,
    tileRow0: 0,
  };
  const compute = mvm({ vectors: 3 });
  const groupOfOne = group([piece({ rows: 8, columns: 8, outputs: 4 })], { inputs: 8 });
  const timing = (change: (composed: Record<string, unknown>) => void) => (chip: Chip) =>
    change(chip.core.arrays.timing as unknown as Record<string, unknown>);

  /** One number, told only to the machine, and an instruction whose time it is. */
  const faults: [name: string, instruction: Instruction, change: (chip: Chip) => void, usual?: (chip: Chip) => void][] =
    [
      ["DRAM latency", load("gm"), (chip) => chip.dram!.latencyCycles++],
      ["DRAM rate", load("gm"), (chip) => (chip.dram!.cyclesPerByte = ratio(9, 16))],
      ["DRAM clock", load("gm"), (chip) => (chip.dram!.clock = { hz: 8e8, ticksPerCycle: ratio(5, 4) })],
      ["packet", load("gm"), (chip) => (chip.dram!.packetBytes = 12)],
      ["acknowledged stores", save, (chip) => (chip.dram!.storeAck = "written")],
      ["bus rate", load("gb"), (chip) => (chip.network.ticksPerByte = ratio(1, 2))],
      ["local memory", copy, (chip) => (chip.core.localMemory.ticksPerByte = ratio(1, 1))],
      ["global buffer", load("gb"), (chip) => (chip.globalBuffer!.ticksPerByte = ratio(1, 3))],
      ["vector unit", copy, (chip) => (chip.core.vectorUnit.ticksPerByte = ratio(5, 8))],
      ["vector start", copy, (chip) => chip.core.vectorUnit.startCycles++],
      ["pulse", writing, (chip) => chip.core.arrays.write.pulseCycles++],
      ["rows a pulse", writing, (chip) => chip.core.arrays.write.rowsPerPulse++],
      ["read-back", writing, (chip) => (chip.core.arrays.write.verify = { kind: "read", readCycles: 1 })],
      ["weight buffer", writing, (chip) => (chip.core.weightBuffer!.ticksPerByte = ratio(1))],
      ["phase", compute, timing((composed) => (composed["phaseCycles"] = 4))],
      ["input bits a phase", compute, timing((composed) => (composed["inputBitsPerPhase"] = 2))],
      ["rows at once", compute, timing((composed) => (composed["rowsActive"] = 1))],
      ["conversion", compute, (chip) => setAdc(chip, { conversionCycles: 5 })],
      ["converters", compute, (chip) => setAdc(chip, { convertersPerGroup: 2 })],
      ["pipelining", compute, (chip) => setAdc(chip, { pipelined: false })],
      ["accumulation", compute, (chip) => chip.core.arrays.accumulateCycles++],
      ["input registers", compute, (chip) => (chip.core.arrays.inputRegisters = 1)],
      [
        "router",
        load("gb"),
        (chip) => (chip.network = mesh({ columns: 2, rows: 2, hopCycles: 2, memoryNode: 3 })),
        (chip) => (chip.network = mesh({ columns: 2, rows: 2, hopCycles: 1, memoryNode: 3 })),
      ],
    ];

  for (const [name, instruction, change, usual] of faults)
    it(`fails where only the machine knows of another ${name}`, () => {
      const groups = instruction.op === "MVM" ? [groupOfOne] : [];
      const form = unloadedTicks(instruction, { chip: tableChip(usual), groups, core: 0, startTick: 0 }).ticks;
      const took = (told: (chip: Chip) => void): number => {
        const chip = tableChip((each) => {
          usual?.(each);
          told(each);
        });
        const alone: Case = { chip, instruction, core: 0, groups, before: 0 };
        const program = programFor(alone);
        const stream = streamOf(program, 0, unitOf(instruction));
        const span = spans(run(program, chip, { mode: "fine" }).table)
          .filter((row) => row.stream === stream)
          .at(-1)!;
        return span.end - span.start;
      };
      expect(took(() => {})).toBe(form);
      expect(took(change)).not.toBe(form);
    });
});
