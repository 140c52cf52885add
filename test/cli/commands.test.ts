/** Every command: what it prints for people, and the documented shape for machines. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.js";
import { listChips } from "../../src/hardware/index.js";
import { listNetworks } from "../../src/workload/index.js";
import { SMALL, SMALL_CHIP, temporaryFolder, wordline, wordlineJson } from "./lab.js";

const file = temporaryFolder();

describe("help", () => {
  test("lists every command; each has examples", async () => {
    const { stdout, exit } = await wordline("--help");
    expect(exit).toBe(0);
    const names = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!).filter((name) => name !== "help");
    expect(new Set(names).size).toBeGreaterThanOrEqual(COMMANDS.length);
    for (const name of [
      "run",
      "map",
      "compile",
      "simulate",
      "estimate",
      "check",
      "explain",
      "convert",
      "chips",
      "networks",
    ]) {
      expect(names).toContain(name);
      const help = await wordline(name, "--help");
      expect(help.exit).toBe(0);
      expect(help.stdout, name).toMatch(/Examples?:/);
      expect(help.stdout, name).toContain("--json");
    }
  });

  test("no arguments print the help, --version the version", async () => {
    expect((await wordline()).stdout).toContain("Usage: wordline");
    expect((await wordline("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("chips and networks", () => {
  test("list", async () => {
    const chips = await wordline("chips");
    for (const name of listChips()) expect(chips.stdout).toContain(name);
    const networks = await wordline("networks");
    for (const name of listNetworks()) expect(networks.stdout).toContain(name);
    expect((await wordlineJson("chips", "chips")).value.chips.length).toBe(listChips().length);
    expect((await wordlineJson("networks", "networks")).value.networks.length).toBe(listNetworks().length);
  });

  test.each(listChips())("chip %s with a source for every number", async (name) => {
    const { value } = await wordlineJson("chip", "chips", name);
    expect(value.numbers.filter(({ source }) => source === null)).toStrictEqual([]);
    const { stdout } = await wordline("chips", name);
    expect(stdout).toContain(value.chip.description);
  });

  test("one network, also for another input", async () => {
    const { value } = await wordlineJson("network", "networks", "resnet8@16x16");
    expect(value.layers[0]!.output).toBe("16 × 16 × 16");
    expect((await wordline("networks", "resnet8")).stdout).toContain("stack1.conv1");
  });

  test("the schema of chip files", async () => {
    expect(JSON.parse((await wordline("chips", "--schema")).stdout)).toHaveProperty("properties.core");
  });
});

describe("run", () => {
  test("prints stages, layers, write time, energy, bounds and the verdict", async () => {
    const { stdout, exit, stderr } = await wordline("run", ...SMALL);
    expect(stderr).toBe("");
    expect(exit).toBe(0);
    for (const words of [
      "resnet8@16x16 on compass-s",
      "replaced per partition",
      "estimate",
      "simulated",
      "gap",
      "cause",
    ])
      expect(stdout).toContain(words);
    for (const words of ["exposed", "hidden", "removable", "Energy", "Bounds", "clean:", "stage 0", "stack1.conv1"])
      expect(stdout).toContain(words);
  });

  test("says the same to machines, and writes a folder", async () => {
    const out = file("results");
    const { value } = await wordlineJson("run", "run", ...SMALL, "--out", out, "--no-experiments", "--check-rows", "0");
    expect(readdirSync(out).sort()).toStrictEqual(["mapping.json", "program.cimb", "report.txt", "result.json"]);
    expect(JSON.parse(readFileSync(`${out}/result.json`, "utf8"))).toStrictEqual(JSON.parse(JSON.stringify(value)));
    expect(value.overrides).toStrictEqual({ cores: 1, "core.arrays.count": 4 });
    expect(value.writes.removableCycles).toBeNull();
    const again = await wordlineJson(
      "simulation",
      "simulate",
      `${out}/program.cimb`,
      ...SMALL_CHIP,
      "--check-rows",
      "0",
    );
    expect(again.value.digest).toBe(value.digest);
  });

  test("precision, batch, mapper and ideal parts arrive", async () => {
    const options = [
      "--precision",
      "w8a8",
      "--batch",
      "2",
      "--mapper",
      "layerwise",
      "--ideal",
      "write,adc",
      "--no-experiments",
    ];
    const { value } = await wordlineJson("run", "run", ...SMALL, ...options, "--check-rows", "0");
    expect(value).toMatchObject({
      precision: { weightBits: 8, activationBits: 8 },
      batch: 2,
      mapper: "layerwise",
      ideal: ["adc", "write"],
    });
  });
});

describe("the parts, one after another", () => {
  const program = file("small.cimb");
  const trace = file("small.csv.gz");

  test("map", async () => {
    const { value } = await wordlineJson("mapping", "map", ...SMALL, "--out", file("mapping.json"));
    expect(value.stages.length).toBeGreaterThan(1);
    expect(JSON.parse(readFileSync(file("mapping.json"), "utf8"))).toHaveProperty("format", "wordline-mapping");
    expect((await wordline("map", ...SMALL)).stdout).toContain("stage 1");
  });

  test("compile, and convert to text and back", async () => {
    const { value } = await wordlineJson("program", "compile", ...SMALL, "--out", program);
    expect(value.instructions).toBeGreaterThan(100);
    const there = await wordlineJson("conversion", "convert", program, file("small.cim"));
    expect(there.value.what).toBe("program");
    await wordlineJson("conversion", "convert", file("small.cim"), file("again.cimb"));
    expect(readFileSync(file("again.cimb")).equals(readFileSync(program))).toBe(true);
  });

  test("simulate with two traces", async () => {
    const traces = ["--trace", trace, "--trace", file("small.json")];
    const { value } = await wordlineJson("simulation", "simulate", program, ...SMALL_CHIP, ...traces);
    expect(value.check).toMatchObject({ mode: "trace", violations: [] });
    expect(value.traces.map(({ form }) => form)).toStrictEqual(["csv", "perfetto"]);
    expect(JSON.parse(readFileSync(file("small.json"), "utf8"))).toHaveProperty("traceEvents");
    expect((await wordline("simulate", program, ...SMALL_CHIP)).stdout).toContain("Where the time goes");
  });

  test("check, with and without the program", async () => {
    const known = await wordlineJson("check", "check", trace, "--program", program, ...SMALL_CHIP);
    expect(known).toMatchObject({ exit: 0, value: { check: { violations: [], skipped: [] } } });
    const alone = await wordlineJson("check", "check", trace);
    expect(alone.value.check.violations).toStrictEqual([]);
    expect(alone.value.check.skipped.length).toBeGreaterThan(3);
    expect((await wordline("check", trace)).stdout).toContain("skipped grants");
  });

  test("check finds a trace that was changed, and ends with 1", async () => {
    await wordline("convert", trace, file("plain.csv"));
    const lines = readFileSync(file("plain.csv"), "utf8").split("\n");
    const index = lines.findIndex((line) => line.startsWith("h,") && line.split(",")[7] === "2");
    const cells = lines[index]!.split(",");
    cells[12] = String(Number(cells[12]) + 1);
    lines[index] = cells.join(",");
    const { writeFileSync } = await import("node:fs");
    writeFileSync(file("changed.csv"), lines.join("\n"));
    const { exit, stdout } = await wordline("check", file("changed.csv"), "--program", program, ...SMALL_CHIP);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/violations/);
  });

  test("explain, with and without the program", async () => {
    const { value } = await wordlineJson("explanation", "explain", trace, "--program", program, ...SMALL_CHIP);
    expect(Object.values(value.path.terms).reduce((sum, cycles) => sum + cycles, 0)).toBe(value.cycles);
    expect(value.stages.reduce((sum, { cycles }) => sum + cycles, 0)).toBe(value.cycles);
    expect(value.path.longest.length).toBeGreaterThan(0);
    const alone = await wordlineJson("explanation", "explain", trace);
    expect(alone.value.path.terms).toStrictEqual(value.path.terms);
    expect(alone.value.path.holds).toBeNull();
    expect((await wordline("explain", trace, "--program", program, ...SMALL_CHIP)).stdout).toContain(
      "Longest stretches",
    );
  });

  test("convert a trace to a picture and to a part of itself", async () => {
    await wordline("convert", trace, file("picture.json.gz"), "--program", program);
    expect(existsSync(file("picture.json.gz"))).toBe(true);
    await wordline(
      "convert",
      trace,
      file("part.csv"),
      "--trace-from",
      "100",
      "--trace-until",
      "2000",
      "--trace-cores",
      "0",
    );
    const part = await wordlineJson("check", "check", file("part.csv"));
    expect(part.value.check.violations).toStrictEqual([]);
    expect(part.value.check.skipped.length).toBeGreaterThan(0);
  });

  test("estimate", async () => {
    const { value } = await wordlineJson("estimate", "estimate", ...SMALL);
    const run = await wordlineJson("run", "run", ...SMALL, "--no-experiments", "--check-rows", "0");
    expect(value.estimate).toStrictEqual(run.value.estimate);
    expect((await wordline("estimate", ...SMALL)).stdout).toContain("Assumes:");
  });

  test("convert a network to JSON", async () => {
    const { writeFileSync } = await import("node:fs");
    writeFileSync(
      file("net.csv"),
      "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\nfirst, 8, 8, 3, 3, 3, 8, 1,\n",
    );
    const { value } = await wordlineJson("conversion", "convert", file("net.csv"), file("net.json"));
    expect(value.what).toBe("network");
    expect((await wordlineJson("network", "networks", file("net.json"))).value.layers.length).toBeGreaterThan(0);
  });
});
