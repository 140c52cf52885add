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
    expect(stderr).toContain("stopped");
    expect(readdirSync(folder)).toStrictEqual([]);
  });
});
