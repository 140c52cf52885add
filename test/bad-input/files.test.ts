/** Bad input in files: networks, chips and programs that are broken, contradictory or meant for something else. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type GraphSpec, writeOnnx } from "../workload/onnx-writer.js";
import { buildIfStale, QUICK, ROOT, refused, SMALL, temporaryFolder, wordline } from "./user.js";

const folder = temporaryFolder();
beforeAll(buildIfStale);

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}

const relu = (input: string, output: string) => ({ op: "Relu", inputs: [input], outputs: [output] });

function graph(nodes: GraphSpec["nodes"]): Uint8Array {
  const constants = [{ name: "w", dims: [8, 4, 3, 3], data: new Array<number>(288).fill(0.5) }];
  return writeOnnx({ inputs: [{ name: "x", dims: [1, 4, 8, 8] }], outputs: ["y"], nodes, constants });
}

const conv = { op: "Conv", name: "first", inputs: ["x", "w"], outputs: ["c"], attributes: { kernel_shape: [3, 3] } };
const good = graph([conv, relu("c", "y")]);

describe("ONNX", () => {
  test("the whole file is read", () => {
    write("good.onnx", good);
    expect(wordline(folder, "networks", "good.onnx")).toMatchObject({ status: 0, stderr: "" });
  });

  test.each([0, 1, 10, 100, Math.floor(good.length / 2), good.length - 1])("truncated after %i bytes", (length) => {
    const message = refused(folder, "run", write("cut.onnx", good.subarray(0, length)), "--chip", "compass-s");
    expect(message).toContain("cut.onnx");
  });

  test.each([0, 1, 2, 3])("corrupted, copy %i", (copy) => {
    const bytes = good.slice();
    for (let at = copy; at < bytes.length; at += 7) bytes[at] = bytes[at]! ^ 0xff;
    expect(refused(folder, "run", write("bad.onnx", bytes), "--chip", "compass-s")).toContain("bad.onnx");
  });

  test("something else under its name", () => {
    refused(folder, "run", write("text.onnx", "this is not a network\n".repeat(9)), "--chip", "compass-s");
  });

  test("an operator that is not supported is named, with its node", () => {
    const bytes = graph([conv, { op: "GridSample", name: "odd", inputs: ["c"], outputs: ["y"] }]);
    const message = refused(folder, "run", write("odd.onnx", bytes), "--chip", "compass-s");
    expect(message).toContain("GridSample");
    expect(message).toContain("odd");
  });

  test("a cyclic graph", () => {
    const bytes = graph([
      conv,
      { op: "Add", name: "sum", inputs: ["c", "b"], outputs: ["a"] },
      relu("a", "b"),
      relu("a", "y"),
    ]);
    expect(refused(folder, "run", write("cycle.onnx", bytes), "--chip", "compass-s")).toMatch(/cycl/i);
  });
});

describe("chips", () => {
  const text = readFileSync(join(ROOT, "src", "hardware", "presets", "compass-s.yaml"), "utf8");

  test("a typo in a field: line, column and the nearest name", () => {
    const line = text.split("\n").findIndex((words) => words.includes("rowsPerPulse:"));
    const column = text.split("\n")[line]!.indexOf("rowsPerPulse") + 1;
    write("typo.yaml", text.replace("rowsPerPulse:", "rowsPerPulze:"));
    const message = refused(folder, "run", "resnet8", "--chip", "typo.yaml");
    expect(message).toContain(`typo.yaml:${line + 1}:${column}`);
    expect(message).toContain('did you mean "rowsPerPulse"?');
  });

  test("text that is no YAML: line and column", () => {
    write("broken.yaml", text.replace("cores: 16", "cores: [16"));
    expect(refused(folder, "run", "resnet8", "--chip", "broken.yaml")).toMatch(/broken\.yaml:\d+:\d+/);
  });

  test.each([
    ["zero columns", /^( +columns:) 256/m, "$1 0", "columns"],
    ["an ADC of 0 bits", /^( +bits:) 9/m, "$1 0", "bits"],
    ["a bus wider than its memory can feed", /^(network:\n.*\n +bandwidth:) 25.6/m, "$1 2560", "network.bandwidth"],
    ["a converter too small for the rows", /^( +bits:) 9/m, "$1 200", "bits"],
    ["no cores", /^cores: 16/m, "cores: 0", "cores"],
    ["a size with the wrong unit", /size: 64 kB/, "size: 64 kW", "size"],
  ])("contradictory: %s", (_, from, to, field) => {
    expect(text).toMatch(from);
    write("odd.yaml", text.replace(from, to));
    const message = refused(folder, "run", "resnet8", "--chip", "odd.yaml");
    expect(message).toMatch(/odd\.yaml:\d+:\d+/);
    expect(message).toContain(field);
  });

  test("the same by --set", () => {
    expect(refused(folder, "run", "resnet8", "--chip", "compass-s", "--set", "core.arrays.columns=0")).toContain(
      "columns",
    );
  });

  test("a folder and nothing at all in place of a chip", () => {
    mkdirSync(join(folder, "folder.yaml"));
    expect(refused(folder, "run", "resnet8", "--chip", "folder.yaml")).toContain("folder.yaml");
    refused(folder, "run", "resnet8", "--chip", write("empty.yaml", ""));
  });
});

describe("programs", () => {
  test("a program for another chip", () => {
    expect(wordline(folder, "compile", ...SMALL, "--out", "small.cimb").status).toBe(0);
    expect(refused(folder, "simulate", "small.cimb", "--chip", "compass-m")).toContain("made for another chip");
  });

  test("half a program", () => {
    const bytes = readFileSync(join(folder, "small.cimb"));
    write("half.cimb", bytes.subarray(0, bytes.length / 2));
    expect(refused(folder, "simulate", "half.cimb", ...SMALL.slice(1))).toContain("half.cimb");
  });

  test("a program that deadlocks says who waits for what", () => {
    const source = readFileSync(join(ROOT, "test", "programs", "compass.cim"), "utf8");
    const head = source.split("\n")[0]!;
    const streams = [
      ".core 0",
      ".stream load",
      "  WAIT wait=0:1",
      "  POST post=1:1",
      ".stream store",
      "  WAIT wait=1:1",
      "  POST post=0:1",
      "",
    ];
    write("stuck.cim", `${head}\n.tag 0 stage=0 layer=none\n\n${streams.join("\n")}`);
    const message = refused(folder, "simulate", "stuck.cim", "--chip", "compass-s", "--trace", "stuck.csv");
    expect(message).toMatch(/deadlock|wait/i);
    expect(message).toContain("core 0 load");
    expect(message).toContain("core 0 store");
  });

  test("a mistake in the text: its line", () => {
    const source = readFileSync(join(ROOT, "test", "programs", "compass.cim"), "utf8");
    const line = source.split("\n").findIndex((words) => words.includes("WWR ")) + 1;
    write("typo.cim", source.replace("WWR ", "WRW "));
    expect(refused(folder, "simulate", "typo.cim", "--chip", "compass-s")).toContain(`typo.cim:${line}`);
  });
});

describe("names", () => {
  test.each([
    [["run", "resnet19", "--chip", "compass-s"], "resnet18"],
    [["run", "resnet8", "--chip", "compas-s"], "compass-s"],
    [["run", "resnet8", "--chip", "compass-s", "--mapper", "gredy"], "greedy"],
    [["run", "resnet8", "--chip", "compass-s", "--bach", "2"], "--batch"],
    [["rum", "resnet8"], "run"],
    [["run", "no/such/file.onnx", "--chip", "compass-s"], "no such file"],
    [["run", "resnet8@0x0", "--chip", "compass-s"], "resnet8"],
    [["run", "resnet8", "--chip", "compass-s", "--set", "core.localMemory.size=512B", ...QUICK], "local memory"],
    [["run", "resnet8", "--chip", "www-digital6t-rf", ...QUICK], "local memory"],
  ])("%j: %s", (argv, words) => {
    expect(refused(folder, ...argv)).toContain(words);
  });
});
