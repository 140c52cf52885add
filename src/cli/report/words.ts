/** Terms, laws and parts in words a reader knows. */
import type { Term } from "../../base/index.js";

/** Every time term in words. */
export const TERM_WORDS: Readonly<Record<Term, string>> = {
  write: "writing weights",
  weightLoad: "moving weights",
  inputLoad: "loading inputs",
  mvm: "MVM",
  adc: "conversion",
  partialSums: "partial sums",
  vector: "vector unit",
  store: "storing results",
  network: "network",
  dramRow: "DRAM rows",
  dramTurnaround: "DRAM turnaround",
  dramRefresh: "DRAM refresh",
  fill: "fill",
  drain: "drain",
  wait: "waiting",
};

/** Every component of the energy table in words. */
export const ENERGY_WORDS: Readonly<Record<string, string>> = {
  array: "arrays",
  adc: "conversion",
  write: "writing weights",
  localMemory: "local memories",
  weightBuffer: "weight buffers",
  globalBuffer: "global buffer",
  dram: "DRAM",
  network: "network",
  vector: "vector units",
  static: "static power",
};

/** Every kind of shared resource in words. */
export const RESOURCE_WORDS: Readonly<Record<string, string>> = {
  dram: "DRAM channel",
  bus: "bus",
  link: "mesh link",
  localRead: "local memory read",
  localWrite: "local memory write",
  globalRead: "global buffer read",
  globalWrite: "global buffer write",
  compute: "arrays",
  convert: "shared ADCs",
};

/** What one MVM drives, with the option that says so. */
export function mvmWords(mvmPer: string): string {
  return `one MVM a ${mvmPer === "rowBlock" ? "row block" : "unit"} (--mvm-per ${mvmPer})`;
}
