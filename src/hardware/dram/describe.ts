/** A DRAM device for people: what it is in a few numbers, and every number with its source. */
import { sourceOf } from "../describe.js";
import { leaves } from "../rules-quantities.js";
import { pathText } from "../schema-walk.js";
import type { DramDevice } from "./device.js";
import { type ReadDramOptions, readDramForm } from "./load.js";
import { normaliseDram } from "./normalise.js";
import { burstCycles } from "./protocol.js";
import type { DramForm } from "./schema.js";

/** A device in a few numbers. */
export interface DramDescription {
  name: string;
  description: string;
  protocol: DramDevice["protocol"];
  /** Million transfers a second on one pin. */
  megatransfers: number;
  channels: number;
  ranks: number;
  bankGroups: number;
  banksPerGroup: number;
  rowBytes: number;
  requestBytes: number;
  /** Bytes of all channels. */
  bytes: number;
  /** Bytes a second of all channels, at most. */
  peakBytesPerSecond: number;
  /** Policies that can run it. */
  policies: string[];
}

/** The device of this name, or of this file, in a few numbers. */
export function describeDramDevice(nameOrPath: string, options: ReadDramOptions = {}): DramDescription {
  return describeDevice(normaliseDram(readDramForm(nameOrPath, options)));
}

/** A device in a few numbers. */
export function describeDevice(device: DramDevice): DramDescription {
  const { channels, ranks, bankGroups, banksPerGroup, rows, columns, busWidthBits, burstLength, requestBytes } =
    device.organization;
  const cycles = burstCycles(device.protocol, burstLength);
  const rowBytes = (columns * busWidthBits) / 8;
  return {
    name: device.name,
    description: device.description,
    protocol: device.protocol,
    megatransfers: Math.round((burstLength / cycles / device.tCkNs) * 1e3),
    channels,
    ranks,
    bankGroups,
    banksPerGroup,
    rowBytes,
    requestBytes,
    bytes: rowBytes * rows * bankGroups * banksPerGroup * ranks * channels,
    peakBytesPerSecond: ((requestBytes / cycles) * channels * 1e9) / device.tCkNs,
    policies: ["dramsim3", ...(device.ramulator2 ? ["ramulator2"] : [])],
  };
}

/** Every number and choice of a device with its source; what `options` change says so instead. */
export function dramDeviceSources(
  nameOrPath: string,
  options: ReadDramOptions = {},
): { path: string; value: string | number | boolean; source: string | undefined }[] {
  const form = readDramForm(nameOrPath, options);
  const plain = new Map(values(readDramForm(nameOrPath)).map(({ path, value }) => [path, value]));
  const run = options.asDramsim3
    ? new Map(values(readDramForm(nameOrPath, { asDramsim3: true })).map(({ path, value }) => [path, value]))
    : plain;
  return values(form).map(({ path, value }) => {
    if (value === plain.get(path)) return { path, value, source: sourceOf(form, path) };
    const source =
      value === run.get(path) ? (sourceOf(form, `asDramsim3.${path}`) ?? "as DRAMsim3 runs it") : "set here";
    return { path, value, source };
  });
}

/** Every number and choice of a form by its path. */
function values({ sources: _, name: __, description: ___, protocol: ____, ...fields }: DramForm) {
  return [...leaves(fields)]
    .map(({ path, value }) => ({ path: pathText(path), value: value as string | number | boolean }))
    .filter(({ value }) => value !== undefined);
}
