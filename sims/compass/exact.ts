/** The exact rows: sizes and counts that must equal the paper's tables and what follows from its graphs. */
import { readChip } from "../../src/hardware/index.js";
import { searchSpace } from "../../src/mapper/index.js";
import { matrixOf, readNetwork } from "../../src/workload/index.js";
import { CHIPS, NETWORKS } from "./cases.js";
import { COUNTS, PARTITIONS, TABLE_1, TABLE_2 } from "./published.js";

/** A quantity with its target. */
export interface Exact {
  what: string;
  target: string;
  ours: string;
  holds: boolean;
}

function equal(what: string, target: string, ours: string): Exact {
  return { what, target, ours, holds: target === ours };
}

const MB = 2 ** 20;
/** Rows of an array, and 4-bit weights beside each other in it. */
const [ROWS, COLUMNS] = [256, 64];

/** Row 1: chips and networks. */
export function sizes(): Exact[] {
  const chips = CHIPS.map((name) => {
    const { cores, core } = readChip(name);
    const { count, rows, columns, cellBits } = core.arrays;
    const ours = [cores, count, (cores * count * rows * columns * cellBits) / 8 / MB];
    return equal(`${name}: cores, arrays a core, MB`, TABLE_1[name]!.join(" "), ours.join(" "));
  });
  const networks = NETWORKS.map((name) => {
    const parts = matrices(name).reduce(
      (sums, { fc, weights }) => ({ fc: sums.fc + (fc ? weights : 0), conv: sums.conv + (fc ? 0 : weights) }),
      { fc: 0, conv: 0 },
    );
    const ours = [parts.fc, parts.conv, parts.fc + parts.conv].map((weights) => weights / 2 / MB);
    const target = TABLE_2[name]!;
    return {
      what: `${name}: fc, conv, all weights in MB`,
      target: target.join(" "),
      ours: ours.map((value) => value.toFixed(5)).join(" "),
      // Less than one unit of the last printed digit: the paper rounds some and cuts off others.
      holds: ours.every((value, at) => Math.abs(value - target[at]!) < 10 ** -decimals(target[at]!)),
    };
  });
  return [...chips, ...networks];
}

function decimals(value: number): number {
  return String(value).split(".")[1]?.length ?? 2;
}

interface Matrix {
  fc: boolean;
  weights: number;
  rowBlocks: number;
  columnBlocks: number;
  windows: number;
}

function matrices(name: string): Matrix[] {
  const network = readNetwork(name);
  return network.layers.flatMap((layer) => {
    const matrix = matrixOf(network, layer);
    if (!matrix) return [];
    const { rows, cols, windows } = matrix;
    const [rowBlocks, columnBlocks] = [Math.ceil(rows / ROWS), Math.ceil(cols / COLUMNS)];
    return [{ fc: layer.op === "fc", weights: rows * cols, rowBlocks, columnBlocks, windows }];
  });
}

/** Row 2: counts of sections 2 and 8 of the specification. */
export function counts(): Exact[] {
  return NETWORKS.flatMap((name) => {
    const all = matrices(name);
    const sum = (of: (matrix: Matrix) => number) => all.reduce((total, matrix) => total + of(matrix), 0);
    const graph = [
      sum(({ weights }) => weights),
      sum(({ rowBlocks, columnBlocks }) => rowBlocks * columnBlocks),
      sum(({ rowBlocks, windows }) => rowBlocks * windows),
      sum(({ rowBlocks, columnBlocks, windows }) => rowBlocks * columnBlocks * windows),
    ];
    const network = readNetwork(name);
    const spaces = CHIPS.map((chip) => searchSpace(network, readChip(chip)));
    return [
      equal(`${name}: weights, arrays, issues, array MVMs`, COUNTS[name]!.join(" "), graph.join(" ")),
      equal(`${name}: units on S M L`, PARTITIONS[name]!.units, spaces.map(({ units }) => units.length).join(" ")),
      ...(["greedy", "layerwise"] as const).map((scheme) =>
        equal(
          `${name}: partitions of ${scheme} on S M L`,
          PARTITIONS[name]![scheme],
          spaces.map((space) => space[scheme].length - 1).join(" "),
        ),
      ),
    ];
  });
}
