/** The gap's parts: they sum to the gap whatever the terms are, and making the named cause free takes at least half of it away. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sumTerms, TERMS, type TermCycles, zeroTerms } from "../../src/base/index.js";
import {
  causeInWords,
  criticalPath,
  gapByLayer,
  gapByStage,
  gapParts,
  idealPartFor,
  mappingEfficiency,
  rankResources,
} from "../../src/explain/index.js";
import { type Chip, structureDigest } from "../../src/hardware/index.js";
import type { Instruction, Program, Unit } from "../../src/isa/index.js";
import { simulate } from "../../src/machine/index.js";
import { at, block, group, mvm, piece, program, ratio, thinChip, wwr } from "../analytical/fixtures.js";
import { run } from "../machine/lab.js";

const anyTerms = fc
  .array(fc.nat({ max: 1e9 }), { minLength: TERMS.length, maxLength: TERMS.length })
  .map((values) => Object.fromEntries(TERMS.map((term, index) => [term, values[index]])) as TermCycles);
const anyTimes = fc.array(
  fc.record({ name: fc.constantFrom("a", "b", "c"), stage: fc.nat({ max: 3 }), terms: anyTerms }),
  { maxLength: 5 },
);

const terms = (some: Partial<TermCycles>): TermCycles => ({ ...zeroTerms(), ...some });

describe("the parts of a gap", () => {
  it("sum to the gap with nothing left over", () => {
    fc.assert(
      fc.property(anyTerms, anyTerms, (simulated, estimate) => {
        const gap = gapParts(simulated, estimate);
        expect(gap.cycles).toBe(sumTerms(simulated) - sumTerms(estimate));
        expect(gap.parts.reduce((sum, { cycles }) => sum + cycles, 0)).toBe(gap.cycles);
        for (const part of gap.parts) expect(part.cycles).toBe(part.simulatedCycles - part.estimateCycles);
      }),
    );
  });

  it("by stage sum to the run's, also where one side does not know a stage", () => {
    fc.assert(
      fc.property(anyTimes, anyTimes, (simulated, estimated) => {
        const sum = (times: readonly { terms: TermCycles }[]): number =>
          times.reduce((total, time) => total + sumTerms(time.terms), 0);
        const rows = gapByStage(simulated, estimated);
        expect(rows.reduce((total, { gap }) => total + gap, 0)).toBe(sum(simulated) - sum(estimated));
        for (const row of rows) expect(row.gap).toBe(row.parts.reduce((total, { cycles }) => total + cycles, 0));
      }),
    );
  });

  it("name their cause in words", () => {
    const [row] = gapByLayer(
      [{ name: "conv1", stage: 0, terms: terms({ write: 900, mvm: 100 }), serviceCycles: 1000, waitCycles: 40 }],
      [{ name: "conv1", stage: 0, terms: terms({ write: 300, mvm: 150 }) }],
    );
    expect(row).toMatchObject({
      name: "conv1",
      estimateCycles: 450,
      simulatedCycles: 1000,
      gap: 550,
      cause: "write",
      waitCycles: 40,
    });
    expect(row!.causeText).toBe("writing weights takes 600 cycles more than the estimate's 300");
    expect(causeInWords({ term: "adc", cycles: 7, estimateCycles: 0 })).toBe(
      "converting takes 7 cycles that the estimate leaves out",
    );
    expect(causeInWords({ term: "fill", cycles: -9, estimateCycles: 9, simulatedCycles: 0 })).toBe(
      "filling the pipeline is off the critical path, where the estimate counts 9 cycles",
    );
    expect(causeInWords({ term: "mvm", cycles: -3, estimateCycles: 10 })).toBe(
      "driving the arrays takes 3 cycles fewer than the estimate's 10",
    );
  });

  it("of a layer only the estimate knows is all estimate", () => {
    const rows = gapByLayer([], [{ name: "x", stage: 2, terms: terms({ mvm: 5 }) }]);
    expect(rows).toMatchObject([{ name: "x", stage: 2, estimateCycles: 5, simulatedCycles: 0, gap: -5, cause: "mvm" }]);
  });
});

interface Bottleneck {
  name: string;
  chip: Chip;
  streams: [Unit, Instruction[]][];
  part: string;
}

const repeat = (count: number, instruction: Instruction): Instruction[] =>
  new Array<Instruction>(count).fill(instruction);
const waits = (count = 1) => ({ waits: [{ semaphore: 0, count }] });
const posts = { posts: [{ core: 0, semaphore: 0, count: 1 }] };

const written = wwr({ rows: 64 });
const load: Instruction = { op: "LD", rows: 1, rowBytes: 256, destination: block("lm", 256), source: block("gm", 256) };

const bottlenecks: Bottleneck[] = [
  {
    name: "slow pulses",
    chip: thinChip((chip) => {
      chip.core.arrays.write.pulseCycles = 400;
    }),
    streams: [
      ["weightWrite", [{ ...written, ...posts }]],
      ["mvm", [{ ...mvm({ vectors: 4 }), ...waits() }]],
    ],
    part: "write",
  },
  {
    name: "slow DRAM",
    chip: thinChip((chip) => {
      chip.dram!.cyclesPerByte = ratio(8);
    }),
    streams: [["load", repeat(4, load)]],
    part: "dram",
  },
  {
    name: "slow bus",
    chip: thinChip((chip) => {
      chip.network.ticksPerByte = ratio(9);
    }),
    streams: [["load", repeat(4, load)]],
    part: "bus",
  },
  {
    name: "slow converters",
    chip: thinChip((chip) => {
      const { timing } = chip.core.arrays;
      if (timing.kind === "composed" && timing.converter.kind === "adc") timing.converter.conversionCycles = 30;
    }),
    streams: [
      ["weightWrite", [{ ...written, ...posts }]],
      ["mvm", [{ ...mvm({ vectors: 16 }), ...waits() }]],
    ],
    part: "adc",
  },
  {
    name: "slow vector unit",
    chip: thinChip((chip) => {
      chip.core.vectorUnit.ticksPerByte = ratio(20);
    }),
    streams: [
      [
        "vector",
        repeat(3, { op: "CPY", rows: 1, rowBytes: 64, destination: block("lm", 64), source: block("lm", 64, 128) }),
      ],
    ],
    part: "vector",
  },
];

function programOf({ chip, streams }: Bottleneck): Program {
  const made = program(
    streams.map(([unit, code]) => ({ core: 0, unit, code })),
    [group([piece()])],
  );
  const tile = { name: "t", layer: 0, row0: 0, rows: 64, column0: 0, columns: 16, group0: 0, groups: 1 };
  return {
    ...made,
    chip: chip.name,
    structureDigest: structureDigest(chip),
    tiles: [{ ...tile, weightBits: 4, columnsPerWeight: 2, address: 0, rowBytes: 8 }],
  };
}

describe("making the named cause free", () => {
  for (const bottleneck of bottlenecks)
    it(`takes at least half of it away: ${bottleneck.name}`, () => {
      const { chip, part } = bottleneck;
      const program = programOf(bottleneck);
      const { table, result } = run(program, chip);
      // Against an estimate that knows nothing of the bottleneck, the gap is what the path spends on it.
      const gap = gapParts(result.path, zeroTerms());
      const term = gap.parts[0]!.term;
      expect(gap.cause).toBe(term);
      expect(idealPartFor(term, criticalPath(table, program, chip))).toBe(part);
      const removed = result.cycles - simulate(program, chip, { ideal: [part] }).cycles;
      expect(removed).toBeGreaterThanOrEqual(gap.parts[0]!.cycles / 2);
    });

  it("names no part for a term that is not on the path", () => {
    const [first] = bottlenecks;
    const program = programOf(first!);
    const { table } = run(program, first!.chip);
    expect(idealPartFor("network", criticalPath(table, program, first!.chip))).toBeUndefined();
  });
});

describe("resources", () => {
  it("are ranked by their share of the time", () => {
    const ranked = rankResources(
      [
        { name: "bus", ports: 1, busyTicks: 30 },
        { name: "memory", ports: 2, busyTicks: 100 },
        { name: "idle", ports: 1, busyTicks: 0 },
      ],
      100,
    );
    expect(ranked.map(({ name, utilisation }) => [name, utilisation])).toEqual([
      ["memory", 0.5],
      ["bus", 0.3],
    ]);
  });

  it("and the cells a mapping uses are another number", () => {
    const chip = thinChip();
    const half = program(
      [{ core: 0, unit: "mvm", code: [{ op: "LOOP", trips: 3 }, mvm({ vectors: 2 }), { op: "ENDL" }] }],
      [group([piece({ rows: 32 })])],
    );
    expect(mappingEfficiency(half, chip)).toBe(0.5);
    expect(
      mappingEfficiency(
        program([
          { core: 0, unit: "vector", code: [{ op: "RECOVER", accumulator: at("acc"), elements: 1, params: "q" }] },
        ]),
        chip,
      ),
    ).toBe(0);
  });
});
