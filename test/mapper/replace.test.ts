/** Replacing weights: when it begins, what hides it, and that nothing computes with what it should have replaced. */
import { describe, expect, it } from "vitest";
import { check } from "../../src/check/index.js";
import { type Chip, readChip } from "../../src/hardware/index.js";
import { type Instruction, type Program, packCode } from "../../src/isa/index.js";
import { simulate } from "../../src/machine/index.js";
import type { MapOptions } from "../../src/mapper/index.js";
import { MemorySink, type TraceTable } from "../../src/trace/index.js";
import { type Network, NetworkBuilder } from "../../src/workload/index.js";
import { errorsOf, settingOf, verifyRun } from "../functional/setting.js";

const plain = readChip("thread-2");

function chipWith(change: (chip: Chip) => void): Chip {
  const chip = structuredClone(plain);
  // Loading and reading the buffer are fast here, so that writing decides.
  chip.dram!.cyclesPerByte = { num: 1, den: 64 };
  chip.network.ticksPerByte = { num: 1, den: 64 };
  change(chip);
  return chip;
}

/** A chain of layers, each of which fills most of the chip. */
function chain(): Network {
  const b = new NetworkBuilder("chain");
  let x = b.input("x", { height: 6, width: 6, channels: 16 });
  for (let n = 0; n < 4; n++)
    x = b.conv(x, { name: `conv${n}`, channels: 32, kernel: n % 2 === 0 ? 3 : 1, padding: n % 2 === 0 ? 1 : 0 });
  b.output(x);
  return b.build();
}

/** A verified run with its trace, on which all laws hold. */
function ran(chip: Chip, options: MapOptions = {}, batch = 2) {
  const setting = settingOf(chain(), chip, batch, undefined, options);
  const { program } = setting;
  expect(errorsOf(verifyRun(setting))).toEqual([]);
  const sink = new MemorySink();
  const simulation = simulate(program, chip, { sink });
  expect(check(sink.table, program, chip).violations).toEqual([]);
  return { simulation, table: sink.table, program };
}

/** Start and end of every instruction of an opcode, with its core and partition. */
function spansOf(
  { table, program }: { table: TraceTable; program: Program },
  op: Instruction["op"],
  wanted: (tag: Program["tags"][number]) => boolean = () => true,
) {
  const { instructions } = table;
  const spans: { core: number; stage: number; start: number; end: number }[] = [];
  for (let row = 0; row < instructions.length; row++) {
    const { core, code } = program.streams[instructions.stream[row]!]!;
    const instruction = code.at(instructions.pc[row]!);
    if (instruction.op !== op) continue;
    const tag = program.tags[instruction.tag!]!;
    if (!wanted(tag)) continue;
    const { stage } = tag;
    spans.push({ core, stage, start: instructions.startTick[row]!, end: instructions.endTick[row]! });
  }
  return spans;
}

const last = (spans: { end: number }[]) => Math.max(...spans.map(({ end }) => end));
const first = (spans: { start: number }[]) => Math.min(...spans.map(({ start }) => start));

describe("early replacement", () => {
  const run = ran(chipWith(() => {}));
  const mvms = spansOf(run, "MVM");
  const writes = spansOf(run, "WWR");
  const stages = [...new Set(mvms.map(({ stage }) => stage))].sort((a, b) => a - b);

  it("cores write the next partition's weights while others still compute", () => {
    expect(stages.length).toBeGreaterThan(2);
    let early = 0;
    for (const stage of stages.slice(1)) {
      const before = mvms.filter((one) => one.stage === stage - 1);
      for (const core of new Set(writes.filter((one) => one.stage === stage).map((one) => one.core))) {
        const start = first(writes.filter((one) => one.stage === stage && one.core === core));
        if (start < last(before)) early++;
      }
    }
    expect(early).toBeGreaterThan(0);
  });
  it("a core's first write begins when its array's last results are out and its weights are there, whatever other cores do", () => {
    const loads = spansOf(run, "WLD");
    const results = spansOf(run, "ACC.OUT");
    let waitedForOwnWork = 0;
    for (const stage of stages.slice(1))
      for (const core of new Set(writes.filter((one) => one.stage === stage).map((one) => one.core))) {
        const own = (spans: typeof mvms) => spans.filter((one) => one.core === core && one.stage < stage);
        const { start } = writes.filter((one) => one.stage === stage && one.core === core)[0]!;
        // All cores of this chip share each load, or take their own; the first to end is the latest that the first write may need.
        const loaded = Math.min(...loads.filter((one) => one.stage === stage).map(({ end }) => end));
        const used = Math.max(last(own(mvms)), last(own(results)), last(own(writes)));
        expect(start, `core ${core}, partition ${stage}`).toBeLessThanOrEqual(Math.max(loaded, used));
        if (start === used) waitedForOwnWork++;
      }
    expect(waitedForOwnWork).toBeGreaterThan(0);
  });
  it("and loads them into its buffer before, unless that is switched off", () => {
    const ahead = ({ table, program }: typeof run) => {
      const loads = spansOf({ table, program }, "WLD");
      const results = spansOf({ table, program }, "MVM");
      return stages.slice(1).map((stage) => {
        const cores = new Set(results.filter((one) => one.stage === stage - 1).map(({ core }) => core));
        const busy = results.filter((one) => one.stage === stage - 1);
        return (
          cores.size === 2 &&
          first(loads.filter((one) => one.stage === stage)) <
            Math.min(...[...cores].map((core) => last(busy.filter((one) => one.core === core))))
        );
      });
    };
    expect(ahead(run)).toContain(true);
    const off = ran(
      chipWith(() => {}),
      { prefetchWeights: false },
    );
    expect(ahead(off)).not.toContain(true);
    expect(off.simulation.cycles).toBeGreaterThan(run.simulation.cycles);
  });
});

describe("overlap shows in exposed write time", () => {
  const base = ran(chipWith(() => {})).simulation;

  it("a second bank hides writes behind computing", () => {
    const { simulation } = ran(
      chipWith((chip) => {
        Object.assign(chip.core.arrays.write, { doubleBanked: true, swapCycles: 4 });
      }),
    );
    expect(simulation.writes.exposedCycles).toBeLessThan(0.6 * base.writes.exposedCycles);
    expect(simulation.writes.hiddenCycles).toBeGreaterThan(base.writes.hiddenCycles);
    expect(simulation.cycles).toBeLessThan(base.cycles);
  });
  it("more rows a pulse and more ports, more than four too, shorten them", () => {
    const rows = ran(
      chipWith((chip) => {
        chip.core.arrays.write.rowsPerPulse = 8;
      }),
    ).simulation;
    expect(rows.writes.exposedCycles).toBeLessThan(0.4 * base.writes.exposedCycles);
    const wide = (ports: number) =>
      ran(
        chipWith((chip) => {
          chip.cores = 1;
          chip.core.arrays.count = 8;
          chip.core.weightBuffer!.bytes = 16 * 1024;
          chip.core.weightBuffer!.ticksPerByte = { num: 1, den: 64 };
          chip.core.arrays.write.portsPerCore = ports;
        }),
      ).simulation.writes;
    const [one, four, eight] = [wide(1), wide(4), wide(8)];
    expect(four.exposedCycles).toBeLessThan(0.5 * one.exposedCycles);
    expect(eight.exposedCycles).toBeLessThan(0.8 * four.exposedCycles);
  });
});

describe("law 12", () => {
  it("an MVM on what should have been replaced is refused with both names", () => {
    const { program } = ran(plain);
    // The write is gone, its tokens are not: nobody else notices.
    const without = (wanted: number): Program => {
      let seen = 0;
      return {
        ...program,
        streams: program.streams.map((stream) => {
          if (stream.unit !== "weightWrite") return stream;
          const list = Array.from({ length: stream.code.length }, (_, index): Instruction => {
            const { op, waits, posts, tag, ...rest } = stream.code.at(index);
            if (op !== "WWR" || seen++ !== wanted)
              return {
                op,
                ...rest,
                ...(waits && { waits }),
                ...(posts && { posts }),
                ...(tag !== undefined && { tag }),
              } as Instruction;
            return { op: "POST", ...(waits && { waits }), ...(posts && { posts }) };
          });
          return { ...stream, code: packCode(list) };
        }),
      };
    };
    const writes = program.streams.flatMap(({ code }) =>
      Array.from({ length: code.length }, (_, index) => code.at(index).op).filter((op) => op === "WWR"),
    );
    for (let wanted = 0; wanted < writes.length; wanted++)
      expect(() => simulate(without(wanted), plain, { pathTotals: false })).toThrow(/MVM expects tile "conv.*; saw /);
    expect(() => simulate(without(writes.length), plain, { pathTotals: false })).not.toThrow();
  });
});

describe("pipelines", () => {
  it("by samples: a layer starts when its producer has finished the sample", () => {
    ran(plain, { pipeline: "sample", samplesPerRound: 3 }, 3);
    const spans = (pipeline: "window" | "sample") => {
      const run = ran(
        chipWith((chip) => {
          chip.core.arrays.count = 16;
        }),
        { pipeline, replicate: false },
        1,
      );
      const layers = ["conv0", "conv1"].map((layer) => spansOf(run, "MVM", (tag) => tag.layer === layer));
      return { producer: layers[0]!, consumer: layers[1]! };
    };
    const sample = spans("sample");
    expect(sample.consumer.length).toBeGreaterThan(0);
    expect(first(sample.consumer)).toBeGreaterThan(last(sample.producer));
    const window = spans("window");
    expect(first(window.consumer)).toBeLessThan(last(window.producer));
  });
});
