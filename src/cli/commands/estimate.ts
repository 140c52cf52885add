/** `wordline estimate`: the closed forms alone, without a simulation. */
import { estimateEnergy, estimateMapping } from "../../analytical/index.js";
import type { EstimateResult } from "../../results/index.js";
import { mapNetwork } from "../../run/index.js";
import { readNetwork } from "../../workload/index.js";
import { jsonText } from "../files.js";
import { chipOf, idealOf, readAll } from "../inputs.js";
import { addChipOptions, addMapperOptions, type ChipOptions, type MapperOptions, mapperOptionsOf } from "../options.js";
import { estimateReport } from "../report/estimate-report.js";
import { styleOf } from "../report/style.js";
import { type AddCommand, JSON_OPTION } from "./command.js";

interface Options extends ChipOptions, MapperOptions {
  ideal?: string[];
  json?: boolean;
}

/** Adds `estimate`. */
export const addEstimate: AddCommand = (program, terminal) => {
  const command = program
    .command("estimate")
    .summary("the analytical estimate of a network on a chip")
    .description("Maps a network to a chip and gives the closed-form estimate of that mapping, per stage and layer.")
    .argument("<network>", "a name from `wordline networks`, or a file: .onnx, .csv, .json");
  addMapperOptions(addChipOptions(command))
    .option("--ideal <parts>", "take parts as free: write,dram,bus,adc,sram,vector,mvm,issue", idealOf)
    .option(...JSON_OPTION)
    .addHelpText("after", "\nExample:\n  wordline estimate vgg16 --chip compass-m --batch 16")
    .action((name: string, options: Options) => {
      const [network, chip] = readAll(
        () => readNetwork(name, { weights: false }),
        () => chipOf(options.chip, options.set),
      );
      const mapping = mapNetwork(network, chip, mapperOptionsOf(options));
      const estimate = estimateMapping(mapping, network, chip, { ideal: options.ideal ?? [] });
      const { totalPj, ...parts } = estimateEnergy(mapping, network, chip, estimate.cycles).energyPj;
      const result: EstimateResult = {
        kind: "estimate",
        format: 1,
        network: network.name,
        chip: chip.name,
        mapper: mapping.strategy,
        batch: mapping.batch,
        precision: mapping.precision,
        clockHz: chip.clockHz,
        seconds: estimate.cycles / chip.clockHz,
        estimate,
        energyPj: { total: totalPj, ...parts },
      };
      terminal.out(options.json ? jsonText(result) : estimateReport(result, styleOf(terminal.colors)));
    });
};
