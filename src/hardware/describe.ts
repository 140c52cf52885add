/** What a chip is, for people: its sizes in a few numbers, and where its numbers come from. */
import { parse } from "yaml";
import { arraysPerChip, weightCapacity } from "./counts.js";
import { chipText, readForm } from "./load.js";
import { normalise } from "./normalise.js";
import { type ChipQuantity, quantityInfo } from "./quantities.js";
import { leaves } from "./rules-quantities.js";
import { type ChipForm, chipSchema } from "./schema.js";
import { fieldAt, pathText } from "./schema-walk.js";

/** A chip in a few numbers. */
export interface ChipDescription {
  name: string;
  description: string;
  clockHz: number;
  cores: number;
  arraysPerCore: number;
  arrays: number;
  rows: number;
  columns: number;
  depth: number;
  cellBits: number;
  weightBits: number[];
  inputBits: number[];
  /** Weights the cells hold at the default width. */
  weightCapacity: number;
  capacityWeightBits: number;
  network: string;
  readOut: "adc" | "adderTree" | "given";
  /** DRAM bytes a second, all channels together; 0 without DRAM. */
  dramBytesPerSecond: number;
  sources: Record<string, string>;
}

/** The chip of this name, or of this file, in a few numbers. */
export function describeChip(nameOrPath: string): ChipDescription {
  const form = readForm(nameOrPath);
  const chip = normalise(form);
  const { arrays } = chip.core;
  const { dram, network } = chip;
  const capacityWeightBits = chip.defaultPrecision.weightBits;
  return {
    name: chip.name,
    description: chip.description,
    clockHz: chip.clockHz,
    cores: chip.cores,
    arraysPerCore: arrays.count,
    arrays: arraysPerChip(chip),
    rows: arrays.rows,
    columns: arrays.columns,
    depth: arrays.depth,
    cellBits: arrays.cellBits,
    weightBits: chip.weightBits,
    inputBits: chip.inputBits,
    weightCapacity: weightCapacity(chip, capacityWeightBits),
    capacityWeightBits,
    network: network.kind === "mesh" ? `mesh ${network.columns} x ${network.rows}` : "bus",
    readOut: arrays.timing.kind === "given" ? "given" : arrays.timing.converter.kind,
    dramBytesPerSecond: dram ? (dram.channels * dram.clock.hz * dram.cyclesPerByte.den) / dram.cyclesPerByte.num : 0,
    sources: { ...form.sources },
  };
}

/** Where the number at a path comes from: its own entry, or the nearest one above it. */
export function sourceOf(form: Pick<ChipForm, "sources">, path: string): string | undefined {
  for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const source = form.sources?.[at];
    if (source !== undefined) return source;
  }
  return undefined;
}

/** A number in a chip file: its path and value as an override takes them, and its kind of quantity. */
export interface NumericLeaf {
  path: string;
  value: number | string;
  quantity: ChipQuantity | undefined;
}

/** Every numeric leaf of a chip with its source. */
export function chipSources(nameOrPath: string): (NumericLeaf & { source: string | undefined })[] {
  const form = readForm(nameOrPath);
  return numericLeaves(nameOrPath).map((leaf) => ({ ...leaf, source: sourceOf(form, leaf.path) }));
}

/** Every numeric leaf that a chip's file gives (defaults are not in it), quantities with units included. */
export function numericLeaves(nameOrPath: string): NumericLeaf[] {
  const form: unknown = parse(chipText(nameOrPath).text);
  const found: NumericLeaf[] = [];
  for (const { path, value } of leaves(form)) {
    if (path[0] === "sources") continue;
    const field = fieldAt(chipSchema, form, path);
    const info = field && quantityInfo(field.schema);
    if (typeof value === "number" || (info && typeof value === "string"))
      found.push({ path: pathText(path), value: value as number | string, quantity: info?.quantity });
  }
  return found;
}
