/** `wordline map`: what goes where and in what order, as a file. */
import { formatMapping } from "../../mapping/index.js";
import { mapNetwork, modelMapping, modelOf, weightsOf } from "../../run/index.js";
import { readNetwork } from "../../workload/index.js";
import { jsonText, writeFile } from "../files.js";
import { chipOf, readAll } from "../inputs.js";
import {
  addChipOptions,
  addMapperOptions,
  type ChipOptions,
  type MapperOptions,
  mapperOptionsOf,
  watchingOf,
} from "../options.js";
import { mappingReport, mappingSummary } from "../report/mapping-report.js";
import { styleOf } from "../report/style.js";
import { type AddCommand, JSON_OPTION } from "./command.js";

interface Options extends ChipOptions, MapperOptions {
  out?: string;
  json?: boolean;
}

/** Adds `map`. */
export const addMap: AddCommand = (program, terminal) => {
  const command = program
    .command("map")
    .summary("map a network to a chip")
    .description("Maps a network to a chip: stages, replicas, placement, tiles, and the way every tensor takes.")
    .argument("<network>", "a name from `wordline networks`, or a file: .onnx, .csv, .json");
  addMapperOptions(addChipOptions(command))
    .option("-o, --out <file>", "write the mapping as JSON to this file")
    .option(...JSON_OPTION)
    .addHelpText("after", "\nExample:\n  wordline map resnet18 --chip compass-s --out resnet18.mapping.json")
    .action((name: string, options: Options) => {
      const [network, chip] = readAll(
        () => readNetwork(name, { weights: false }),
        () => chipOf(options.chip, options.set),
      );
      const choice = mapperOptionsOf(options);
      const mapping = mapNetwork(network, chip, { ...choice, ...watchingOf(terminal) });
      terminal.progress(undefined);
      if (options.out !== undefined) writeFile(terminal, options.out, [formatMapping(mapping)]);
      const summary = mappingSummary(
        mapping,
        weightsOf(network, chip, mapping),
        modelMapping(mapping, network, chip, modelOf(choice)),
        options.out,
      );
      terminal.out(options.json ? jsonText(summary) : mappingReport(summary, mapping, styleOf(terminal.colors)));
    });
};
