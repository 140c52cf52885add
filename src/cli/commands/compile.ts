/** `wordline compile`: a network as instruction streams. */
import { encodeProgram, programDigest, programLines } from "../../isa/index.js";
import type { CompileSummary } from "../../results/index.js";
import { checkLegality, compileNetwork, instructionsOf } from "../../run/index.js";
import { readNetwork } from "../../workload/index.js";
import { fileSize, jsonText, withLineEnds, writeFile } from "../files.js";
import { chipOf, readAll } from "../inputs.js";
import { formatBytes, formatCount } from "../numbers.js";
import {
  addChipOptions,
  addMapperOptions,
  type ChipOptions,
  type MapperOptions,
  mapperOptionsOf,
  watchingOf,
} from "../options.js";
import { programFormOf } from "../program-form.js";
import { type AddCommand, JSON_OPTION } from "./command.js";

interface Options extends ChipOptions, MapperOptions {
  out: string;
  json?: boolean;
}

/** Adds `compile`. */
export const addCompile: AddCommand = (program, terminal) => {
  const command = program
    .command("compile")
    .summary("compile a network to a program (.cim or .cimb)")
    .description("Maps a network to a chip and writes the instruction streams: .cim is text to read, .cimb is binary.")
    .argument("<network>", "a name from `wordline networks`, or a file: .onnx, .csv, .json");
  addMapperOptions(addChipOptions(command))
    .requiredOption("-o, --out <file>", "program to write: .cim (text) or .cimb (binary)")
    .option(...JSON_OPTION)
    .addHelpText("after", "\nExample:\n  wordline compile resnet8 --chip compass-s --out resnet8.cim")
    .action((name: string, options: Options) => {
      const [network, chip, form] = readAll(
        () => readNetwork(name, { weights: false }),
        () => chipOf(options.chip, options.set),
        () => programFormOf(options.out),
      );
      const { mapping, program: code } = compileNetwork(network, chip, {
        ...mapperOptionsOf(options),
        ...watchingOf(terminal),
      });
      checkLegality(code, chip);
      terminal.progress(undefined);
      writeFile(terminal, options.out, form === "binary" ? [encodeProgram(code)] : withLineEnds(programLines(code)));
      const summary: CompileSummary = {
        kind: "program",
        format: 1,
        network: network.name,
        chip: chip.name,
        mapper: mapping.strategy,
        batch: mapping.batch,
        precision: mapping.precision,
        file: options.out,
        form,
        programDigest: programDigest(code),
        structureDigest: code.structureDigest,
        cores: code.cores,
        streams: code.streams.length,
        staticInstructions: code.streams.reduce((sum, stream) => sum + stream.code.length, 0),
        instructions: instructionsOf(code),
        bytes: fileSize(options.out),
      };
      terminal.out(
        options.json
          ? jsonText(summary)
          : `${options.out}: ${formatCount(summary.instructions)} instructions (${formatCount(summary.staticInstructions)} as written) in ${formatCount(summary.streams)} streams, ${formatBytes(summary.bytes)}, digest ${summary.programDigest}\n`,
      );
    });
};
