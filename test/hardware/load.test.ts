/** Wrong chip files are answered with file, line, column, what was seen, what would be accepted and the nearest name (law 14). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Problem, UserError } from "../../src/base/index.js";
import { parseChip, parseOverrides, readChip } from "../../src/hardware/index.js";

const thread = readFileSync(new URL("../../src/hardware/presets/thread-2.yaml", import.meta.url), "utf8");

/** The problems of a chip file. */
function problemsOf(text: string, set = {}): readonly Problem[] {
  try {
    parseChip(text, "x.yaml", { set });
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  return [];
}

/** thread-2 with one piece of text replaced by another. */
function changed(from: string, to: string): string {
  expect(thread).toContain(from);
  return thread.replace(from, to);
}

/** Line and column (from 1) of a piece of text. */
function placeOf(text: string, part: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(part)).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

describe("misspelt and malformed fields", () => {
  it("names the nearest field at its line and column", () => {
    const text = changed("convertersPerGroup: 32", "convertersPerGruop: 32");
    const problems = problemsOf(text);
    expect(problems).toHaveLength(2);
    const typo = problems.find((problem) => problem.code === "unknown-field")!;
    expect(typo.place).toMatchObject({ file: "x.yaml", ...placeOf(text, "convertersPerGruop") });
    expect(typo).toMatchObject({ seen: "convertersPerGruop", nearest: "convertersPerGroup" });
    expect(problems.find((problem) => problem.code === "missing-field")!.message).toContain("convertersPerGroup");
  });

  it("points at a wrong value and says what would be accepted", () => {
    const text = changed("pulseTime: 20 ns", "pulseTime: 20 n");
    const [problem, ...rest] = problemsOf(text);
    expect(rest).toEqual([]);
    expect(problem!.place).toMatchObject({ ...placeOf(text, "20 n\n"), field: "core.arrays.write.pulseTime" });
    expect(problem).toMatchObject({ code: "bad-value", seen: '"20 n"' });
    expect(problem!.accepted).toContain('"10 ns"');
  });

  it("knows the fields of the kind that was chosen", () => {
    const text = changed("kind: bus", "kind: bus\n  hopTime: 1");
    expect(problemsOf(text)[0]).toMatchObject({ code: "unknown-field", seen: "hopTime" });
    expect(problemsOf(text)[0]!.accepted).not.toContain("hopTime");
  });

  it("offers the kinds there are", () => {
    expect(problemsOf(changed("kind: bus", "kind: buss"))[0]).toMatchObject({ accepted: "bus, mesh", nearest: "bus" });
    expect(problemsOf(changed("arbitration: round-robin", "arbitration: round_robin"))[0]).toMatchObject({
      nearest: "round-robin",
    });
  });

  it.each([
    ["rows: 64", "rows: 0"],
    ["columns: 64", "columns: 0"],
    ["cellBits: 2", "cellBits: 0"],
    ["cellBits: 2", "cellBits: 2\n    depth: 0"],
    ["bits: 7", "bits: 0"],
    ["columns: 64", "columns: 6.5"],
    ["cores: 2", "cores: two"],
    ["bandwidth: 8 B/cycle", "bandwidth: 8 B/cycle\n  packet: 0"],
    ["bandwidth: 8 B/cycle", "bandwidth: 8 B/cycle\n  packet: 0 B"],
    ["bandwidth: 8 B/cycle", "bandwidth: 0 B/cycle"],
    ["pulseTime: 20 ns", "pulseTime: 0 ns"],
    ["pulseTime: 20 ns", "pulseTime: -1"],
    ["pulseTime: 20 ns", "pulseTime: 1.5"],
    ["size: 4 kB", "size: 0.3 B"],
    ["size: 4 kB", "size: 4 kq"],
    ["clock: 1 GHz", "clock: 1"],
    ["clock: 1 GHz", "clock: 0.5 Hz"],
    ["inputRegisters: 2", "inputRegisters: 3"],
    ["weightBits: [4, 8]", "weightBits: []"],
    ["weightBits: [4, 8]", "weightBits: [4, 8.5]"],
    ["name: thread-2", "name: Thread 2"],
    [
      "verify: { kind: read, readTime: 5 ns }",
      "verify: { kind: program, readTime: 5 ns, maxPasses: 2, passProbability: 0 }",
    ],
  ])("refuses %s as %s at its line", (from, to) => {
    const problems = problemsOf(changed(from, to));
    expect(problems.length).toBeGreaterThan(0);
    expect(new Set(problems.map((problem) => problem.place!.field)).size).toBe(problems.length);
    const line = placeOf(thread, from).line;
    for (const problem of problems) {
      expect(problem.place!.line).toBeGreaterThanOrEqual(line);
      expect(problem.place!.line).toBeLessThanOrEqual(line + 1);
      expect(problem.seen).toBeDefined();
      expect(`${problem.accepted ?? problem.message}`).toMatch(/\w/);
    }
  });

  it("reports everything at once, contradictions beside typing errors, in reading order", () => {
    const text = changed("arraysPerGroup: 4", "arraysPerGroup: 3")
      .replace("cores: 2", "corse: 2")
      .replace("rowsActive: 32", "rowsActive: 65")
      .replace("storeAck: written", "storeAck: never");
    const problems = problemsOf(text);
    const fields = problems.map((problem) => problem.place!.field);
    for (const field of [
      "corse",
      "cores",
      "core.arrays.timing.converter.arraysPerGroup",
      "core.arrays.timing.rowsActive",
      "dram.storeAck",
    ])
      expect(fields).toContain(field);
    const lines = problems.map((problem) => problem.place!.line!);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
  });
});

describe("YAML itself", () => {
  it.each([
    ["a field given twice", "cores: 2\ncores: 3\n", "duplicate-field", 2],
    ["a tab", "core:\n\tarrays: 1\n", "not-yaml", 2],
    ["an open bracket", "weightBits: [4\ncores: 2\n", "not-yaml", 2],
    ["an unknown tag", "name: !chip x\n", "not-yaml", 1],
    ["two documents", "name: a\n---\nname: b\n", "not-yaml", 2],
  ])("answers %s", (_, text, code, line) => {
    expect(problemsOf(text)).toContainEqual(
      expect.objectContaining({ code, place: expect.objectContaining({ line }) }),
    );
  });

  it.each(["", "- a\n", "7\n"])("answers a file that holds no fields: %j", (text) => {
    expect(problemsOf(text)).toMatchObject([{ message: "a chip file holds named fields" }]);
  });

  it("names the repeated field and its second line", () => {
    const text = changed("cores: 2", "cores: 2\ncores: 3");
    const { line } = placeOf(thread, "cores: 2");
    expect(problemsOf(text)).toMatchObject([{ seen: "cores", place: { line: line + 1, column: 1 } }]);
  });
});

describe("finding a chip", () => {
  it("reads a file by path", () => {
    const folder = mkdtempSync(join(tmpdir(), "wordline-chip-"));
    try {
      const path = join(folder, "mine.yaml");
      writeFileSync(path, thread);
      expect(readChip(path)).toEqual(readChip("thread-2"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("names the nearest preset, and tells a missing file from an unknown name", () => {
    expect(() => readChip("compas-s")).toThrow(/unknown chip; saw compas-s; .*did you mean "compass-s"/);
    expect(() => readChip("./no/such.yaml")).toThrow(/cannot be read \(ENOENT\)/);
  });
});

describe("overrides", () => {
  it("change the YAML form before validation", () => {
    const set = { "core.arrays.count": 32, "core.arrays.write.pulseTime": "1 us", "dram.channels": 2 };
    const chip = readChip("compass-s", { set });
    expect(chip.core.arrays.count).toBe(32);
    expect(chip.core.outstanding.mvm).toBe(64);
    expect(chip.core.arrays.write.pulseCycles).toBe(1000);
    expect(chip.dram!.channels).toBe(2);
  });

  it("replace whole parts, take parts away, reach into lists", () => {
    const chip = readChip("thread-2", {
      set: {
        "core.arrays.timing.converter": { kind: "adderTree", latency: 3 },
        "energy.conversion": null,
        "weightBits.0": 2,
        sources: null,
      },
    });
    expect(chip.core.arrays.timing).toMatchObject({ converter: { kind: "adderTree", latencyCycles: 3 } });
    expect(chip.energy.conversionPj).toBe(0);
    expect(chip.weightBits).toEqual([2, 8]);
  });

  it("are validated like the file, and marked", () => {
    const [problem] = problemsOf(thread, { "core.arrays.write.rowsPerPulze": 4 });
    expect(problem).toMatchObject({
      code: "unknown-field",
      nearest: "rowsPerPulse",
      place: { file: "x.yaml (override)" },
    });
    expect(problemsOf(thread, { "cores.x": 4 })).toMatchObject([{ code: "bad-override" }]);
    expect(problemsOf(thread, { cores: 0 })).toMatchObject([{ seen: "0", place: { field: "cores" } }]);
  });

  it("can be written as texts", () => {
    expect(parseOverrides(["a.b=4", "c = 10 ns", "d=[1, 2]", "e=null", "f=true", "g={ kind: none }"])).toEqual({
      "a.b": 4,
      c: "10 ns",
      d: [1, 2],
      e: null,
      f: true,
      g: { kind: "none" },
    });
    expect(() => parseOverrides(["core.arrays", "=3", "a=[1"])).toThrow(/saw core.arrays[\s\S]*saw =3[\s\S]*saw a=\[1/);
  });
});
