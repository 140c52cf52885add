/** The traces in traces/ are what the commands in traces/README.md write today, and keep all laws. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder, wordline } from "../cli/lab.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const file = temporaryFolder();
const readme = readFileSync(`${root}traces/README.md`, "utf8");
const commands = [...readme.matchAll(/^node bin\/wordline\.js simulate (\S+) --chip (\S+) --trace traces\/(\S+)$/gm)];

test("every trace has its command, and is small", () => {
  const names = readdirSync(`${root}traces`).filter((name) => name !== "README.md");
  expect(commands.map(([, , , name]) => name).sort()).toStrictEqual(names.sort());
  for (const name of names) expect(readFileSync(`${root}traces/${name}`).length).toBeLessThan(50_000);
});

test.each(commands.map(([, program, chip, name]) => [name!, program!, chip!] as const))(
  "%s",
  async (name, program, chip) => {
    const { exit } = await wordline("simulate", `${root}${program}`, "--chip", chip, "--trace", file(name));
    expect(exit).toBe(0);
    expect(readFileSync(file(name), "utf8")).toBe(readFileSync(`${root}traces/${name}`, "utf8"));
    const known = ["--program", `${root}${program}`, "--chip", chip];
    expect((await wordline("check", `${root}traces/${name}`, ...known)).exit).toBe(0);
  },
);
