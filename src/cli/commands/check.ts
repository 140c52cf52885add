/** `wordline check`: the laws, on a trace file. */
import { check } from "../../check/index.js";
import type { CheckResult } from "../../results/index.js";
import { checkSummary } from "../../run/index.js";
import { collectTrace } from "../../trace/index.js";
import { jsonText } from "../files.js";
import { formatCount, programOn } from "../numbers.js";
import { checkText } from "../report/sections.js";
import { styleOf } from "../report/style.js";
import { addKnownOptions, type KnownOptions, knownOf } from "../trace-inputs.js";
import { type AddCommand, JSON_OPTION } from "./command.js";

/** Adds `check`. */
export const addCheck: AddCommand = (program, terminal, setExit) => {
  const command = program
    .command("check")
    .summary("hold a trace to the laws")
    .description(
      "Reads a CSV trace back and looks at it by the laws of the simulator. With the program and chip it was made from all of them are looked at; on a part of a trace, those that can be. What was skipped is named. Exit code 1 where a law is broken.",
    )
    .argument("<trace>", "a trace: .csv or .csv.gz");
  addKnownOptions(command)
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `
Examples:
  wordline check run.csv.gz
  wordline check run.csv.gz --program resnet8.cimb --chip compass-s`,
    )
    .action(async (file: string, options: KnownOptions & { json?: boolean }) => {
      const known = knownOf(options);
      const table = await collectTrace(file);
      const report = check(table, known.program, known.chip);
      const result: CheckResult = {
        kind: "check",
        format: 1,
        trace: file,
        chip: table.header.chip,
        program: table.header.program,
        cycles: table.footer.makespanTicks,
        instructions: table.instructions.length,
        holds: table.holds.length,
        check: checkSummary(report),
      };
      const style = styleOf(terminal.colors);
      terminal.out(
        options.json
          ? jsonText(result)
          : `${style.bold(file)}  ${programOn(result.program, result.chip)}: ${formatCount(result.cycles)} cycles, ${formatCount(result.instructions)} instructions, ${formatCount(result.holds)} holds\n${checkText(result.check, style, true)}`,
      );
      if (result.check.violations.length > 0) setExit(1);
    });
};
