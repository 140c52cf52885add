/** The chip files that come with the package, found relative to it at run time; YAML is not copied to dist. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { InternalError } from "../base/index.js";

/** The folder of the package. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new InternalError("no package.json above the hardware room");
    folder = parent;
  }
  return folder;
}

function presetFolder(): string {
  return join(packageRoot(), "src", "hardware", "presets");
}

/** The names of the chips that come with the package, in alphabetical order. */
export function listChips(): string[] {
  return readdirSync(presetFolder())
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

/** The text of a preset's chip file and the path to show in messages; undefined where there is no such preset. */
export function presetText(name: string): { text: string; file: string } | undefined {
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(name)) return undefined;
  const path = join(presetFolder(), `${name}.yaml`);
  return existsSync(path) ? { text: readFileSync(path, "utf8"), file: `src/hardware/presets/${name}.yaml` } : undefined;
}
