/** One row of a matrix layer: windows through the arrays, chunk by chunk, partial sums to their owner, results into a ring. */
import type { Instruction, VectorSource } from "../../isa/index.js";
import type { MappedPart } from "../../mapping/index.js";
import { hasRawSums } from "../local-memory.js";
import { axisX, axisY, clip, type Interval, positionsInside, reach, windowOf } from "../windows.js";
import { type Emitter, local, paramsName } from "./emitter.js";
import type { Region, Touches } from "./graph.js";
import type { LayerRun, RowBuffer } from "./layer-run.js";
import { fillPadding, loadRows, loadSums, pixelAddress, sendRow, storeSums } from "./transfers.js";
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

/** What one part makes of a chunk of windows. */
interface PartSums {
  core: number;
  /** Accumulators that hold its results. */
  base: number;
  region: Region;
  /** What it read, to be kept until its results are out. */
  keeps: Region[];
  /** Emits the steps behind the first. */
  rest(): void;
}

/** Neighbouring windows of a row that one MVM a step takes. */
interface Chunk {
  slice: number;
  copy: number;
  row: number;
  column: number;
  vectors: number;
  sums: PartSums[];
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

/** Adds an instruction that takes results out of a core's accumulators. */
function takeResults(emitter: Emitter, core: number, instruction: Instruction, touches: Touches): void {
  emitter.lastResults.set(core, emitter.add(core, "vector", instruction, touches));
}

function wholeChunk(emitter: Emitter, run: LayerRun, { slice: at, copy, row, column, vectors, sums }: Chunk): void {
  const { layer } = run.chain[0]!;
  const slice = run.layer.slices[at]!;
  const state = run.copies[at]![copy]!;
  const { core, base, region, keeps } = sums[0]!;
  const { ring, regions } = state.stages[0]!;
  const bits = emitter.view.bits(layer.output);
  const params = paramsName(layer.name, slice.channel0, slice.channels, emitter.view.shape(layer.output).channels);
  const slot = row % ring.slots;
  // A pixel begins on a byte: where its channels do not fill bytes, every pixel is put out by itself.
  const each = (slice.channels * bits) % 8 === 0 ? vectors : 1;
  for (let done = 0; done < vectors; done += each)
    takeResults(
      emitter,
      core,
      {
        op: "ACC.OUT",
        accumulator: { space: "acc", base: base + done * slice.channels },
        elements: each * slice.channels,
        destination: local(ring.address + slot * ring.pitch + (column + done - run.columns[0]!.low) * ring.pixelBytes),
        elementBits: bits,
        params,
      },
      { reads: [region], keeps, writes: [regions[slot]!] },
    );
}

function partialChunk(emitter: Emitter, run: LayerRun, { slice: at, copy, row, column, vectors, sums }: Chunk): void {
  const { layer } = run.chain[0]!;
  const slice = run.layer.slices[at]!;
  const state = run.copies[at]![copy]!;
  const owner = sums[0]!.core;
  const elements = vectors * slice.channels;
  const accumulatorBits = emitter.chip.core.accumulatorBits;
  const raw = sums.map(({ core, base, region: results, keeps }, index) => {
    const target = state.raw[index]!;
    const slot = target.next++ % target.ring.slots;
    const address = target.ring.address + slot * target.ring.pitch;
    const region = target.regions[slot]!;
    takeResults(
      emitter,
      core,
      {
        op: "ACC.OUT",
        accumulator: { space: "acc", base },
        elements,
        destination: local(address),
        elementBits: accumulatorBits,
        params: "raw",
      },
      { reads: [results], keeps, writes: [region] },
    );
    return { core, address, region };
  });
  const sum = raw[0]!;
  const bytes = Math.ceil((elements * accumulatorBits) / 8);
  const takeSlot = () => {
    const into = state.receive!;
    const slot = into.next++ % into.ring.slots;
    return { core: owner, address: into.ring.address + slot * into.ring.pitch, region: into.regions[slot]! };
  };
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
      operand = takeSlot();
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
    addUp(operand);
  }
  if (slice.sumsFrom >= 0) {
    const operand = takeSlot();
    loadSums(emitter, owner, slice.sumsFrom, row, column, vectors, operand);
    addUp(operand);
  }
  if (slice.sumsTo < 0) requantise();
  else {
    // Columns that an earlier strip has made as well are in memory already.
    const skip = Math.max(0, run.madeColumns - column);
    if (skip < vectors) {
      const { pixelBytes } = emitter.mapping.partialSums[slice.sumsTo]!;
      const from = { address: sum.address + skip * pixelBytes, region: sum.region };
      const store = storeSums(emitter, owner, slice.sumsTo, row, column + skip, vectors - skip, from);
      run.lastStores.set(store.stream, store);
    }
  }

  function addUp({ address, region }: { address: number; region: Region }): void {
    emitter.add(
      owner,
      "vector",
      { op: "ACC.ADD", destination: local(sum.address), a: local(sum.address), b: local(address), elements },
      { reads: [region], writes: [sum.region] },
    );
  }

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
