/** The DRAM devices that come with the package, one YAML file each, found at run time; and the named variants of them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../presets.js";

const FOLDER = ["src", "hardware", "dram", "devices"] as const;

/** The names of the DRAM devices that come with the package, in alphabetical order. */
export function listDramDevices(): string[] {
  return readdirSync(join(packageRoot(), ...FOLDER))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

/** The text of a preset and the path to show in messages; undefined where there is no such preset. */
export function dramPresetText(name: string): { text: string; file: string } | undefined {
  if (!/^[a-z0-9][a-z0-9_]*$/.test(name)) return undefined;
  const path = join(packageRoot(), ...FOLDER, `${name}.yaml`);
  return existsSync(path)
    ? { text: readFileSync(path, "utf8"), file: [...FOLDER, `${name}.yaml`].join("/") }
    : undefined;
}

/** What a variant changes; `DEVICE.VARIANT` is accepted where a device's name is. */
export const DRAM_VARIANTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  closepage: { "controller.rowBufferPolicy": "CLOSE_PAGE" },
  unified: { "controller.unifiedQueue": true },
  nodual: { "controller.dualCommand": false },
  trefi3120: { "timing.tREFI": 3120 },
};

/** The names of the variants. */
export function listDramVariants(): string[] {
  return Object.keys(DRAM_VARIANTS);
}
