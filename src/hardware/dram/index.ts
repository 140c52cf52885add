/** DRAM devices: organisation, timing, controller settings and currents; presets, files of one's own, DRAMsim3's `.ini`. */

export { type DramDescription, describeDramDevice, dramDeviceSources } from "./describe.js";
export * from "./device.js";
export { dramDeviceTable, dramFieldTables } from "./documentation.js";
export {
  type ImportedDram,
  importDramDevice,
  parseDramDevice,
  type ReadDramOptions,
  readDramDevice,
  readDramForm,
} from "./load.js";
export { dramNames, parseDramOverrides } from "./names.js";
export { listDramDevices, listDramVariants } from "./presets.js";
export { type DramForm, dramDeviceJsonSchema } from "./schema.js";
