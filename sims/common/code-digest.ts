/** Which code a result came from: a digest over the compiled rooms that decide simulated numbers, without their comments. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestBytes } from "../../src/base/index.js";

/** Rooms in which a change may change a number. */
const ROOMS = [
  ...["base", "engine", "workload", "hardware", "isa", "mapping", "mapper", "machine", "analytical", "results"],
  ...["check", "explain", "run"],
];

/** The digest of the code that runs now; `values` are inputs that are no code, such as digests of networks and chips. */
export function codeDigest(values: readonly string[] = []): string {
  const source = fileURLToPath(new URL("../../src", import.meta.url));
  const texts = ROOMS.flatMap((room) =>
    readdirSync(join(source, room), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".js"))
      .sort()
      .map((file) => `${room}/${file}\n${withoutComments(readFileSync(join(source, room, file), "utf8"))}`),
  );
  return digestBytes([...texts, ...values].join("\n"));
}

/** A program text without block comments, whole-line comments and blank lines. */
export function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/^\s*\/\/.*$/gm, "")
    .replaceAll(/\n\s*\n/g, "\n")
    .trim();
}
