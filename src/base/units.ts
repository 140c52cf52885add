/**
 * Quantities with units: "25.6 GB/s", "10 ns", "1 GHz", "64 kB", "2.2 nJ".
 * Each kind of quantity has one base unit, which is the unit in our field names.
 */

/** Kinds of quantity and their base unit. */
export type Quantity = "time" | "frequency" | "bytes" | "bandwidth" | "energy" | "power" | "area";

/** Factor from a unit to the base unit of its kind: s→ns, Hz, B, B/s, J→pJ, W→mW, mm2. */
const UNITS: Readonly<Record<Quantity, Readonly<Record<string, number>>>> = {
  time: { ps: 1e-3, ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 },
  frequency: { Hz: 1, kHz: 1e3, MHz: 1e6, GHz: 1e9 },
  bytes: { B: 1, kB: 1024, KB: 1024, KiB: 1024, MB: 1048576, MiB: 1048576, GB: 1073741824, GiB: 1073741824 },
  bandwidth: {
    "B/s": 1,
    "kB/s": 1e3,
    "MB/s": 1e6,
    "GB/s": 1e9,
    "TB/s": 1e12,
    "bit/s": 0.125,
    "Gbit/s": 1.25e8,
    "Mbit/s": 1.25e5,
  },
  energy: { fJ: 1e-3, pJ: 1, nJ: 1e3, uJ: 1e6, µJ: 1e6, mJ: 1e9, J: 1e12 },
  power: { uW: 1e-3, µW: 1e-3, mW: 1, W: 1e3 },
  area: { um2: 1e-6, mm2: 1 },
};

/** The unit names of one kind, for messages. */
export function unitNames(quantity: Quantity): string {
  return Object.keys(UNITS[quantity]).join(", ");
}

/** Parses "25.6 GB/s" into the base unit of its kind; undefined where it is not such a text. Sizes are powers of two, rates of ten. */
export function parseQuantity(quantity: Quantity, text: string): number | undefined {
  const match = /^\s*([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*([A-Za-zµ/0-9]+)\s*$/.exec(text);
  if (!match) return undefined;
  const factor = UNITS[quantity][match[2]!];
  if (factor === undefined) return undefined;
  // Multiply through a decimal string so that 25.6 × 1e9 stays exactly 25600000000.
  const product = Number(match[1]) * factor;
  return Number(product.toPrecision(15));
}

/** Writes a number with three significant digits and an SI prefix, e.g. `formatSi(25.6e9, "B/s")` = "25.6 GB/s". */
export function formatSi(value: number, unit: string): string {
  if (value === 0) return `0 ${unit}`;
  const prefixes: [number, string][] = [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
    [1, ""],
    [1e-3, "m"],
    [1e-6, "µ"],
    [1e-9, "n"],
    [1e-12, "p"],
  ];
  const magnitude = Math.abs(value);
  const [factor, prefix] = prefixes.find(([f]) => magnitude >= f) ?? [1e-12, "p"];
  return `${Number((value / factor).toPrecision(3))} ${prefix}${unit}`;
}
