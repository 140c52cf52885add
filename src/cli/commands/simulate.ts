/** `wordline simulate`: one program on one chip. */
import type { SimulationResult } from "../../results/index.js";
import { executeProgram, simulationResult } from "../../run/index.js";
import { jsonText } from "../files.js";
import { chipOf, readAll, readProgram } from "../inputs.js";
import {
  addChipOptions,
  addMachineOptions,
  type ChipOptions,
  type MachineOptions,
  machineOptionsOf,
} from "../options.js";
import { simulationReport } from "../report/simulation-report.js";
import { styleOf } from "../report/style.js";
import { type AddCommand, JSON_OPTION } from "./command.js";

interface Options extends ChipOptions, MachineOptions {
  json?: boolean;
}

/** Adds `simulate`. */
export const addSimulate: AddCommand = (program, terminal, setExit) => {
  const command = program
    .command("simulate")
    .summary("run a program (.cim or .cimb) on a chip")
    .description(
      "Runs a program on a chip of the structure it was made for; times and energies may differ, so one program can be run over a range of them.",
    )
    .argument("<program>", "a program: text (.cim) or binary (.cimb)");
  addMachineOptions(addChipOptions(command))
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `
Examples:
  wordline compile resnet8 --chip compass-s --out resnet8.cimb
  wordline simulate resnet8.cimb --chip compass-s
  wordline simulate resnet8.cimb -c compass-s --set core.arrays.write.pulseTime="50 ns" --json`,
    )
    .action(async (file: string, options: Options) => {
      const [code, chip] = readAll(
        () => readProgram(file),
        () => chipOf(options.chip, options.set),
      );
      const execution = await executeProgram(code, chip, machineOptionsOf(options, terminal));
      terminal.progress(undefined);
      const result: SimulationResult = simulationResult(code, chip, execution);
      terminal.out(options.json ? jsonText(result) : simulationReport(result, styleOf(terminal.colors)));
      if (result.check.violations.length > 0) setExit(1);
    });
};
