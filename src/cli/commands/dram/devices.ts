/** `wordline dram devices`: the memory devices there are, or one of them number by number with its sources. */
import { formatSi } from "../../../base/index.js";
import {
  describeDramDevice,
  dramDeviceJsonSchema,
  dramDeviceSources,
  listDramDevices,
  listDramVariants,
} from "../../../hardware/index.js";
import type { DramDeviceResult, DramDevicesResult } from "../../../results/index.js";
import { jsonText } from "../../files.js";
import { formatBytes } from "../../numbers.js";
import { addRepeated } from "../../options.js";
import { heading, type Style, styleOf } from "../../report/style.js";
import { table } from "../../report/table.js";
import { type AddCommand, JSON_OPTION } from "../command.js";

interface Options {
  set: string[];
  asDramsim3?: boolean;
  schema?: boolean;
  json?: boolean;
}

/** Adds `dram devices`. */
export const addDramDevices: AddCommand = (program, terminal) => {
  const command = program
    .command("devices")
    .summary("list the memory devices, or print one with its sources")
    .description(
      "Lists the memory devices that come with Wordline, or prints one (or a device file of yours, YAML or DRAMsim3's .ini) number by number, each with its source.",
    )
    .argument("[device]", "a name from the list, a YAML file or an .ini file");
  addRepeated(
    command,
    "--set <key=value>",
    "set a field first, e.g. timing.tREFI=3120 or row_buf_policy=CLOSE_PAGE (repeatable)",
  )
    .option("--as-dramsim3", "the device as DRAMsim3 runs it: keys it misreads, its errors of scheduling")
    .option("--schema", "print the JSON Schema of device files, for editors")
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `
Examples:
  wordline dram devices
  wordline dram devices lpddr3_1600_x32 --as-dramsim3
  wordline dram devices mine.yaml          also says everything that is wrong with it
  wordline dram devices --schema > dram-device.schema.json`,
    )
    .action((name: string | undefined, options: Options) => {
      const style = styleOf(terminal.colors);
      if (options.schema) terminal.out(jsonText(dramDeviceJsonSchema()));
      else if (name === undefined) {
        const devices = listDramDevices().map((device) => describeDramDevice(device));
        const result: DramDevicesResult = { kind: "dram-devices", format: 1, devices, variants: listDramVariants() };
        terminal.out(options.json ? jsonText(result) : listText(result, style));
      } else {
        const reading = { set: options.set, asDramsim3: options.asDramsim3 === true };
        const result: DramDeviceResult = {
          kind: "dram-device",
          format: 1,
          device: describeDramDevice(name, reading),
          numbers: dramDeviceSources(name, reading).map((leaf) => ({ ...leaf, source: leaf.source ?? null })),
        };
        terminal.out(options.json ? jsonText(result) : deviceText(result, style));
      }
    });
};

const COLUMNS = [
  { title: "device" },
  { title: "family" },
  { title: "MT/s", align: "right" },
  { title: "ranks × banks" },
  { title: "row", align: "right" },
  { title: "request", align: "right" },
  { title: "capacity", align: "right" },
  { title: "peak", align: "right" },
  { title: "what it is" },
] as const;

function listText({ devices, variants }: DramDevicesResult, style: Style): string {
  const rows = devices.map((device) => [style.bold(device.name), ...cells(device), device.description]);
  return `${table([...COLUMNS], rows)}\n  with .${variants.join(", .")} behind a name: a variant; wordline dram devices NAME prints one with the source of every number\n`;
}

function cells(device: DramDevicesResult["devices"][number]): string[] {
  const { bankGroups, banksPerGroup, ranks } = device;
  return [
    device.protocol,
    String(device.megatransfers),
    `${ranks} × ${bankGroups > 1 ? `${bankGroups} × ${banksPerGroup}` : banksPerGroup}`,
    formatBytes(device.rowBytes),
    formatBytes(device.requestBytes),
    formatBytes(device.bytes),
    formatSi(device.peakBytesPerSecond, "B/s"),
  ];
}

function deviceText({ device, numbers }: DramDeviceResult, style: Style): string {
  const facts = cells(device).map((cell, at) => [COLUMNS[at + 1]!.title, cell]);
  const rows = numbers.map(({ path, value, source }) => [path, String(value), source ?? "–"]);
  return [
    `${style.bold(device.name)}  ${device.description}\n\n`,
    table([{ title: "" }, { title: "" }], [...facts, ["policies", device.policies.join(", ")]]).replace(/^\s*\n/, ""),
    heading(style, "Numbers and their sources"),
    table([{ title: "field" }, { title: "value", align: "right" }, { title: "source" }], rows),
  ].join("");
}
