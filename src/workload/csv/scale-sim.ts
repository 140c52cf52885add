/**
 * SCALE-Sim topologies: convolutions by their extents, or matrix products by M, N, K.
 * Inputs: header `Layer name, IFMAP Height, …` or `Layer,M,N,K,`. Invariants: such a file has no edges, so each layer
 * reads an input of its own and hands out its result; the input extents contain the padding already.
 */
import { NetworkBuilder } from "../builder.js";
import type { Network } from "../network.js";
import { type CsvRow, CsvTable } from "./table.js";

const convolution = [
  "Layer name",
  "IFMAP Height",
  "IFMAP Width",
  "Filter Height",
  "Filter Width",
  "Channels",
  "Num Filter",
  "Strides",
];
const matrix = ["Layer", "M", "N", "K"];

/** Whether a header is one of SCALE-Sim's. */
export function isScaleSim(header: CsvRow): boolean {
  const names = header.cells.map((cell) => cell.toLowerCase());
  return names.some((name) => name.startsWith("ifmap")) || (names.includes("m") && names.includes("n"));
}

/** Reads the rows of a SCALE-Sim topology. */
export function readScaleSim(header: CsvRow, rows: readonly CsvRow[], name: string, file?: string): Network {
  const names = header.cells.map((cell) => cell.toLowerCase());
  const columns = names.some((cell) => cell.startsWith("ifmap")) ? convolution : matrix;
  const table = new CsvTable(header, columns, columns, file);
  table.throwIfAny();
  const builder = new NetworkBuilder(name);
  const seen = new Map<string, number>();
  for (const row of rows) {
    table.checkWidth(row);
    const given = table.text(row, columns[0]!) || "layer";
    const count = (seen.get(given) ?? 0) + 1;
    seen.set(given, count);
    // Topologies repeat names freely; ours must tell layers apart.
    const layer = count === 1 ? given : `${given}#${count}`;
    if (columns === matrix) addProduct(table, builder, row, layer);
    else addConvolution(table, builder, row, layer);
  }
  table.throwIfAny();
  return builder.build();
}

function addProduct(table: CsvTable, builder: NetworkBuilder, row: CsvRow, name: string): void {
  const [height, channels, rows] = ["M", "N", "K"].map((column) => table.integer(row, column, 1)) as [
    number,
    number,
    number,
  ];
  table.guard(row, () => {
    const input = builder.input(`${name}.input`, { height, width: 1, channels: rows });
    builder.output(builder.conv(input, { name, kernel: 1, channels }));
  });
}

function addConvolution(table: CsvTable, builder: NetworkBuilder, row: CsvRow, name: string): void {
  const [height, width, kernelHeight, kernelWidth, channels, filters, stride] = convolution
    .slice(1)
    .map((column) => table.integer(row, column, 1)) as [number, number, number, number, number, number, number];
  if (kernelHeight > height)
    table.report(row.line, "Filter Height", "csv-value", `${kernelHeight} is more than the input's height ${height}`);
  if (kernelWidth > width)
    table.report(row.line, "Filter Width", "csv-value", `${kernelWidth} is more than the input's width ${width}`);
  if (table.problems.length > 0) return;
  table.guard(row, () => {
    const input = builder.input(`${name}.input`, { height, width, channels });
    builder.output(
      builder.conv(input, {
        name,
        kernel: [kernelHeight, kernelWidth],
        stride,
        padding: [0, lastPart(height, kernelHeight, stride), 0, lastPart(width, kernelWidth, stride)],
        channels: filters,
      }),
    );
  });
}

/** Padding after the input, since SCALE-Sim counts ceil((extent − kernel + stride) / stride) windows: a partial one too. */
function lastPart(extent: number, kernel: number, stride: number): number {
  return Math.ceil((extent - kernel) / stride) * stride + kernel - extent;
}
