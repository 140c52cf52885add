import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import {
  abortOpenOutputs,
  csvTrace,
  type FileCalls,
  FileOutput,
  NODE_FILE_CALLS,
  perfettoTrace,
  TeeSink,
} from "../../src/trace/index.js";
import { freshFolder, userErrorOf } from "./helpers.js";
import { makeSample, play } from "./sample.js";

const folder = freshFolder();
const systemError = (code: string, reason: string, call: string) =>
  Object.assign(new Error(`${code}: ${reason}, ${call}`), { code });

/** Calls that take at most 1000 bytes at a time and fail after `limit` bytes. */
function fullDisk(limit: number): FileCalls {
  let written = 0;
  return {
    ...NODE_FILE_CALLS,
    write(descriptor, bytes, offset, length) {
      const taken = Math.min(length, 1000);
      if (written + taken > limit) throw systemError("ENOSPC", "no space left on device", "write");
      written += taken;
      return NODE_FILE_CALLS.write(descriptor, bytes, offset, taken);
    },
  };
}

describe("an output file", () => {
  it("appears at its end and not before, whole although the system takes little at a time", () => {
    const file = path.join(folder, "a.txt");
    fs.writeFileSync(file, "old");
    const output = new FileOutput(file, { calls: fullDisk(1e9) });
    output.write(Buffer.alloc(4500, "x"));
    expect(fs.readFileSync(file, "utf8")).toBe("old");
    expect(fs.readdirSync(folder).some((name) => name === `a.txt.partial-${process.pid}`)).toBe(true);
    output.finish();
    expect(fs.readFileSync(file, "utf8")).toBe("x".repeat(4500));
    expect(fs.readdirSync(folder)).toEqual(["a.txt"]);
    output.abort();
    expect(fs.existsSync(file)).toBe(true);
  });

  it.each(["full.csv", "full.csv.gz", "full.json"])("leaves nothing of %s when the disk is full", async (name) => {
    const file = path.join(folder, name);
    const open = name.includes("json") ? perfettoTrace : csvTrace;
    const error = await userErrorOf(() => play(makeSample(700), open(file, { calls: fullDisk(40_000) })));
    expect(error.message).toBe(
      `${file}: cannot write this file; nothing is left under its name; saw ENOSPC: no space left on device`,
    );
    expect(fs.readdirSync(folder).filter((left) => left.startsWith("full"))).toEqual([]);
  });

  it("drops the other outputs of a tee when one fails", async () => {
    const other = path.join(folder, "tee-other.csv");
    const sink = new TeeSink([csvTrace(other), csvTrace(path.join(folder, "tee.csv"), { calls: fullDisk(10_000) })]);
    await userErrorOf(() => play(makeSample(700), sink));
    expect(fs.readdirSync(folder).filter((left) => left.startsWith("tee"))).toEqual([]);
  });

  it("is removed where closing or renaming fails", async () => {
    for (const call of ["close", "rename"] as const) {
      const calls: FileCalls = {
        ...NODE_FILE_CALLS,
        [call]: () => {
          throw systemError("EDQUOT", "disk quota exceeded", call);
        },
      };
      const output = new FileOutput(path.join(folder, "quota.csv"), { calls });
      expect((await userErrorOf(() => output.finish())).message).toMatch(/saw EDQUOT: disk quota exceeded$/);
      expect(fs.readdirSync(folder).filter((left) => left.startsWith("quota"))).toEqual([]);
    }
  });

  it("tells a missing folder, a file in place of one, a folder in its place, and a folder without leave to write", async () => {
    const refusal = async (file: string, calls?: FileCalls) =>
      (await userErrorOf(() => new FileOutput(file, calls ? { calls } : {}))).message;
    expect(await refusal(path.join(folder, "no", "a.csv"))).toMatch(/no\/a\.csv: .*saw ENOENT.*a folder that exists/);
    expect(await refusal(path.join(folder, "a.txt", "a.csv"))).toMatch(/saw ENOTDIR/);
    expect(await refusal(folder)).toMatch(/saw EISDIR/);
    const denied: FileCalls = {
      ...NODE_FILE_CALLS,
      open: () => {
        throw systemError("EACCES", "permission denied", "open 'a'");
      },
    };
    expect(await refusal(path.join(folder, "b.csv"), denied)).toMatch(/saw EACCES: permission denied$/);
  });

  it.skipIf(process.getuid?.() === 0)("is refused by a folder without leave to write, for real", async () => {
    const closed = path.join(folder, "closed");
    fs.mkdirSync(closed, { mode: 0o500 });
    expect((await userErrorOf(() => new FileOutput(path.join(closed, "a.csv")))).message).toMatch(/EACCES/);
  });

  it("refuses two outputs to one file, follows links, and never replaces a device", async () => {
    const file = path.join(folder, "twice.csv");
    const output = new FileOutput(file);
    expect((await userErrorOf(() => new FileOutput(file))).message).toMatch(/two outputs/);
    output.abort();
    fs.writeFileSync(file, "");
    const link = path.join(folder, "link.csv");
    fs.symlinkSync(file, link);
    const linked = new FileOutput(link);
    linked.write(Buffer.from("new"));
    linked.finish();
    expect(fs.readFileSync(file, "utf8")).toBe("new");
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    const device = new FileOutput("/dev/null");
    device.write(Buffer.from("new"));
    device.finish();
    expect(fs.statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  it.runIf(fs.existsSync("/dev/full"))("tells a real full device", async () => {
    const output = new FileOutput("/dev/full");
    expect((await userErrorOf(() => output.write(Buffer.from("x")))).message).toMatch(/ENOSPC/);
  });

  it("is dropped by abortOpenOutputs, and when the process exits", () => {
    // The compiled file: a child without a loader.
    const built = path.resolve("dist/trace/file-output.js");
    if (!fs.existsSync(built)) execFileSync("npm", ["run", "build", "--silent"]);
    const file = path.join(folder, "interrupted.csv");
    new FileOutput(file);
    abortOpenOutputs();
    const script = `const { FileOutput } = await import(${JSON.stringify(pathToFileURL(built).href)});
      new FileOutput(${JSON.stringify(file)}).write(Buffer.from("x")); process.exit(3);`;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
    expect(child.status).toBe(3);
    expect(fs.readdirSync(folder).filter((left) => left.startsWith("interrupted"))).toEqual([]);
  });
});
