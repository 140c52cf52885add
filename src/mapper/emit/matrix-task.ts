/** One row of a matrix layer: windows through the arrays, chunk by chunk, partial sums to their owner, results into a ring. */
import type { VectorSource } from "../../isa/index.js";
import type { MappedPart } from "../../mapping/index.js";
import { hasRawSums } from "../local-memory.js";
import { slotOf } from "../rings.js";
import { axisX, axisY, clip, type Interval, positionsInside, reach, windowOf } from "../windows.js";
import { type Emitter, local } from "./emitter.js";
import type { LayerRun, RowBuffer } from "./layer-run.js";
import { type Chunk, type PartSums, partialChunk, wholeChunk } from "./results.js";
import { fillPadding, loadRows, pixelAddress } from "./transfers.js";
import { arrayRegions } from "./weights.js";

/** Sets the columns of all input rings of a layer for its current strip and fills their padding. */
export function enterColumns(emitter: Emitter, run: LayerRun): void {
  const { layer, input } = run.chain[0]!;
  const { width } = emitter.view.shape(input);
  const columns = reach(axisX(windowOf(emitter.network, layer)!), run.columns[0]!);
  const value = padValue(emitter, input);
  for (const buffer of run.inputs.values()) {
    buffer.column0 = columns.low;
    buffer.columns = clip(columns, width);
    fillPadding(emitter, buffer, columns.high - columns.low, width, value, emitter.view.bits(input));
  }
}

/** The integer that stands for the real value 0 of a tensor. */
export function padValue(emitter: Emitter, tensor: number): number {
  return emitter.network.tensors[tensor]!.quantization?.zeroPoint ?? 0;
}

/** Computes row `row` of the head for one copy of a slice. */
export function matrixRow(emitter: Emitter, run: LayerRun, sliceIndex: number, copyIndex: number, row: number): void {
  const slice = run.layer.slices[sliceIndex]!;
  const { parts } = slice.copies[copyIndex]!;
  const columns = run.columns[0]!;
  for (const part of parts) loadWindow(emitter, run, part, row);
  const begin = (column: number): Chunk => {
    const vectors = Math.min(run.layer.vectorsPerMvm, columns.high - column);
    const { groups } = run.copies[sliceIndex]![copyIndex]!;
    const sums = parts.map((part, index) => multiply(emitter, run, part, groups[index]!, row, column, vectors));
    return { slice: sliceIndex, copy: copyIndex, row, column, vectors, sums };
  };
  // Additions wait for the first step of their chunk, so the first step of the next chunk goes before them where it has a buffer.
  const ahead = emitter.mapping.accumulatorBuffers > 1 && parts.some((part) => part.steps.length > 1);
  let next = columns.low;
  const waiting: Chunk[] = [];
  while (next < columns.high || waiting.length > 0) {
    while (next < columns.high && waiting.length < (ahead ? 2 : 1)) {
      waiting.push(begin(next));
      next += run.layer.vectorsPerMvm;
    }
    const chunk = waiting.shift()!;
    for (const { rest } of chunk.sums) rest();
    if (hasRawSums(slice)) partialChunk(emitter, run, chunk);
    else wholeChunk(emitter, run, chunk);
  }
}

function loadWindow(emitter: Emitter, run: LayerRun, part: MappedPart, row: number): void {
  const { layer, input } = run.chain[0]!;
  const buffer = run.inputs.get(part.core)!;
  const window = windowOf(emitter.network, layer)!;
  const { height } = emitter.view.shape(input);
  const { kernel } = run.memory.inputs.get(part.core)!;
  const first = row * window.strideY - window.padTop + kernel.low * window.dilationY;
  const last = row * window.strideY - window.padTop + (kernel.high - 1) * window.dilationY;
  const { low, high } = clip({ low: first, high: last + 1 }, height);
  loadRows(emitter, input, buffer, low, high);
}

/** Runs the first step of one part over a chunk of windows; the others follow with `rest`. */
function multiply(
  emitter: Emitter,
  run: LayerRun,
  part: MappedPart,
  groups: readonly number[],
  row: number,
  column: number,
  vectors: number,
): PartSums {
  const buffer = run.inputs.get(part.core)!;
  const { source, vectorStride, rows } = windowSource(emitter, run, part, buffer, row, column);
  const inputs = [buffer.pads];
  for (const slot of rows)
    buffer.sources.forEach((one, index) => {
      if (one.channel0 < part.channel0 + part.channels && part.channel0 < one.channel0 + one.channels)
        inputs.push(buffer.regions[slot]![index]!);
    });
  const { buffer: lane, base, region } = emitter.takeBuffer(part.core);
  const arrays = part.steps.map((step) => arrayRegions(emitter, part.core, step.pieces));
  const emitStep = (index: number): void => {
    const { accumulate } = part.steps[index]!;
    emitter.add(
      part.core,
      "mvm",
      {
        op: "MVM",
        groups: [groups[index]!],
        source,
        vectors,
        vectorStride,
        accumulator: { space: "acc", base },
        accumulate,
        mode: "normal",
      },
      {
        needs: [...inputs, ...arrays[index]!],
        lane,
        ...(accumulate === "set" ? { writes: [region] } : { adds: [region] }),
      },
    );
  };
  emitStep(0);
  const rest = (): void => {
    for (let index = 1; index < part.steps.length; index++) emitStep(index);
  };
  return { core: part.core, base, region, keeps: [...inputs, ...arrays.flat()], rest };
}

/** Where the windows of a row lie in the ring; `rows` are the slots they read. */
function windowSource(
  emitter: Emitter,
  run: LayerRun,
  part: MappedPart,
  buffer: RowBuffer,
  row: number,
  column: number,
): { source: VectorSource; vectorStride: number; rows: number[] } {
  const { layer, input } = run.chain[0]!;
  const window = windowOf(emitter.network, layer)!;
  const { ring } = buffer;
  const { height } = emitter.view.shape(input);
  const kernel: Interval = { low: part.kernelRow0, high: part.kernelRow0 + part.kernelRows };
  const inside = positionsInside(axisY(window), row, height, kernel);
  const first = row * window.strideY - window.padTop + inside.low * window.dilationY;
  const left = column * window.strideX - window.padLeft;
  const offset = ((part.channel0 - buffer.channel0) * emitter.view.bits(input)) / 8;
  const segments = inside.high - inside.low;
  const rows: number[] = [];
  for (let n = 0; n < segments; n++) rows.push(slotOf(ring, first + n * window.dilationY));
  return {
    source: {
      address: {
        ...local(segments > 0 ? pixelAddress(buffer, first, left) + offset : ring.address),
        ring: { base: ring.address, bytes: ring.slots * ring.pitch },
      },
      segments,
      segmentStride: window.dilationY * ring.pitch,
      parts: window.kernelWidth,
      partBytes: emitter.view.pixelBytes(input, part.channels),
      partStride: window.dilationX * ring.pixelBytes,
      headRows: inside.low - kernel.low,
      tailRows: kernel.high - inside.high,
      padValue: padValue(emitter, input),
    },
    vectorStride: window.strideX * ring.pixelBytes,
    rows,
  };
}
