/** The program as a process: Ctrl-C, a reader that goes away, quiet in a pipe. Builds dist first, as `npm start` does. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "./lab.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = fileURLToPath(new URL("../../bin/wordline.js", import.meta.url));
const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
const file = temporaryFolder();

beforeAll(() => {
  spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root });
});

function run(...argv: string[]) {
  return spawnSync(process.execPath, [bin, ...argv], { cwd: root, encoding: "utf8" });
}

test("exit codes and streams", () => {
  expect(run("--version")).toMatchObject({ status: 0, stderr: "" });
  const wrong = run("run", "resnet19", "--chip", "compass-s");
  expect(wrong).toMatchObject({ status: 2, stdout: "" });
  expect(wrong.stderr).toContain('did you mean "resnet18"?');
});

test("quiet in a pipe, and a whole result on it", () => {
  const { status, stdout, stderr } = run("run", "resnet8@16x16", "--chip", "compass-s", "--json");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ kind: "run", check: { violations: [] } });
});

test.skipIf(process.platform === "win32")("a reader that goes away is no failure", () => {
  const command = `"${process.execPath}" "${bin}" networks mobilenet_v2 | head -n 1; exit \${PIPESTATUS[0]}`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command], { cwd: root, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout.split("\n").length).toBe(2);
  expect(status).toBe(0);
});

describe.skipIf(process.platform === "win32")("Ctrl-C", () => {
  test.each(["a.csv", "a.json.gz"])("in the middle of %s: 130, and nothing is left", async (name) => {
    const folder = file(`stop-${name}`);
    mkdirSync(folder);
    const child = spawn(process.execPath, [bin, "run", "vgg16", "-c", "compass-m", "--trace", `${folder}/${name}`], {
      cwd: root,
    });
    let stderr = "";
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
    while (child.exitCode === null && readdirSync(folder).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(existsSync(`${folder}/${name}`)).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(stderr).toBe("wordline: interrupted; unfinished files were removed\n");
    expect(readdirSync(folder)).toStrictEqual([]);
  });

  // Simulating looks up and stops by itself; a search does not, so its thread is ended.
  test.each([
    ["simulating", "vgg16", "greedy"],
    ["searching", "resnet18", "compass"],
  ])("while %s: folders made for the results go too, one line says so", async (_, network, mapper) => {
    const parent = file(`out-${mapper}`);
    mkdirSync(parent);
    const search = mapper === "compass" ? ["--generations", "10000"] : [];
    const argv = ["run", network, "-c", "compass-m", "-m", mapper, ...search, "--out", `${parent}/deep/folder`];
    const child = spawn(process.execPath, [bin, ...argv], { cwd: root });
    let stderr = "";
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
    while (child.exitCode === null && !existsSync(`${parent}/deep/folder`))
      await new Promise((resolve) => setTimeout(resolve, 50));
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(stderr).toBe("wordline: interrupted; unfinished files were removed\n");
    expect(readdirSync(parent)).toStrictEqual([]);
  });

  test("a folder that was there stays, and so does what a failed command finds", () => {
    const parent = file("kept");
    mkdirSync(parent);
    const wrong = ["run", "resnet18@32x32", "-c", "compass-s", "-m", "compass", "--unit-rule", "columns", "--out"];
    expect(run(...wrong, parent).status).toBe(2);
    expect(run(...wrong, `${parent}/new`).status).toBe(2);
    expect(readdirSync(parent)).toStrictEqual([]);
  });
});
