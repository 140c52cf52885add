/** The README's commands work as they stand there, one after another. `UPDATE_DOCS=1` also renews its sample of `npm start`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.js";
import { temporaryFolder, wordline } from "./lab.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = `${root}README.md`;
const text = readFileSync(page, "utf8");
const folder = temporaryFolder();
const before = process.cwd();

beforeAll(() => process.chdir(folder("")));
afterAll(() => process.chdir(before));

const commands = [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block]) => block!.split("\n"))
  .filter((line) => line.startsWith("npx wordline "));

describe("commands of the README", () => {
  test("are some of every kind", () => {
    expect(commands.length).toBeGreaterThan(COMMANDS.length);
  });

  test.each(commands)("%s", async (line) => {
    const { exit, stdout, stderr } = await wordline(...line.split(" ").slice(2));
    expect(stderr).toBe("");
    expect(exit).toBe(0);
    expect(stdout.length).toBeGreaterThan(0);
  });
});

test("links of the README lead somewhere", () => {
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target]) => target!);
  expect(links.filter((target) => !existsSync(`${root}${target}`))).toStrictEqual([]);
});

test("the README shows a sample", () => {
  expect(text).toMatch(/```text\nresnet18 on compass-s[\s\S]*removable[\s\S]*```/);
});

test.runIf(process.env["UPDATE_DOCS"])("the sample is renewed", async () => {
  const { stdout } = await wordline("demo", "--out", folder("demo"));
  const part = (from: string, until: string) => stdout.slice(stdout.indexOf(from), stdout.indexOf(until));
  const beginning = part("resnet18 on", "\n  stage 2 ").replace(/^.*CPU seconds.*\n/m, "");
  const end = part("\nWriting weights", "\nWhere the time goes");
  const sample = `${beginning}\n  …\n${end}`.trimEnd();
  const [head, tail] = [text.indexOf("```text\n"), text.indexOf("```\n<!-- end of sample")];
  writeFileSync(page, `${text.slice(0, head)}\`\`\`text\n${sample}\n${text.slice(tail)}`);
});
