/** `wordline chips`: the chips there are, or one of them number by number with its sources. */
import { formatSi } from "../../base/index.js";
import { type ChipDescription, chipJsonSchema, chipSources, describeChip, listChips } from "../../hardware/index.js";
import type { ChipResult, ChipsResult } from "../../results/index.js";
import { jsonText } from "../files.js";
import { formatCount } from "../numbers.js";
import { heading, type Style, styleOf } from "../report/style.js";
import { table } from "../report/table.js";
import { type AddCommand, JSON_OPTION } from "./command.js";

interface Options {
  schema?: boolean;
  json?: boolean;
}

/** Adds `chips`. */
export const addChips: AddCommand = (program, terminal) => {
  program
    .command("chips")
    .summary("list the chips, or print one with its sources")
    .description(
      "Lists the chips that come with Wordline, or prints one (or a chip file of yours) number by number, each with its source.",
    )
    .argument("[chip]", "a name from the list, or a YAML file")
    .option("--schema", "print the JSON Schema of chip files, for editors")
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `
Examples:
  wordline chips
  wordline chips compass-s
  wordline chips my-chip.yaml          also says everything that is wrong with it
  wordline chips --schema > chip.schema.json`,
    )
    .action((name: string | undefined, options: Options) => {
      const style = styleOf(terminal.colors);
      if (options.schema) terminal.out(jsonText(chipJsonSchema()));
      else if (name === undefined) {
        const result: ChipsResult = { kind: "chips", format: 1, chips: listChips().map((chip) => describeChip(chip)) };
        terminal.out(options.json ? jsonText(result) : listText(result, style));
      } else {
        const result: ChipResult = {
          kind: "chip",
          format: 1,
          chip: describeChip(name),
          numbers: chipSources(name).map(({ path, value, source }) => ({ path, value, source: source ?? null })),
        };
        terminal.out(options.json ? jsonText(result) : chipText(result, style));
      }
    });
};

function listText({ chips }: ChipsResult, style: Style): string {
  const rows = chips.map((chip) => [
    style.bold(chip.name),
    `${chip.cores} × ${chip.arraysPerCore}`,
    arrayText(chip),
    `${formatSi(chip.weightCapacity, "")} of ${chip.capacityWeightBits} bits`,
    chip.description,
  ]);
  const columns = [
    { title: "chip" },
    { title: "cores × arrays" },
    { title: "array" },
    { title: "weights held" },
    { title: "what it is" },
  ];
  return `${table(columns, rows)}\n  wordline chips NAME prints one with the source of every number; docs/chips.md says how to describe your own\n`;
}

function arrayText({ rows, columns, depth, cellBits }: ChipDescription): string {
  return `${rows} × ${columns}${depth > 1 ? ` × ${depth} deep` : ""}, ${cellBits}-bit cells`;
}

function chipText({ chip, numbers }: ChipResult, style: Style): string {
  const facts = [
    ["cores × arrays", `${chip.cores} × ${chip.arraysPerCore} = ${formatCount(chip.arrays)}`],
    ["array", arrayText(chip)],
    ["weights held", `${formatCount(chip.weightCapacity)} of ${chip.capacityWeightBits} bits`],
    ["widths", `weights ${chip.weightBits.join(", ")}; inputs ${chip.inputBits.join(", ")} bits`],
    [
      "read-out",
      { adc: "analogue-to-digital converters", adderTree: "adder tree", given: "given step time" }[chip.readOut],
    ],
    ["network", chip.network],
    ["DRAM", chip.dramBytesPerSecond > 0 ? formatSi(chip.dramBytesPerSecond, "B/s") : "none"],
    ["clock", formatSi(chip.clockHz, "Hz")],
  ];
  const rows = numbers.map(({ path, value, source }) => [path, String(value), source ?? "–"]);
  return [
    `${style.bold(chip.name)}  ${chip.description}\n\n`,
    table([{ title: "" }, { title: "" }], facts).replace(/^\s*\n/, ""),
    heading(style, "Numbers and their sources"),
    table([{ title: "field" }, { title: "value", align: "right" }, { title: "source" }], rows),
  ].join("");
}
