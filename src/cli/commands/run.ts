/** `wordline run`: everything in one. */

import { parseOverrides } from "../../hardware/index.js";
import { encodeProgram } from "../../isa/index.js";
import { formatMapping } from "../../mapping/index.js";
import { runNetwork, verifyFailure } from "../../run/index.js";
import { readNetwork } from "../../workload/index.js";
import { inFolder, jsonText, makeFolder, writeFile } from "../files.js";
import { chipOf, readAll } from "../inputs.js";
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
import { addVerifyOptions, chipFieldsOf, type VerifyOptions, verificationOf } from "../verify-options.js";
import { type AddCommand, JSON_OPTION } from "./command.js";

interface Options extends ChipOptions, MapperOptions, MachineOptions, VerifyOptions {
  experiments: boolean;
  json?: boolean;
  out?: string;
}

/** Adds `run`. */
export const addRun: AddCommand = (program, terminal, setExit) => {
  const command = program
    .command("run")
    .summary("map, compile, simulate, estimate, check and explain a network on a chip")
    .description(
      "Maps a network to a chip, compiles it, simulates it cycle by cycle, and compares that with the estimate of the same mapping.",
    )
    .argument(
      "<network>",
      "a name from `wordline networks` (resnet18, resnet18@64x64), or a file: .onnx, .tflite, .csv, .json",
    );
  addVerifyOptions(addMachineOptions(addMapperOptions(addChipOptions(command))))
    .option(
      "--no-experiments",
      "leave out the further simulations (writes made free, the largest cause made free, two batches), each of which takes about as long as the run itself",
    )
    .option(...JSON_OPTION)
    .option("-o, --out <folder>", "write result.json, mapping.json, program.cimb and report.txt there")
    .addHelpText(
      "after",
      `
Examples:
  wordline run resnet18 --chip compass-s
  wordline run resnet8 --chip compass-m --batch 4 --json > result.json
  wordline run vgg16 -c compass-s --mapper compass --batch 16 --no-experiments   less than half of the time
  wordline run resnet8 -c compass-s --verify --random 4
  wordline run model.onnx -c rram-130nm --verify --adc-bits 6 --variation 0.05 --random 8
  wordline run model.onnx --chip my-chip.yaml --precision w8a8 --out results
  wordline run vgg16 -c compass-s --trace run.json.gz --trace-from 0 --trace-until 200000
  wordline run resnet18 -c compass-s --set core.arrays.write.rowsPerPulse=4 --ideal dram`,
    )
    .action(async (name: string, options: Options) => {
      const set = [...options.set, ...chipFieldsOf(options)];
      const [network, chip] = readAll(
        () => readNetwork(name, { weights: options.verify === true }),
        () => chipOf(options.chip, set),
      );
      if (options.out !== undefined) makeFolder(terminal, options.out);
      const verification = verificationOf(name, network, chip, options);
      const run = await runNetwork(verification?.network ?? network, chip, {
        ...mapperOptionsOf(options),
        ...machineOptionsOf(options, terminal),
        experiments: options.experiments,
        overrides: parseOverrides(set),
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
