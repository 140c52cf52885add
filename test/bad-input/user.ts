/** A user at a shell: `node bin/wordline.js …` from dist, in a folder of their own; dist is built first where sources are newer. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect } from "vitest";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const BIN = join(ROOT, "bin", "wordline.js");

/** Builds dist unless nothing changed since it was built. */
export function buildIfStale(): void {
  const built = statSync(join(ROOT, "dist", ".tsbuildinfo"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  if (sources.every((file) => statSync(join(ROOT, "src", file)).mtimeMs < built)) return;
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: ROOT });
}

/** What a command line left behind. */
export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs one command line in a folder. */
export function wordline(folder: string, ...argv: string[]): Outcome {
  return spawnSync(process.execPath, [BIN, ...argv], { cwd: folder, encoding: "utf8" });
}

/** Runs one command line that must be refused: one clear message, no stack, exit code 2, no file that was not there. */
export function refused(folder: string, ...argv: string[]): string {
  const before = readdirSync(folder).sort();
  const { status, stdout, stderr } = wordline(folder, ...argv);
  expect(stderr).toMatch(/^wordline: /);
  expect(stderr).not.toMatch(/\n\s+at |internal error|undefined|NaN|\[object/);
  expect({ status, stdout }).toStrictEqual({ status: 2, stdout: "" });
  expect(readdirSync(folder).sort()).toStrictEqual(before);
  return stderr;
}

/** A folder that goes away after the tests of a file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "wordline-user-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A small network on a chip that is too small for it. */
export const SMALL = ["resnet8@16x16", "--chip", "compass-s", "--set", "cores=1", "--set", "core.arrays.count=4"];
/** No further runs, no check. */
export const QUICK = ["--no-experiments", "--check-rows", "0"];
