/** Runs command lines in this process, in a folder of their own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { runCli } from "../../src/cli/cli.js";
import { MemoryTerminal } from "../../src/cli/terminal.js";
import { RESULT_SCHEMAS } from "../../src/results/index.js";

/** What a command line left behind. */
export interface Outcome {
  exit: number;
  stdout: string;
  stderr: string;
  terminal: MemoryTerminal;
}

/** Runs one command line. */
export async function wordline(...argv: string[]): Promise<Outcome> {
  const terminal = new MemoryTerminal();
  const exit = await runCli(argv, terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr, terminal };
}

/** Runs one command line with `--json` and holds what it prints to the documented shape. */
export async function wordlineJson<Kind extends keyof typeof RESULT_SCHEMAS>(kind: Kind, ...argv: string[]) {
  const { exit, stdout, stderr } = await wordline(...argv, "--json");
  if (stdout === "") throw new Error(`nothing printed, exit ${exit}: ${stderr}`);
  const value = JSON.parse(stdout) as { kind: string };
  if (value.kind !== kind) throw new Error(`expected ${kind}, saw ${value.kind}`);
  return { exit, value: RESULT_SCHEMAS[kind].parse(value) as ReturnType<(typeof RESULT_SCHEMAS)[Kind]["parse"]> };
}

/** A folder that goes away after the tests of a file. */
export function temporaryFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "wordline-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

/** A small network on a chip that is too small for it. */
export const SMALL = ["resnet8@16x16", "--chip", "compass-s", "--set", "cores=1", "--set", "core.arrays.count=4"];
/** The chip alone. */
export const SMALL_CHIP = SMALL.slice(1);
