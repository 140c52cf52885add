/** What cells of several kinds take and stand, each number with its source. Nothing here enters a simulation; figures and tables place it beside the results. */

/** How long a row takes in a published macro or model. */
export interface RowWrite {
  name: string;
  rowWriteNs: number;
  source: string;
}

/** Row-write times that were found. */
export const ROW_WRITES: RowWrite[] = [
  {
    name: "SRAM",
    rowWriteNs: 3,
    source: "a row a cycle at 333 MHz, macro of ISSCC 2022 11.7; the row a cycle is an assumption",
  },
  { name: "preset", rowWriteNs: 10, source: "compass presets, own choice; MNSIM 2.0 has 10 ns an access of RRAM too" },
  { name: "ISAAC", rowWriteNs: 40, source: "set pulse of CiMLoop's cell file of ISAAC (RRAM)" },
  { name: "PUMA", rowWriteNs: 86, source: "derived, 10.97 µs a crossbar of 128 rows in puma-simulator (RRAM)" },
  {
    name: "NeuRRAM",
    rowWriteNs: 8520,
    source: "set pulse of CiMLoop's cell file of NeuRRAM, without its verification",
  },
];

/** How often a cell can be rewritten. */
export interface Endurance {
  name: string;
  cycles: number;
  source: string;
}

/** Endurances that were found; SRAM knows no limit and has no row. */
export const ENDURANCES: Endurance[] = [
  {
    name: "FeFET, low",
    cycles: 1e4,
    source: "usual range 1e4 to 1e6, J. Semiconductors, doi 10.1088/1674-4926/24100010",
  },
  { name: "FeFET, high", cycles: 1e6, source: "the same range" },
  { name: "RRAM, 4 levels", cycles: 1e6, source: "HfOx cells, Huang et al., model of endurance degradation, abstract" },
  {
    name: "STT-MRAM, embedded",
    cycles: 1e7,
    source: "40 Mb array, CMOS-embedded STT-MRAM arrays in 2x nm nodes, 2017, abstract",
  },
  {
    name: "PCM, low",
    cycles: 1e7,
    source: "1e7 to 1e8, Qureshi et al., start-gap wear leveling, MICRO 2009, abstract",
  },
  { name: "PCM, high", cycles: 1e9, source: "Journal of Nanomaterials 2013, 195325, table 4" },
  { name: "FeFET, best", cycles: 1e10, source: "silicon nitride interlayer, single transistors, arXiv 2103.08806" },
  { name: "MRAM, best", cycles: 1e12, source: "review of RRAM, MRAM and FeRAM, doi 10.62051/e68jey36, abstract" },
];

/** Energy of writing one cell once. */
export interface CellEnergy {
  name: string;
  femtojoules: number;
  source: string;
}

/** Cell energies that were found. */
export const CELL_ENERGIES: CellEnergy[] = [
  { name: "SRAM, MNSIM", femtojoules: 1.6, source: "MNSIM 2.0, SimConfig, per bit" },
  { name: "SRAM, preset", femtojoules: 25.75, source: "MIREDO template, 28 nm, per bit" },
  { name: "SRAM, WWW", femtojoules: 400, source: "WWW digital 6T, 3.2 pJ per word of 8 bits, 45 nm" },
  { name: "RRAM, preset", femtojoules: 10_000, source: "preset rram-130nm, own estimate" },
];
