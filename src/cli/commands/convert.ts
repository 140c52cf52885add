/** `wordline convert`: programs between text and binary, traces to pictures, networks to JSON, DRAMsim3's devices to ours. */
import { Option } from "commander";
import { UserError } from "../../base/index.js";
import { importDramDevice } from "../../hardware/index.js";
import { encodeProgram, programLines } from "../../isa/index.js";
import type { ConvertResult } from "../../results/index.js";
import { describeFrom, openTrace, readTrace, traceFormOf } from "../../trace/index.js";
import { readNetwork, writeNetworkJson } from "../../workload/index.js";
import { fileSize, jsonText, withLineEnds, writeFile } from "../files.js";
import { firstBytes, readProgram } from "../inputs.js";
import { formatBytes } from "../numbers.js";
import { addFilterOptions, filterOf, type MachineOptions } from "../options.js";
import { programFormOf } from "../program-form.js";
import type { Terminal } from "../terminal.js";
import { type AddCommand, JSON_OPTION } from "./command.js";

interface Options extends Partial<MachineOptions> {
  program?: string;
  time: "cycles" | "real";
  weights: boolean;
  asDramsim3?: boolean;
  json?: boolean;
}

/** Adds `convert`. */
export const addConvert: AddCommand = (program, terminal) => {
  const command = program
    .command("convert")
    .summary("convert a program, a trace, a network or a memory device")
    .description(
      "Converts by the endings of the two names: .cim and .cimb both ways; a trace .csv[.gz] to .json[.gz] for ui.perfetto.dev, or to a smaller .csv; a network .onnx or .csv to .json; a memory device of DRAMsim3, .ini to .yaml.",
    )
    .argument("<from>", "file to read")
    .argument("<to>", "file to write")
    .option("--program <file>", "trace: names its instructions in the picture")
    .addOption(
      new Option("--time <unit>", "trace: a cycle is 1 µs on screen, or real time")
        .choices(["cycles", "real"])
        .default("cycles"),
    )
    .option("--no-weights", "network: leave the numbers of the weights out")
    .option("--as-dramsim3", "device: what DRAMsim3 runs with, keys it misreads and its errors included");
  addFilterOptions(command)
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `
Examples:
  wordline convert resnet8.cimb resnet8.cim
  wordline convert run.csv.gz run.json.gz --program resnet8.cimb
  wordline convert run.csv.gz part.csv --trace-from 10000 --trace-until 20000
  wordline convert model.onnx model.json --no-weights
  wordline convert DDR3_8Gb_x8_1600.ini ddr3.yaml`,
    )
    .action(async (from: string, to: string, options: Options) => {
      const notes: string[] = [];
      const what = await convert(terminal, from, to, options, notes);
      const head = { kind: "conversion", format: 1, from, to, what, bytes: fileSize(to) } as const;
      const result: ConvertResult = notes.length > 0 ? { ...head, notes } : head;
      const text = [`${to}: ${what}, ${formatBytes(result.bytes)}`, ...notes.map((note) => `  ${note}`)];
      terminal.out(options.json ? jsonText(result) : `${text.join("\n")}\n`);
    });
};

const PROGRAM = /\.cimb?$/;
const NETWORK_JSON = /\.json$/;

async function convert(
  terminal: Terminal,
  from: string,
  to: string,
  options: Options,
  notes: string[],
): Promise<ConvertResult["what"]> {
  if (/\.ini$/i.test(from)) {
    if (!/\.ya?ml$/i.test(to)) throw unknownPair(from, to);
    const imported = importDramDevice(from, { asDramsim3: options.asDramsim3 === true });
    notes.push(...imported.notes);
    writeFile(terminal, to, [imported.yaml]);
    return "device";
  }
  if (PROGRAM.test(from)) {
    const form = programFormOf(to);
    const code = readProgram(from);
    if (form === "binary") writeFile(terminal, to, [encodeProgram(code)]);
    else writeFile(terminal, to, withLineEnds(programLines(code)));
    return "program";
  }
  if (from.endsWith(".onnx") || (/\.csv$/.test(from) && NETWORK_JSON.test(to) && !looksLikeTrace(from))) {
    if (!NETWORK_JSON.test(to)) throw unknownPair(from, to);
    writeFile(terminal, to, [writeNetworkJson(readNetwork(from), { weights: options.weights })]);
    return "network";
  }
  if (/\.csv(\.gz)?$/.test(from)) {
    traceFormOf(to);
    terminal.announce(to);
    const filter = filterOf(options);
    const sink = openTrace(to, {
      time: options.time,
      ...(options.program === undefined ? {} : { describe: describeFrom(readProgram(options.program)) }),
      ...(Object.keys(filter).length === 0 ? {} : { filter }),
    });
    await readTrace(from, sink);
    return "trace";
  }
  throw unknownPair(from, to);
}

/** A trace begins with comment lines; a table of layers does not. */
function looksLikeTrace(file: string): boolean {
  return firstBytes(file, 1) === "#";
}

function unknownPair(from: string, to: string): UserError {
  return new UserError({
    code: "unknown-conversion",
    message: "no conversion between files of these names",
    seen: `${from} to ${to}`,
    accepted:
      ".cim and .cimb; trace .csv[.gz] to .json[.gz] or .csv[.gz]; network .onnx or .csv to .json; device .ini to .yaml",
  });
}
