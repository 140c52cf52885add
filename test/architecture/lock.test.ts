/**
 * The lock file is whole: `npm ci` refuses one in which an optional package of another platform is missing.
 * npm leaves such packages out where its registry does not have them, so the file is held to its own dependencies here.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Entry {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), "utf8"));
const lock = read("package-lock.json") as { packages: Record<string, Entry> };

test("every dependency in the lock file has its entry", () => {
  const missing: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    const names = Object.keys({ ...entry.dependencies, ...entry.devDependencies, ...entry.optionalDependencies });
    for (const name of names) {
      // A package is looked for beside and above the one that asks.
      let at = path;
      while (lock.packages[`${at === "" ? "" : `${at}/`}node_modules/${name}`] === undefined) {
        if (at === "") {
          missing.push(`${path || "."} needs ${name}`);
          break;
        }
        at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")));
      }
    }
  }
  expect(missing).toStrictEqual([]);
});

test("package.json and the lock file ask for the same", () => {
  const own = read("package.json") as Entry;
  expect(lock.packages[""]!.dependencies).toStrictEqual(own.dependencies);
  expect(lock.packages[""]!.devDependencies).toStrictEqual(own.devDependencies);
});
