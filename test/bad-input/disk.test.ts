/** A full disk, folders nobody may write to, and Ctrl-C: the exit code says so and nothing half-written is left. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BIN, buildIfStale, QUICK, refused, SMALL, temporaryFolder } from "./user.js";

const folder = temporaryFolder();
beforeAll(buildIfStale);

const small = join(folder, "small");
mkdirSync(small);
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small]).status === 0;
afterAll(() => {
  if (mounted) spawnSync("umount", [small]);
});

describe("a full disk", () => {
  test.skipIf(!mounted).each(["run.csv", "run.json", "run.json.gz"])("of 64 kB, %s", (name) => {
    expect(refused(small, "run", ...SMALL, ...QUICK, "--trace", name)).toContain("ENOSPC");
  });

  test.skipIf(!mounted)("of 64 kB, a folder of results", () => {
    writeFileSync(join(small, "filler"), "x".repeat(56 * 1024));
    const message = refused(small, "compile", ...SMALL, "--out", "small.cim");
    expect(message).toContain("ENOSPC");
  });

  test("by /dev/full", () => {
    symlinkSync("/dev/full", join(folder, "full.csv"));
    expect(refused(folder, "run", ...SMALL, ...QUICK, "--trace", "full.csv")).toContain("ENOSPC");
  });
});

describe("a folder nobody may write to", () => {
  // The superuser may write anywhere but where the kernel says no.
  const isRoot = process.getuid?.() === 0;
  const locked = isRoot ? "/proc" : join(folder, "locked");
  if (!isRoot) {
    mkdirSync(locked);
    chmodSync(locked, 0o555);
  }

  test.each([
    ["a trace", ["run", ...SMALL, ...QUICK, "--trace", `${locked}/run.csv`]],
    ["a folder of results", ["run", ...SMALL, ...QUICK, "--out", `${locked}/results`]],
    ["a program", ["compile", ...SMALL, "--out", `${locked}/small.cim`]],
  ])("%s", (_, argv) => {
    expect(refused(folder, ...argv)).toContain(locked);
  });
});

describe("Ctrl-C in the middle of a trace", () => {
  test.each(["run.csv", "run.csv.gz", "run.json"])(
    "%s: 130, the file that was there stays, nothing else is left",
    async (name) => {
      const where = join(folder, `stop-${name}`);
      mkdirSync(where);
      writeFileSync(join(where, name), "from before");
      const child = spawn(process.execPath, [BIN, "run", "resnet18", "-c", "compass-m", "--trace", name], {
        cwd: where,
      });
      let stderr = "";
      child.stderr.on("data", (data) => {
        stderr += data;
      });
      const ended = new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code)));
      while (child.exitCode === null && readdirSync(where).length < 2)
        await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill("SIGINT");
      expect(await ended).toBe(130);
      expect(stderr).toContain("interrupted; unfinished files were removed");
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(readdirSync(where)).toStrictEqual([name]);
      expect(readFileSync(join(where, name), "utf8")).toBe("from before");
    },
  );
});
