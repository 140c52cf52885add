/** `wordline run`: everything in one. */

import { UserError } from "../../base/index.js";
import { type Chip, parseOverrides } from "../../hardware/index.js";
import { encodeProgram } from "../../isa/index.js";
import { formatMapping } from "../../mapping/index.js";
import { runNetwork, Verification, verifyFailure } from "../../run/index.js";
import { type Network, readNetwork } from "../../workload/index.js";
import { inFolder, jsonText, makeFolder, writeFile } from "../files.js";
import { chipOf, readAll, readBytes, wholeNumber } from "../inputs.js";
import {
  addChipOptions,
  addMachineOptions,
  addMapperOptions,
  type ChipOptions,
  type MachineOptions,
  type MapperOptions,
  machineOptionsOf,
  mapperOptionsOf,
} from "../options.js";
import { runReport } from "../report/run-report.js";
import { styleOf } from "../report/style.js";
import { type AddCommand, JSON_OPTION } from "./command.js";

interface Options extends ChipOptions, MapperOptions, MachineOptions {
  experiments: boolean;
  json?: boolean;
  out?: string;
  verify?: boolean;
  inputs?: string;
  random?: number;
}

/** The verification that was asked for. */
function verificationOf(network: Network, chip: Chip, options: Options): Verification | undefined {
  const { seed, batch, precision, inputs, random } = options;
  if (!options.verify) {
    if (inputs === undefined && random === undefined) return undefined;
    throw new UserError({ code: "needs-verify", message: "--inputs and --random go with --verify" });
  }
  if (inputs !== undefined && random !== undefined)
    throw new UserError({ code: "two-inputs", message: "give --inputs or --random, not both" });
  return new Verification(network, chip, {
    seed,
    batch,
    ...(precision === undefined ? {} : { precision }),
    ...(inputs === undefined ? {} : { inputs: { file: inputs, bytes: readBytes(inputs) } }),
    ...(random === undefined ? {} : { samples: random }),
  });
}

/** Adds `run`. */
export const addRun: AddCommand = (program, terminal, setExit) => {
  const command = program
    .command("run")
    .summary("map, compile, simulate, estimate, check and explain a network on a chip")
    .description(
      "Maps a network to a chip, compiles it, simulates it cycle by cycle, and compares that with the estimate of the same mapping.",
    )
    .argument("<network>", "a name from `wordline networks` (resnet18, resnet18@64x64), or a file: .onnx, .csv, .json");
  addMachineOptions(addMapperOptions(addChipOptions(command)))
    .option(
      "--verify",
      "compute real numbers too: equal to the integer reference bit by bit, no races; else exit code 2",
    )
    .option("--inputs <file>", "inputs to verify with: .npy, .json, or raw bytes; one sample or several")
    .option(
      "--random <samples>",
      "how many seeded samples to verify with (default: one batch)",
      wholeNumber("--random", 1),
    )
    .option("--no-experiments", "do not run again with writes and the largest cause made free, nor with two batches")
    .option(...JSON_OPTION)
    .option("-o, --out <folder>", "write result.json, mapping.json, program.cimb and report.txt there")
    .addHelpText(
      "after",
      `
Examples:
  wordline run resnet18 --chip compass-s
  wordline run resnet8 --chip compass-m --batch 4 --json > result.json
  wordline run resnet8 -c compass-s --verify --random 4
  wordline run model.onnx --chip my-chip.yaml --precision w8a8 --out results
  wordline run vgg16 -c compass-s --trace run.json.gz --trace-from 0 --trace-until 200000
  wordline run resnet18 -c compass-s --set core.arrays.write.rowsPerPulse=4 --ideal dram`,
    )
    .action(async (name: string, options: Options) => {
      const [network, chip] = readAll(
        () => readNetwork(name, { weights: options.verify === true }),
        () => chipOf(options.chip, options.set),
      );
      if (options.out !== undefined) makeFolder(options.out);
      const verification = verificationOf(network, chip, options);
      const run = await runNetwork(verification?.network ?? network, chip, {
        ...mapperOptionsOf(options),
        ...machineOptionsOf(options, terminal),
        experiments: options.experiments,
        overrides: parseOverrides(options.set),
        ...(verification === undefined ? {} : { verification }),
      });
      terminal.progress(undefined);
      const { result } = run;
      if (options.out !== undefined) {
        writeFile(terminal, inFolder(options.out, "mapping.json"), [formatMapping(run.mapping)]);
        writeFile(terminal, inFolder(options.out, "program.cimb"), [encodeProgram(run.program)]);
        writeFile(terminal, inFolder(options.out, "report.txt"), [runReport(result, styleOf(false))]);
        writeFile(terminal, inFolder(options.out, "result.json"), [jsonText(result)]);
      }
      terminal.out(options.json ? jsonText(result) : runReport(result, styleOf(terminal.colors)));
      const failure = result.verify === undefined ? [] : verifyFailure(result.verify);
      if (failure.length > 0) {
        terminal.err(`${failure.map((line) => `verify: ${line}\n`).join("")}`);
        setExit(2);
      }
      if (result.check.violations.length > 0) setExit(1);
    });
};
