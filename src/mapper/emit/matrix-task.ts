/** One row of a matrix layer: windows through the arrays, chunk by chunk, partial sums to their owner, results into a ring. */
import type { VectorSource } from "../../isa/index.js";
import type { MappedPart } from "../../mapping/index.js";
import { axisX, axisY, clip, type Interval, positionsInside, reach, windowOf } from "../windows.js";
import { type Emitter, local, paramsName } from "./emitter.js";
import type { Region } from "./graph.js";
import type { LayerRun, RowBuffer } from "./layer-run.js";
import { fillPadding, loadRows, pixelAddress, sendRow } from "./transfers.js";
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
  for (let column = columns.low; column < columns.high; column += run.layer.vectorsPerMvm) {
    const vectors = Math.min(run.layer.vectorsPerMvm, columns.high - column);
    if (parts.length === 1) wholeChunk(emitter, run, sliceIndex, copyIndex, row, column, vectors);
    else partialChunk(emitter, run, sliceIndex, copyIndex, row, column, vectors);
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

interface Chunk {
  /** Accumulators that hold its results. */
  base: number;
  region: Region;
  /** What it read, to be kept until its results are out. */
  keeps: Region[];
}

/** Runs all steps of one part over a chunk of windows. */
function multiply(
  emitter: Emitter,
  run: LayerRun,
  part: MappedPart,
  groups: readonly number[],
  row: number,
  column: number,
  vectors: number,
): Chunk {
  const buffer = run.inputs.get(part.core)!;
  const { source, vectorStride, rows } = windowSource(emitter, run, part, buffer, row, column);
  const inputs = [buffer.pads];
  for (const slot of rows)
    buffer.sources.forEach((one, index) => {
      if (one.channel0 < part.channel0 + part.channels && part.channel0 < one.channel0 + one.channels)
        inputs.push(buffer.regions[slot]![index]!);
    });
  const { buffer: lane, base, region } = emitter.takeBuffer(part.core);
  const keeps = [...inputs];
  part.steps.forEach((step, index) => {
    const arrays = arrayRegions(emitter, part.core, step.pieces);
    keeps.push(...arrays);
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
        accumulate: step.accumulate,
        mode: "normal",
      },
      { needs: [...inputs, ...arrays], writes: [region], lane },
    );
  });
  return { base, region, keeps };
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
  for (let n = 0; n < segments; n++) rows.push((first + n * window.dilationY) % ring.slots);
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

function wholeChunk(
  emitter: Emitter,
  run: LayerRun,
  sliceIndex: number,
  copyIndex: number,
  row: number,
  column: number,
  vectors: number,
): void {
  const { layer } = run.chain[0]!;
  const slice = run.layer.slices[sliceIndex]!;
  const state = run.copies[sliceIndex]![copyIndex]!;
  const part = slice.copies[copyIndex]!.parts[0]!;
  const chunk = multiply(emitter, run, part, state.groups[0]!, row, column, vectors);
  const { ring, regions } = state.stages[0]!;
  const bits = emitter.view.bits(layer.output);
  const params = paramsName(layer.name, slice.channel0, slice.channels, emitter.view.shape(layer.output).channels);
  const slot = row % ring.slots;
  // A pixel begins on a byte: where its channels do not fill bytes, every pixel is put out by itself.
  const each = (slice.channels * bits) % 8 === 0 ? vectors : 1;
  for (let done = 0; done < vectors; done += each)
    emitter.add(
      part.core,
      "vector",
      {
        op: "ACC.OUT",
        accumulator: { space: "acc", base: chunk.base + done * slice.channels },
        elements: each * slice.channels,
        destination: local(ring.address + slot * ring.pitch + (column + done - run.columns[0]!.low) * ring.pixelBytes),
        elementBits: bits,
        params,
      },
      { reads: [chunk.region], keeps: chunk.keeps, writes: [regions[slot]!] },
    );
}

function partialChunk(
  emitter: Emitter,
  run: LayerRun,
  sliceIndex: number,
  copyIndex: number,
  row: number,
  column: number,
  vectors: number,
): void {
  const { layer } = run.chain[0]!;
  const slice = run.layer.slices[sliceIndex]!;
  const state = run.copies[sliceIndex]![copyIndex]!;
  const { parts } = slice.copies[copyIndex]!;
  const owner = parts[0]!.core;
  const elements = vectors * slice.channels;
  const accumulatorBits = emitter.chip.core.accumulatorBits;
  const raw = parts.map((part, index) => {
    const chunk = multiply(emitter, run, part, state.groups[index]!, row, column, vectors);
    const target = state.raw[index]!;
    const slot = target.next++ % target.ring.slots;
    const address = target.ring.address + slot * target.ring.pitch;
    const region = target.regions[slot]!;
    emitter.add(
      part.core,
      "vector",
      {
        op: "ACC.OUT",
        accumulator: { space: "acc", base: chunk.base },
        elements,
        destination: local(address),
        elementBits: accumulatorBits,
        params: "raw",
      },
      { reads: [chunk.region], keeps: chunk.keeps, writes: [region] },
    );
    return { core: part.core, address, region };
  });
  const sum = raw[0]!;
  const bytes = Math.ceil((elements * accumulatorBits) / 8);
  for (const other of raw.slice(1)) {
    let operand = other;
    if (other.core !== owner) {
      const channel = sendRow(
        emitter,
        other.core,
        [owner],
        1,
        bytes,
        { address: local(other.address), stride: bytes },
        other.region,
      );
      const into = state.receive!;
      const slot = into.next++ % into.ring.slots;
      operand = { core: owner, address: into.ring.address + slot * into.ring.pitch, region: into.regions[slot]! };
      emitter.add(
        owner,
        "receive",
        {
          op: "RECV",
          core: other.core,
          channel,
          rows: 1,
          rowBytes: bytes,
          destination: { address: local(operand.address), stride: bytes },
        },
        { writes: [operand.region] },
      );
    }
    emitter.add(
      owner,
      "vector",
      { op: "ACC.ADD", destination: local(sum.address), a: local(sum.address), b: local(operand.address), elements },
      { reads: [operand.region], writes: [sum.region] },
    );
  }
  requantise();

  function requantise(): void {
    const { ring, regions } = state.stages[0]!;
    const bits = emitter.view.bits(layer.output);
    const slot = row % ring.slots;
    const params = paramsName(layer.name, slice.channel0, slice.channels, emitter.view.shape(layer.output).channels);
    const packed = (slice.channels * bits) % 8 === 0;
    const address = local(ring.address + slot * ring.pitch + (column - run.columns[0]!.low) * ring.pixelBytes);
    emitter.add(
      owner,
      "vector",
      {
        op: "VEC",
        kind: "requant",
        rows: packed ? 1 : vectors,
        rowElements: packed ? elements : slice.channels,
        elementBits: bits,
        destination: { address, stride: packed ? vectors * ring.pixelBytes : ring.pixelBytes },
        a: {
          address: local(sum.address),
          stride: Math.ceil(((packed ? elements : slice.channels) * accumulatorBits) / 8),
        },
        params,
      },
      { reads: [sum.region], writes: [regions[slot]!] },
    );
  }
}
