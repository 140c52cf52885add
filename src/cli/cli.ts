/** A command line from arguments to exit code: 0 done, 1 our fault, 2 the user's, 130 interrupted. */
import { Command, CommanderError } from "commander";
import { formatProblem, InternalError, type Problem, UserError } from "../base/index.js";
import { COMMANDS } from "./commands/index.js";
import { INTERRUPTED } from "./messages.js";
import type { Terminal } from "./terminal.js";
import { packageVersion } from "./version.js";

/** Exit codes. */
export const EXIT = { done: 0, internal: 1, user: 2, interrupted: 130 } as const;

/** Runs one command line; never throws. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  let exit: number = EXIT.done;
  const program = new Command("wordline")
    .description(
      "A cycle-level simulator for compute-in-memory accelerators: what the estimate says, what the cycles say, and why they differ.",
    )
    .version(packageVersion(), "-V, --version", "print the version")
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      outputError: (text, write) => write(text.replace(/^error: /, "wordline: ")),
    })
    .exitOverride()
    .showHelpAfterError("(--help shows what is accepted)")
    .addHelpText(
      "after",
      `
Examples:
  wordline demo                                   the first thing to try
  wordline run resnet18 --chip compass-s          one network on one chip, everything in one
  wordline run model.onnx --chip my-chip.yaml --trace run.json.gz
  wordline chips compass-s                        what a chip is made of, number by number`,
    );
  for (const add of COMMANDS)
    add(program, terminal, (code) => {
      exit = code;
    });
  try {
    if (argv.length === 0) {
      program.outputHelp();
      return EXIT.done;
    }
    await program.parseAsync([...argv], { from: "user" });
    return exit;
  } catch (error) {
    terminal.progress(undefined);
    return explainFailure(error, terminal);
  }
}

function explainFailure(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.user;
  if (error instanceof UserError) {
    if (error.problems.some(({ code }) => code === "aborted")) {
      terminal.err(`wordline: ${INTERRUPTED}\n`);
      return EXIT.interrupted;
    }
    terminal.err(problemText(error.problems));
    return EXIT.user;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const text = error instanceof InternalError ? stack : `internal error (please report it): ${stack}`;
  terminal.err(`wordline: ${text}\n`);
  return EXIT.internal;
}

/** One problem on its own line, several under their number. */
function problemText(problems: readonly Problem[]): string {
  const lines = problems.map(formatProblem);
  if (lines.length === 1) return `wordline: ${lines[0]}\n`;
  return `wordline: ${lines.length} problems\n${lines.map((line) => `  ${line.replaceAll("\n", "\n    ")}\n`).join("")}`;
}
