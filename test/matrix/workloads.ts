/** What every preset is made to do while its numbers are changed: enough that each of them is used. */
import { readFileSync } from "node:fs";
import { type Precision, readChip } from "../../src/hardware/index.js";
import { readNetwork } from "../../src/workload/index.js";
import { functionalProbe, networkProbe, type Probe, programProbe, twoLayers, wideLayers } from "./inert.js";

/**
 * Hand-written programs of chips that no strategy maps, or of what the strategies do not use: modes, more than a few writes at once,
 * a second core (which the chip itself refuses, and a chip of two does not).
 */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  "compass-s": ["../programs/compass.cim"],
  "ddc-pim": ["../programs/ddc.cim"],
  isaac: ["programs/isaac-ports.cim"],
  "pack-dimc": ["../programs/pack.cim"],
  "www-digital6t-rf": ["../programs/www.cim", "programs/www-digital.cim", "programs/www-two-cores.cim"],
  "www-analog6t-smem": ["programs/www-analog.cim", "programs/www-two-cores.cim"],
};

/** Presets that get two layers alone, of so many channels: too small for resnet8, or so large that mapping it takes long. */
const TWO_LAYERS: Readonly<Record<string, number>> = {
  "ddc-pim": 48,
  isaac: 64,
  "pack-dimc": 48,
  "thread-2": 48,
  "thread-2-banked": 48,
};

/** A layer of more arrays than a core of COMPASS has: its partial sums cross the bus in full width. */
const MANY_ROWS = { channels: 512, size: 2 };

/** Fields set beside a leaf that another number of its preset makes idle: a port more is of use only where ports are short of banks. */
export const BESIDE: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "core.localMemory.readPorts": { "core.localMemory.sharedPorts": 1 },
  "core.localMemory.writePorts": { "core.localMemory.sharedPorts": 1 },
};

/** Probes of a preset, the cheap ones first. */
export function probesOf(preset: string): Probe[] {
  const programs = (PROGRAMS[preset] ?? []).map((name) =>
    programProbe(name, readFileSync(new URL(name, import.meta.url), "utf8")),
  );
  if (preset.startsWith("www-")) return programs;
  const channels = TWO_LAYERS[preset];
  const network = channels === undefined ? readNetwork("resnet8@8x8") : twoLayers(channels);
  const { weightBits, inputBits, defaultPrecision } = readChip(preset);
  const others: Precision[] = weightBits
    .flatMap((bits) => inputBits.map((activationBits) => ({ weightBits: bits, activationBits })))
    .filter((other) => JSON.stringify(other) !== JSON.stringify(defaultPrecision));
  return [
    ...programs,
    // Most numbers already tell on two small layers.
    ...(channels === undefined ? [networkProbe(twoLayers(), 2)] : []),
    networkProbe(network, 2),
    ...(preset === "isaac" ? [networkProbe(wideLayers(), 1)] : []),
    ...(preset.startsWith("compass-") ? [networkProbe(twoLayers(MANY_ROWS.channels, MANY_ROWS.size), 1)] : []),
    ...others.map((precision) => networkProbe(twoLayers(), 1, precision)),
    functionalProbe(),
  ];
}
