/** The generated parts of docs/dram-devices.md: the devices that come with the package, every field of a device file. */
import { formatSi } from "../../base/index.js";
import { schemaTables } from "../documentation.js";
import { describeDramDevice } from "./describe.js";
import { listDramDevices } from "./presets.js";
import { dramSchema } from "./schema.js";

/** A Markdown table of the devices that come with the package. */
export function dramDeviceTable(): string {
  return [
    "| device | what it is | ranks × groups × banks | row | request | peak | policies |",
    "|---|---|---|---|---|---|---|",
    ...listDramDevices().map((name) => {
      const device = describeDramDevice(name);
      const { ranks, bankGroups, banksPerGroup, rowBytes, requestBytes, peakBytesPerSecond, policies } = device;
      return `| \`${name}\` | ${device.description} | ${ranks} × ${bankGroups} × ${banksPerGroup} | ${rowBytes} B | ${requestBytes} B | ${formatSi(peakBytesPerSecond, "B/s")} | ${policies.join(", ")} |`;
    }),
  ].join("\n");
}

/** Markdown tables of every field of a device file, one table an object. */
export function dramFieldTables(): string {
  return schemaTables("device", dramSchema);
}
