/** Wrong input: one clear message with everything that is wrong, exit code 2, no stack, no half file (law 14). */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/cli.js";
import { MemoryTerminal } from "../../src/cli/terminal.js";
import { SMALL, SMALL_CHIP, temporaryFolder, wordline } from "./lab.js";

const file = temporaryFolder();

async function refused(...argv: string[]): Promise<string> {
  const { exit, stdout, stderr } = await wordline(...argv);
  expect(exit).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stderr).toMatch(/^wordline: /);
  return stderr;
}

describe("names", () => {
  test.each([
    [["rnu"], "Did you mean run?"],
    [["run", "resnet18", "--chip", "compass-s", "--bacth", "2"], "Did you mean --batch?"],
    [["run", "resnet19", "--chip", "compass-s"], 'did you mean "resnet18"?'],
    [["run", "resnet18", "--chip", "compas-s"], 'did you mean "compass-s"?'],
    [["run", "resnet18", "--chip", "compass-s", "--ideal", "wriet"], 'did you mean "write"?'],
    [["run", "resnet18", "--chip", "compass-s", "--mapper", "greddy"], 'did you mean "greedy"?'],
    [["run", "resnet18", "--chip", "compass-s", "--set", "core.arrays.cout=3"], 'did you mean "count"?'],
    [["chips", "isac"], 'did you mean "isaac"?'],
    [["networks", "vgg17"], 'did you mean "vgg16"?'],
    [["run", "resnet8", "--chip", "compass-s", "--trace", "x.csv", "--trace-units", "mmv"], 'did you mean "mvm"?'],
  ])("%j: %s", async (argv, words) => {
    expect(await refused(...argv)).toContain(words);
  });
});

describe("values", () => {
  test.each([
    [["run", "resnet8"], "--chip"],
    [["run", "resnet8", "--chip", "compass-s", "--batch", "0"], "1 or more"],
    [["run", "resnet8", "--chip", "compass-s", "--batch", "two"], "whole number"],
    [["run", "resnet8", "--chip", "compass-s", "--precision", "8"], "such as w8a8"],
    [["run", "resnet8", "--chip", "compass-s", "--precision", "w3a3"], "accepted: 4, 8"],
    [["run", "resnet8", "--chip", "compass-s", "--mode", "slow"], "coarse, fine"],
    [["run", "resnet8", "--chip", "compass-s", "--trace", "x.txt"], "ending in .csv"],
    [
      ["run", "resnet8", "--chip", "compass-s", "--trace-from", "9", "--trace-until", "3", "--trace", "x.csv"],
      "from before until",
    ],
    [["compile", "resnet8", "--chip", "compass-s", "--out", "x.bin"], ".cim"],
    [["convert", "a.cim", "b.json"], ".cimb"],
    [["convert", "a.txt", "b.txt"], "accepted"],
    [["check", "nowhere.csv"], "cannot read"],
    [["check", "nowhere.csv", "--program", "x.cim"], "--chip"],
    [["run", "nowhere.onnx", "--chip", "compass-s"], "no such file"],
    [["run", "resnet8", "extra", "--chip", "compass-s"], "too many arguments"],
  ])("%j: %s", async (argv, words) => {
    expect(await refused(...argv)).toContain(words);
  });

  test("everything wrong with network and chip at once", async () => {
    writeFileSync(file("bad.yaml"), "name: bad\nclokc: 1 GHz\ncores: 0\n");
    const message = await refused("run", "resnet19", "--chip", file("bad.yaml"));
    expect(message).toMatch(/^wordline: \d+ problems\n/);
    expect(message).toContain('did you mean "resnet18"?');
    expect(message).toContain('did you mean "clock"?');
    expect(message).toContain("bad.yaml:2");
  });

  test("a program for another chip", async () => {
    await wordline("compile", ...SMALL, "--out", file("small.cimb"));
    expect(await refused("simulate", file("small.cimb"), "--chip", "compass-m")).toContain("made for another chip");
  });

  test("a broken program file", async () => {
    writeFileSync(file("broken.cim"), "what is this\n");
    await refused("simulate", file("broken.cim"), "--chip", "compass-s");
  });
});

describe("files", () => {
  const quick = ["--no-experiments", "--check-rows", "0"];

  test("a full disk", async () => {
    symlinkSync("/dev/full", file("full.csv"));
    expect(await refused("run", ...SMALL, ...quick, "--trace", file("full.csv"))).toContain("ENOSPC");
  });

  test("a folder that is not there, or that is a file", async () => {
    expect(await refused("run", ...SMALL, ...quick, "--trace", file("no/where.csv"))).toContain("a folder that exists");
    writeFileSync(file("plain"), "");
    expect(await refused("run", ...SMALL, ...quick, "--out", file("plain"))).toContain("cannot make this folder");
    expect(await refused("run", ...SMALL, ...quick, "--trace", file("plain/x.csv"))).toContain("cannot write");
  });

  test("one of two traces fails: neither is left", async () => {
    mkdirSync(file("two"));
    await refused("run", ...SMALL, ...quick, "--trace", file("two/a.csv"), "--trace", file("two/none/b.csv"));
    expect(readdirSync(file("two"))).toStrictEqual([]);
  });

  test("stopped in the middle: exit code 130, nothing left", async () => {
    mkdirSync(file("stop"));
    const terminal = new MemoryTerminal(true);
    const { progress } = terminal;
    terminal.progress = (state) => {
      if (state?.step === "simulate") terminal.stop = true;
      progress.call(terminal, state);
    };
    const exit = await runCli(["run", "resnet18", ...SMALL_CHIP.slice(0, 2), "--trace", file("stop/a.csv")], terminal);
    expect(exit).toBe(130);
    expect(terminal.stderr).toContain("interrupted");
    expect(readdirSync(file("stop"))).toStrictEqual([]);
  });
});
