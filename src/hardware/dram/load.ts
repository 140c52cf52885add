/**
 * Loading DRAM devices: a preset's name, `NAME.VARIANT` or the path of a YAML file or of DRAMsim3's `.ini` in, a plain device out.
 * Everything wrong with a file is reported at once, each problem at its line and column (law 14).
 */
import { readFileSync } from "node:fs";
import { nearestName, type Problem, UserError } from "../../base/index.js";
import { FormReader } from "../form-reader.js";
import { problemsOf } from "../issues.js";
import { inReadingOrder } from "../load.js";
import { checkRules } from "../rules.js";
import { isRecord, pathParts, pathText, valueAt } from "../schema-walk.js";
import { type Overrides, YamlText } from "../yaml-text.js";
import type { DramDevice } from "./device.js";
import { importDramsim3 } from "./import.js";
import { parseDramOverrides, resolveOverrides } from "./names.js";
import { normaliseDram, SIMULATOR_DEFAULTS } from "./normalise.js";
import { DRAM_VARIANTS, dramPresetText, listDramDevices, listDramVariants } from "./presets.js";
import { SCHEDULING_QUIRKS } from "./quirks.js";
import { dramRules } from "./rules.js";
import { type DramForm, dramSchema } from "./schema.js";

/** How to load a device. */
export interface ReadDramOptions {
  /** Fields to set before validation: by path, by DRAMsim3's key or by Ramulator's name; texts are `key=value`. */
  set?: Overrides | readonly string[];
  /**
   * The device as DRAMsim3 really runs it: the timing its reader takes instead of the file's, its defaults, and its errors of
   * scheduling. Energies stay right: `quirks.energyLacksClock` is set by hand.
   */
  asDramsim3?: boolean;
}

/** The DRAM device of this name, or of this file. */
export function readDramDevice(nameOrPath: string, options: ReadDramOptions = {}): DramDevice {
  return normaliseDram(readDramForm(nameOrPath, options));
}

/** The DRAM device written in a text; `file` is its name in messages. */
export function parseDramDevice(text: string, file = "device", options: ReadDramOptions = {}): DramDevice {
  return normaliseDram(parseForm(text, file, options, {}));
}

/** The validated form of the device of this name, or of this file, with its sources. */
export function readDramForm(nameOrPath: string, options: ReadDramOptions = {}): DramForm {
  const { text, file, variant } = dramText(nameOrPath);
  if (!/\.ini$/i.test(file)) return parseForm(text, file, options, variant);
  const { yaml, lines } = importDramsim3(text, file);
  return onLines(file, lines, () => parseForm(yaml, file, options, variant));
}

/** The device file made from DRAMsim3's `.ini`, checked, and what a reader should know of it. */
export function importDramDevice(file: string, options: Pick<ReadDramOptions, "asDramsim3"> = {}): ImportedDram {
  const { text } = dramText(file);
  const { yaml, notes, lines } = importDramsim3(text, file, options);
  return { device: onLines(file, lines, () => parseDramDevice(yaml, file)), yaml, notes };
}

/** An imported device. */
export interface ImportedDram {
  device: DramDevice;
  yaml: string;
  /** Keys without effect, keys misread, defaults taken: a sentence each. */
  notes: string[];
}

/** Problems of a device made from an `.ini` file, told on the lines of that file. */
function onLines<Value>(file: string, lines: ReadonlyMap<string, number>, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      error.problems.map((problem) => {
        const field = problem.place?.field;
        if (field === undefined || problem.place?.line === undefined) return problem;
        const line = lines.get(field);
        return { ...problem, place: { file, field, ...(line === undefined ? {} : { line }) } };
      }),
    );
  }
}

/** The text of a preset or a device file, and what its variant changes. */
export function dramText(nameOrPath: string): { text: string; file: string; variant: Overrides } {
  const preset = dramPresetText(nameOrPath);
  if (preset) return { ...preset, variant: {} };
  const dot = nameOrPath.lastIndexOf(".");
  const base = dot > 0 ? dramPresetText(nameOrPath.slice(0, dot)) : undefined;
  const variant = nameOrPath.slice(dot + 1);
  if (base && Object.hasOwn(DRAM_VARIANTS, variant))
    return { ...base, variant: { ...DRAM_VARIANTS[variant], name: nameOrPath } };
  try {
    return { text: readFileSync(nameOrPath, "utf8"), file: nameOrPath, variant: {} };
  } catch (error) {
    const looksLikeFile = /[\\/]|\.(ya?ml|ini)$/.test(nameOrPath);
    const names = listDramDevices();
    const nearest = base ? nearestName(variant, listDramVariants()) : nearestName(nameOrPath, names);
    throw new UserError({
      code: looksLikeFile ? "unreadable-file" : "unknown-device",
      message: looksLikeFile
        ? `the device file cannot be read (${(error as NodeJS.ErrnoException).code})`
        : base
          ? "unknown variant of a DRAM device"
          : "unknown DRAM device",
      seen: nameOrPath,
      accepted: `a path to a YAML or .ini file, or one of ${names.join(", ")}, with .${listDramVariants().join(", .")} behind it`,
      ...(nearest !== undefined && !looksLikeFile ? { nearest } : {}),
    });
  }
}

/** What DRAMsim3 runs a device with where its file says or means something else. */
function dramsim3Overrides(raw: unknown): Record<string, unknown> {
  const overrides: Record<string, unknown> = {};
  const timing = valueAt(raw, ["asDramsim3", "timing"]);
  if (isRecord(timing)) for (const [key, value] of Object.entries(timing)) overrides[`timing.${key}`] = value;
  const fill = (path: string, value: number) => {
    if (valueAt(raw, pathParts(path)) === undefined) overrides[path] = value;
  };
  fill("timing.tRFCb", SIMULATOR_DEFAULTS.tRFCb);
  fill("timing.tREFIb", SIMULATOR_DEFAULTS.tREFIb);
  fill("power.idd5pbMa", SIMULATOR_DEFAULTS.idd5pbMa);
  for (const name of SCHEDULING_QUIRKS) overrides[`quirks.${name}`] = true;
  return overrides;
}

/** The validated form of a device. */
function parseForm(text: string, file: string, options: ReadDramOptions, variant: Overrides): DramForm {
  const set = Array.isArray(options.set) ? parseDramOverrides(options.set) : ((options.set ?? {}) as Overrides);
  const plain = new YamlText(text, file);
  const overrides = {
    ...(options.asDramsim3 ? dramsim3Overrides(plain.value) : {}),
    ...variant,
    ...resolveOverrides(set, plain.value),
  };
  const yaml = new YamlText(text, file, overrides);
  const problems: Problem[] = [...yaml.problems];
  if (yaml.value !== undefined && !isRecord(yaml.value))
    problems.push({
      code: "bad-value",
      message: "a device file holds named fields",
      place: { file, line: 1, column: 1 },
    });
  if (!isRecord(yaml.value)) throw new UserError(problems);
  const parsed = dramSchema.safeParse(yaml.value);
  const issues = parsed.success ? [] : parsed.error.issues;
  problems.push(...problemsOf(issues, dramSchema, yaml));
  const bad = issues
    .filter((issue) => issue.code !== "unrecognized_keys")
    .map((issue) => pathText(issue.path as never));
  const reader = new FormReader(yaml.value, bad, dramSchema);
  const rules = checkRules(dramRules, reader, (path, part) => yaml.place(path, part));
  problems.push(...rules);
  if (problems.length > 0 || !parsed.success) throw new UserError(inReadingOrder(problems));
  return parsed.data;
}
