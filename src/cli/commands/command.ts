/** What a command file exports: it adds itself to the program. */
import type { Command } from "commander";
import type { Terminal } from "../terminal.js";

/** Adds a command; `setExit` is for commands that end in another code than 0 without an error. */
export type AddCommand = (program: Command, terminal: Terminal, setExit: (code: number) => void) => void;

/** The help of `--json`, the same everywhere. */
export const JSON_OPTION = ["--json", "print the result as JSON (docs/result.schema.json)"] as const;
