/** The reference data of other simulators, where this checkout has them beside it. */
import { existsSync, readFileSync } from "node:fs";

export const REFERENCE = new URL("../../../../shared/reference/dram/", import.meta.url);

/** Whether the reference data are there; tests that need them say `skipped` where not. */
export const HAS_REFERENCE = existsSync(new URL("devices.json", REFERENCE));

export interface ReferenceDevice {
  id: string;
  source: string;
  protocol: string;
  tCK_ns: number;
  organization: Record<string, number>;
  address_map: { order_msb_to_lsb: string };
  timing_cycles: Record<string, number>;
  flags: Record<string, boolean>;
  controller: Record<string, string | number | boolean>;
  power_mA_V: Record<string, number>;
  timing_keys_in_file: Record<string, number | string>;
  timing_defaulted_by_simulator: string[];
}

export interface ReferenceDevices {
  dramsim3: ReferenceDevice[];
  dramsim3_variants: { id: string; base: string; overrides: Record<string, string> }[];
  ramulator2: { id: string; organization: Record<string, number>; timing_cycles: Record<string, number> }[];
  other: { id: string; timing_cycles: Record<string, number>; power_A_V: Record<string, number> }[];
}

/** devices.json; only where `HAS_REFERENCE`. */
export function referenceDevices(): ReferenceDevices {
  return JSON.parse(readFileSync(new URL("devices.json", REFERENCE), "utf8")) as ReferenceDevices;
}
