/** Options that only some choices read: given without those, they are refused rather than ignored. */
import type { Command } from "commander";
import { type Problem, UserError } from "../base/index.js";
import { strategies } from "../mapper/index.js";

/** Which strategies read an option; all others of a mapping are read by every strategy. */
const READERS: Readonly<Record<string, readonly string[]>> = {
  objective: ["compass", "compass-optimal"],
  generations: ["compass"],
  population: ["compass"],
  earlyStop: ["compass"],
};

/** Options that say which part of a trace is kept. */
const FILTERS = ["traceFrom", "traceUntil", "traceCores", "traceUnits", "traceKinds"];

/** Throws for options of a search that the chosen strategy does not read. */
export function refuseUnreadByMapper(command: Command): void {
  const mapper: string = command.getOptionValue("mapper");
  // An unknown name is refused by itself, with the nearest known one.
  if (!strategies().includes(mapper)) return;
  const simulates = command.options.some(({ long }) => long === "--mode");
  // A seed also draws the passes of writes, where they are simulated.
  const readers = simulates ? READERS : { ...READERS, seed: ["compass"] };
  refuse(
    Object.entries(readers)
      .filter(([name, own]) => wasGiven(command, name) && !own.includes(mapper))
      .map(([name, own]) => ({
        code: "unread-option",
        message: `${flagOf(command, name)} goes with --mapper ${own.join(" or ")}`,
        seen: `--mapper ${mapper}`,
      })),
  );
}

/** Throws for filters of a trace where none is written. */
export function refuseUnreadByTrace(command: Command): void {
  if ((command.getOptionValue("trace") as string[]).length > 0) return;
  refuse(
    FILTERS.filter((name) => wasGiven(command, name)).map((name) => ({
      code: "unread-option",
      message: `${flagOf(command, name)} goes with --trace`,
    })),
  );
}

const wasGiven = (command: Command, name: string) => command.getOptionValueSource(name) === "cli";

const flagOf = (command: Command, name: string) =>
  command.options.find((option) => option.attributeName() === name)!.long!;

function refuse(problems: Problem[]): void {
  if (problems.length > 0) throw new UserError(problems);
}
