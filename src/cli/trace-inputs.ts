/** The program and chip a trace was made from, for the commands that read traces. */
import type { Command } from "commander";
import { UserError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import { chipOf, readAll, readProgram } from "./inputs.js";
import { addRepeated } from "./options.js";

/** Options that name what a trace was made from. */
export interface KnownOptions {
  program?: string;
  chip?: string;
  set: string[];
}

/** Adds `--program`, `--chip` and `--set`. */
export function addKnownOptions(command: Command): Command {
  command
    .option("--program <file>", "the program it was made from (.cim or .cimb)")
    .option("-c, --chip <chip>", "the chip it ran on: a name or a YAML file");
  return addRepeated(command, "--set <field=value>", "the chip fields that were set (repeatable)");
}

/** Both, or neither. */
export function knownOf(options: KnownOptions): { program?: Program; chip?: Chip } {
  const { program, chip } = options;
  if (program === undefined && chip === undefined) return {};
  if (program === undefined || chip === undefined)
    throw new UserError({
      code: "half-known",
      message: "a trace is held to its program and its chip together",
      seen: program === undefined ? "--chip alone" : "--program alone",
      accepted: "--program and --chip, or neither",
    });
  const [code, made] = readAll(
    () => readProgram(program),
    () => chipOf(chip, options.set),
  );
  return { program: code, chip: made };
}
