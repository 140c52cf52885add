/**
 * The networks Wordline brings along, as table files in `src/workload/networks`.
 * Inputs: a name. Invariants: the files are found from the sources as from the compiled output, both of which lie below
 * the package root.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { InternalError, nearestName, UserError } from "../base/index.js";
import { readNetworkJson } from "./json.js";
import type { Network } from "./network.js";

/** The names of all built-in networks, sorted. */
export function listNetworks(): string[] {
  return readdirSync(networksFolder())
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/** Loads a built-in network by name; an unknown name is a UserError that offers the nearest. */
export function loadBuiltin(name: string): Network {
  const names = listNetworks();
  if (names.includes(name)) return readNetworkJson(readFileSync(join(networksFolder(), `${name}.json`), "utf8"), name);
  const nearest = nearestName(name, names);
  throw new UserError({
    code: "unknown-network",
    message: "there is no built-in network of this name",
    seen: `"${name}"`,
    accepted: names.join(", "),
    ...(nearest === undefined ? {} : { nearest }),
  });
}

/** The folder of the table files: found from the package root, since tsc does not copy JSON into dist. */
function networksFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const above = dirname(folder);
    if (above === folder) throw new InternalError("the package root with src/workload/networks was not found");
    folder = above;
  }
  return join(folder, "src", "workload", "networks");
}
