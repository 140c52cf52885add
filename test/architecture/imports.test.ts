/**
 * Reads the imports of every source file and holds the floors of docs/architecture.md: who may know whom.
 * A room may import itself, `base`, and the rooms listed for it; nothing in src knows test or bench.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../../src", import.meta.url));

const BELOW_RUN = [
  "workload",
  "hardware",
  "isa",
  "mapping",
  "trace",
  "results",
  "mapper",
  "machine",
  "analytical",
  "functional",
  "check",
  "explain",
];

/** What each room may import besides itself and `base`. Deviations from the design have their reason in docs/architecture.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  engine: [],
  workload: [],
  hardware: [],
  isa: [],
  mapping: ["workload", "hardware"],
  trace: ["isa"],
  results: [],
  mapper: ["workload", "hardware", "mapping", "isa"],
  machine: ["engine", "hardware", "isa", "trace"],
  analytical: ["workload", "hardware", "mapping", "isa", "results"],
  functional: ["isa", "hardware", "workload", "trace", "mapping"],
  check: ["trace", "analytical", "isa", "hardware"],
  explain: ["trace", "isa", "results", "analytical", "check", "hardware"],
  run: BELOW_RUN,
  cli: [...BELOW_RUN, "run"],
  // The library's entrance.
  "index.ts": [...BELOW_RUN, "run"],
};

/** Rooms whose every value follows from their inputs: no clock, no dice but the named streams (law 15). */
const PURE = [
  "base",
  "engine",
  "workload",
  "hardware",
  "isa",
  "mapping",
  "mapper",
  "machine",
  "analytical",
  "functional",
  "check",
  "explain",
  "results",
];

/** Files of plain types, which may be imported by name. */
const TYPES_ALONE = ["workload/network.js"];

interface Import {
  file: string;
  target: string;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file));
}

const files = sources(SRC);

/** Everything a file imports or exports from, types included; comments do not count. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const found = text.matchAll(
    /^(?:import|export)\b[^;"']*?\bfrom\s*"([^"]+)"|^import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm,
  );
  return [...found].map(([, from, bare, dynamic]) => ({ file, target: (from ?? bare ?? dynamic)! }));
}

/** The room of a path in src: its first folder, or the file itself. */
function roomOf(path: string): string {
  return relative(SRC, path).split(/[\\/]/)[0]!;
}

const imports = files.flatMap(importsOf);

test("every room is in the table", () => {
  expect(files.length).toBeGreaterThan(100);
  expect([...new Set(files.map(roomOf))].filter((room) => MAY_IMPORT[room] === undefined)).toStrictEqual([]);
});

test("every import stays within the floors", () => {
  const broken: string[] = [];
  for (const { file, target } of imports) {
    if (!target.startsWith(".")) continue;
    const path = resolve(dirname(file), target);
    const [from, to] = [roomOf(file), roomOf(path)];
    if (to.startsWith("..")) broken.push(`${relative(SRC, file)} leaves src: ${target}`);
    else if (from !== to && to !== "base" && !MAY_IMPORT[from]!.includes(to))
      broken.push(`${relative(SRC, file)}: ${from} must not know ${to}`);
  }
  expect(broken).toStrictEqual([]);
});

test("the two roads to the same number never meet", () => {
  for (const [room, other] of [
    ["machine", "analytical"],
    ["analytical", "machine"],
    ["mapper", "machine"],
    ["mapper", "analytical"],
    ["check", "machine"],
    ["explain", "machine"],
  ] as const)
    expect(MAY_IMPORT[room]).not.toContain(other);
});

test("rooms are entered by their index, so that one room does not lean on the insides of another", () => {
  const broken = imports
    .filter(({ target }) => target.startsWith("."))
    .filter(({ file, target }) => {
      const path = resolve(dirname(file), target);
      const room = roomOf(path);
      const inside = relative(join(SRC, room), path);
      // A folder of its own below a room may have an entrance too.
      if (TYPES_ALONE.includes(`${room}/${inside}`)) return false;
      return roomOf(file) !== room && inside !== "" && !/(^|[\\/])index\.js$/.test(inside);
    })
    .map(({ file, target }) => `${relative(SRC, file)}: ${target}`);
  expect(broken).toStrictEqual([]);
});

test("packages that are imported are declared", () => {
  const packageFile = new URL("../../package.json", import.meta.url);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(packageFile, "utf8")) as Record<
    "dependencies" | "devDependencies",
    Record<string, string>
  >;
  // The one package that may be missing: a second opinion of the verification, which says so where it has none.
  const optional = ({ file, target }: Import) =>
    target === "onnxruntime-web" && relative(SRC, file) === join("run", "onnx-runtime.ts");
  expect(devDependencies["onnxruntime-web"]).toBeDefined();
  const named = imports
    .filter((one) => !optional(one))
    .map(({ target }) => target)
    .filter((target) => !target.startsWith(".") && !target.startsWith("node:"));
  const packages = named.map((target) =>
    target
      .split("/")
      .slice(0, target.startsWith("@") ? 2 : 1)
      .join("/"),
  );
  expect([...new Set(packages)].filter((name) => dependencies[name] === undefined)).toStrictEqual([]);
  expect(Object.keys(dependencies).filter((name) => !packages.includes(name))).toStrictEqual([]);
});

test("no clock and no dice where results are made", () => {
  const broken = files
    .filter((file) => PURE.includes(roomOf(file)))
    .filter((file) => {
      const code = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
      return /Date\.now|new Date\(|Math\.random|performance\.now|hrtime/.test(code);
    })
    .map((file) => relative(SRC, file));
  expect(broken).toStrictEqual([]);
});

test("files are short enough to read", () => {
  const long = files
    .map((file) => ({ file: relative(SRC, file), lines: readFileSync(file, "utf8").split("\n").length }))
    .filter(({ lines }) => lines > 300)
    .sort((a, b) => b.lines - a.lines);
  if (long.length > 0)
    console.log(`longer than 300 lines:\n${long.map(({ file, lines }) => `  ${lines} ${file}`).join("\n")}`);
  expect(long.filter(({ lines }) => lines > 700)).toStrictEqual([]);
});

test("every source file opens by saying what it is for", () => {
  const silent = files
    .filter((file) => !/^(#!.*\n)?\/\*\*/.test(readFileSync(file, "utf8")))
    .map((file) => relative(SRC, file));
  expect(silent).toStrictEqual([]);
});
