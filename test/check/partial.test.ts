/** A trace of which rows were left out, and a trace without its program: what can be checked is, and the rest is named. */
import { describe, expect, it } from "vitest";
import { check, type LawName } from "../../src/check/index.js";
import { FilterSink, MemorySink, replayTable, type TraceFilter, type TraceTable } from "../../src/trace/index.js";
import { run } from "../machine/lab.js";
import { hands, onMesh, phased } from "./programs.js";

const NEED_ALL_ROWS: LawName[] = ["header", "digest", "start", "counts", "path", "writes", "tiles"];

async function filtered(table: TraceTable, filter: TraceFilter): Promise<TraceTable> {
  const memory = new MemorySink();
  await replayTable(table, new FilterSink(memory, filter));
  return memory.table;
}

describe("a filtered trace", () => {
  for (const { name, program, chip } of hands)
    it(`"${name}" is in order as far as it goes, and the laws that need all rows are named`, async () => {
      const { table } = run(program, chip);
      const middle = Math.floor(table.footer.makespanTicks / 2);
      for (const filter of [
        { fromTick: middle - 40, untilTick: middle + 40 },
        { units: ["mvm", "load"] },
        { cores: [3] },
      ]) {
        const report = check(await filtered(table, filter), program, chip);
        expect(report.violations).toEqual([]);
        const skipped = report.skipped.map(({ law }) => law);
        expect(skipped).toEqual(expect.arrayContaining(NEED_ALL_ROWS));
      }
    });

  it("still catches a hold of a wrong length in its window", async () => {
    const { program, chip } = onMesh;
    const cut = await filtered(run(program, chip).table, { fromTick: 10 });
    const row = [...cut.holds.stage].findIndex((stage, at) => stage === 0 && cut.holds.startTick[at]! > 20);
    cut.holds.endTick[row]! += 1;
    expect(check(cut, program, chip).violations.length).toBeGreaterThan(0);
  });

  it("still catches a cause that ended at another tick", async () => {
    const { program, chip } = phased;
    const cut = await filtered(run(program, chip).table, { units: ["mvm"] });
    const row = [...cut.holds.causeStage].findIndex((stage, at) => stage >= 0 && cut.holds.stage[at]! > 0);
    cut.holds.releaseTick[row]! -= 1;
    expect(check(cut, program, chip).violationCounts.cause).toBeGreaterThan(0);
  });
});

describe("a trace without program and chip", () => {
  it("is checked for rows, named causes, ports and the tiling of the path", () => {
    const { table } = run(phased.program, phased.chip);
    const report = check(table);
    expect(report.violations).toEqual([]);
    expect(report.skipped.map(({ law }) => law)).toEqual(
      expect.arrayContaining<LawName>(["grants", "arrays", "start", "cause", "counts", "bounds", "tiles"]),
    );
    table.holds.releaseTick[table.holds.length - 1]! -= 1;
    expect(Object.keys(check(table).violationCounts)).toEqual(["cause", "path"]);
  });

  it("of another program or chip is refused by its header", () => {
    const { table } = run(phased.program, phased.chip);
    expect(check(table, onMesh.program, onMesh.chip).violationCounts.header).toBeGreaterThan(0);
  });
});
