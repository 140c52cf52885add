/** One row of a vector layer: addition, product, activation, pooling, copy; fused behind a matrix layer or by itself. */
import { UserError } from "../../base/index.js";
import type { Block, VectorKind } from "../../isa/index.js";
import type { Layer } from "../../workload/index.js";
import { slotOf } from "../rings.js";
import { axisX, axisY, clip, positionsInside, reach, windowOf } from "../windows.js";
import { type Emitter, local, paramsName } from "./emitter.js";
import type { Region } from "./graph.js";
import type { CopyState, LayerRun, RowBuffer } from "./layer-run.js";
import { loadRows, pixelAddress } from "./transfers.js";

/** Where a row operand lies: ring, first column of a slot, regions by slot. */
interface Operand {
  address(row: number, column: number): number;
  ring: { address: number; slots: number; pitch: number; pixelBytes: number };
  regions(row: number): Region[];
}

/** Sets the columns of the rings of all copies of a vector head, and of the other operands of any layer, for the current strip. */
export function enterOperandColumns(emitter: Emitter, run: LayerRun): void {
  for (const copy of run.copies.flat()) {
    if (copy.main) {
      const { layer, input } = run.chain[0]!;
      const window = windowOf(emitter.network, layer);
      const { width } = emitter.view.shape(input);
      setColumns(copy.main, window ? clip(reach(axisX(window), run.columns[0]!), width) : run.columns[0]!);
    }
    run.chain.forEach(({ other }, index) => {
      const buffer = copy.others[index];
      if (other && buffer) setColumns(buffer, other.broadcast ? { low: 0, high: 1 } : run.columns[index]!);
    });
  }
}

function setColumns(buffer: RowBuffer, columns: { low: number; high: number }): void {
  buffer.columns = columns;
  buffer.column0 = columns.low;
}

/** Computes row `row` of link `index` for one copy of a slice. */
export function vectorRow(
  emitter: Emitter,
  run: LayerRun,
  sliceIndex: number,
  copyIndex: number,
  index: number,
  row: number,
): void {
  const stage = run.chain[index]!;
  const copy = run.copies[sliceIndex]![copyIndex]!;
  const { layer } = stage;
  if (layer.op === "maxpool" || layer.op === "avgpool") {
    poolRow(emitter, run, sliceIndex, copyIndex, index, row, layer);
    return;
  }
  const through = operandOf(emitter, run, copy, index, row, row + 1);
  const slice = run.layer.slices[sliceIndex]!;
  const { low, high } = run.columns[index]!;
  const target = copy.stages[index]!;
  const slot = slotOf(target.ring, row);
  const bits = emitter.view.bits(stage.output);
  sameWidth(emitter, layer, bits);
  const other = copy.others[index];
  const broadcast = stage.other?.broadcast === true;
  // One run of the whole row where pixels follow each other without gaps, else pixel by pixel.
  const packed = !broadcast && (slice.channels * bits) % 8 === 0;
  const block = (address: number, pixelBytes: number): Block => ({
    address: local(address),
    stride: packed ? (high - low) * pixelBytes : pixelBytes,
  });
  const first = block(through.address(row, low), through.ring.pixelBytes);
  let second: Block | undefined;
  const reads = through.regions(row);
  if (stage.other && other) {
    const otherRow = broadcast ? 0 : row;
    loadRows(emitter, stage.other.tensor, other, otherRow, otherRow + 1);
    second = block(pixelAddress(other, otherRow, broadcast ? 0 : low), broadcast ? 0 : other.ring.pixelBytes);
    reads.push(...other.regions[slotOf(other.ring, otherRow)]!);
  }
  const [a, b] = stage.operand === 1 && second ? [second, first] : [first, second];
  emitter.add(
    slice.copies[copyIndex]!.parts[0]!.core,
    "vector",
    {
      op: "VEC",
      kind: kindOf(layer),
      rows: packed ? 1 : high - low,
      rowElements: packed ? (high - low) * slice.channels : slice.channels,
      elementBits: bits,
      destination: block(target.ring.address + slot * target.ring.pitch, target.ring.pixelBytes),
      a,
      ...(b ? { b } : {}),
      params: paramsName(layer.name, slice.channel0, slice.channels, emitter.view.shape(stage.output).channels),
    },
    { reads, writes: [target.regions[slot]!] },
  );
}

function poolRow(
  emitter: Emitter,
  run: LayerRun,
  sliceIndex: number,
  copyIndex: number,
  index: number,
  row: number,
  layer: Layer & { op: "maxpool" | "avgpool" },
): void {
  const stage = run.chain[index]!;
  const copy = run.copies[sliceIndex]![copyIndex]!;
  const slice = run.layer.slices[sliceIndex]!;
  const { height, width } = emitter.view.shape(stage.input);
  const inside = positionsInside(axisY(layer), row, height, { low: 0, high: layer.kernelHeight });
  const first = row * layer.strideY - layer.padTop + inside.low;
  const rows = { low: first, high: first + inside.high - inside.low };
  const through = operandOf(emitter, run, copy, index, rows.low, rows.high);
  const { low, high } = run.columns[index]!;
  const target = copy.stages[index]!;
  const slot = slotOf(target.ring, row);
  const bits = emitter.view.bits(stage.output);
  sameWidth(emitter, layer, bits);
  const columns = reach(axisX(layer), { low, high });
  const available = clip(columns, width);
  const reads: Region[] = [];
  for (let y = rows.low; y < rows.high; y++) reads.push(...through.regions(y));
  emitter.add(
    slice.copies[copyIndex]!.parts[0]!.core,
    "vector",
    {
      op: "POOL",
      kind: layer.op === "maxpool" ? "max" : "avg",
      outputs: high - low,
      channels: slice.channels,
      elementBits: bits,
      kernelRows: rows.high - rows.low,
      kernelColumns: layer.kernelWidth,
      strideX: layer.strideX,
      padLeft: Math.max(0, -columns.low),
      width: available.high - available.low,
      rowStride: through.ring.pitch,
      pixelStride: through.ring.pixelBytes,
      source: {
        ...local(through.address(rows.low, available.low)),
        ring: { base: through.ring.address, bytes: through.ring.slots * through.ring.pitch },
      },
      destination: {
        address: local(target.ring.address + slot * target.ring.pitch),
        stride: target.ring.pixelBytes,
      },
      params: paramsName(layer.name, slice.channel0, slice.channels, emitter.view.shape(stage.output).channels),
    },
    { reads, writes: [target.regions[slot]!] },
  );
}

/** The operand that flows through a link: rows of the link before, or rows of a vector head's input, loaded where they are missing. */
function operandOf(
  emitter: Emitter,
  run: LayerRun,
  copy: CopyState,
  index: number,
  low: number,
  high: number,
): Operand {
  if (index === 0) {
    const buffer = copy.main!;
    loadRows(emitter, run.chain[0]!.input, buffer, low, high);
    return {
      ring: buffer.ring,
      address: (row, column) => pixelAddress(buffer, row, column),
      regions: (row) => [...buffer.regions[slotOf(buffer.ring, row)]!],
    };
  }
  const before = copy.stages[index - 1]!;
  const column0 = run.columns[index - 1]!.low;
  return {
    ring: before.ring,
    address: (row, column) =>
      before.ring.address + slotOf(before.ring, row) * before.ring.pitch + (column - column0) * before.ring.pixelBytes,
    regions: (row) => [before.regions[slotOf(before.ring, row)]!],
  };
}

/** A vector instruction has one width: operands and result must agree. */
function sameWidth(emitter: Emitter, layer: Layer, bits: number): void {
  for (const tensor of layer.inputs)
    if (emitter.view.bits(tensor) !== bits)
      throw new UserError({
        code: "mixed-widths",
        message: "a vector layer's operands and result must have the same width",
        place: { field: `layer "${layer.name}"` },
        seen: `${emitter.view.bits(tensor)} and ${bits} bits`,
      });
}

function kindOf(layer: Layer): VectorKind {
  switch (layer.op) {
    case "add":
    case "mul":
      return layer.op;
    case "activation":
      if (layer.activation === "relu") return "relu";
      return layer.activation === "relu6" || layer.activation === "clip" ? "clip" : "lut";
    default:
      return "copy";
  }
}
