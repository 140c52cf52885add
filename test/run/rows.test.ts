/** Rows expected against rows written; layers' own time; limits of every chip. */
import { expect, test } from "vitest";
import { sumTerms } from "../../src/base/index.js";
import { listChips, readChip } from "../../src/hardware/index.js";
import { checkProgram } from "../../src/isa/index.js";
import { simulate } from "../../src/machine/index.js";
import { expectedRows } from "../../src/run/expected-rows.js";
import { compileNetwork, limitsOf } from "../../src/run/index.js";
import { layerTerms } from "../../src/run/layer-terms.js";
import { JoinedSink, LimitedMemory } from "../../src/run/sinks.js";
import { MemorySink } from "../../src/trace/index.js";
import { smallNetwork, tightChip } from "./networks.js";

const chip = tightChip();
const { program } = compileNetwork(smallNetwork(), chip);
const memory = new MemorySink();
const small = new LimitedMemory(100);
const sink = new JoinedSink([memory, small]);
const simulation = simulate(program, chip, { sink });

test("rows are counted before the run as they come", () => {
  const { instructions, holds } = memory.table;
  const expected = expectedRows(program, chip);
  expect(expected.instructions).toBe(instructions.length);
  // The issue hold of a stream's last instruction holds nobody up, and is not written.
  expect(expected.holds - holds.length).toBe(program.streams.length);
});

test("a memory lets go of a trace beyond its limit", async () => {
  await sink.ended;
  expect(small.table).toBeUndefined();
});

test("a layer's terms lie within its service time", () => {
  const terms = layerTerms(memory.table, program, chip);
  for (const { tag, layer, serviceCycles } of simulation.tags) {
    const own = terms[tag];
    if (own === undefined) continue;
    expect(sumTerms(own), layer).toBeLessThanOrEqual(serviceCycles);
    expect(sumTerms(own), layer).toBeGreaterThan(0.5 * serviceCycles);
  }
});

test.each(listChips())("%s refuses programs of other chips and nothing else of its own", (name) => {
  const limits = limitsOf(readChip(name));
  expect(limits.cores).toBeGreaterThan(0);
  const own = {
    ...program,
    structureDigest: limits.structureDigest,
    streams: [],
    tags: [],
    tiles: [],
    groups: [],
    tensors: [],
  };
  expect(checkProgram({ ...own, cores: limits.cores }, limits)).toStrictEqual([]);
  expect(checkProgram({ ...own, structureDigest: "0" }, limits).map(({ code }) => code)).toStrictEqual([
    "another-chip",
  ]);
});
