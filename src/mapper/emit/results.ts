/** Takes the results of a chunk of windows out of the accumulators: requantised, or as raw sums that still have to be added up. */
import type { Instruction } from "../../isa/index.js";
import { isMacLayer, type Layer } from "../../workload/index.js";
import { slotOf } from "../rings.js";
import { type Emitter, local, paramsName } from "./emitter.js";
import type { Region, Touches } from "./graph.js";
import type { LayerRun } from "./layer-run.js";
import { loadSums, sendRow, storeSums } from "./transfers.js";

/** What one part makes of a chunk of windows. */
export interface PartSums {
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
export interface Chunk {
  slice: number;
  copy: number;
  row: number;
  column: number;
  vectors: number;
  sums: PartSums[];
}

/** Adds an instruction that takes results out of a core's accumulators. */
function takeResults(emitter: Emitter, core: number, instruction: Instruction, touches: Touches): void {
  emitter.lastResults.set(core, emitter.add(core, "vector", instruction, touches));
}

/** Takes zeroPoint·Σ inputs off the sums of a layer with asymmetric weights, before they leave the accumulators. */
function recover(
  emitter: Emitter,
  layer: Layer,
  slice: { channel0: number; channels: number },
  { core, base, region }: PartSums,
  vectors: number,
): void {
  if (!isMacLayer(layer) || layer.asymmetric !== true) return;
  emitter.add(
    core,
    "vector",
    {
      op: "RECOVER",
      accumulator: { space: "acc", base },
      elements: vectors * slice.channels,
      params: paramsName(layer.name, slice.channel0, slice.channels, emitter.view.shape(layer.output).channels),
    },
    { writes: [region] },
  );
}

/** Results of a slice that one part makes whole: requantised straight from the accumulators. */
export function wholeChunk(
  emitter: Emitter,
  run: LayerRun,
  { slice: at, copy, row, column, vectors, sums }: Chunk,
): void {
  const { layer } = run.chain[0]!;
  const slice = run.layer.slices[at]!;
  const state = run.copies[at]![copy]!;
  const { core, base, region, keeps } = sums[0]!;
  const { ring, regions } = state.stages[0]!;
  const bits = emitter.view.bits(layer.output);
  const params = paramsName(layer.name, slice.channel0, slice.channels, emitter.view.shape(layer.output).channels);
  const slot = slotOf(ring, row);
  recover(emitter, layer, slice, sums[0]!, vectors);
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

/** Raw sums of all parts, and of partitions before, added up by the owner: requantised, or handed on to the next partition. */
export function partialChunk(
  emitter: Emitter,
  run: LayerRun,
  { slice: at, copy, row, column, vectors, sums }: Chunk,
): void {
  const { layer } = run.chain[0]!;
  const slice = run.layer.slices[at]!;
  const state = run.copies[at]![copy]!;
  const owner = sums[0]!.core;
  const elements = vectors * slice.channels;
  const accumulatorBits = emitter.chip.core.accumulatorBits;
  const raw = sums.map((part, index) => {
    const { core, base, region: results, keeps } = part;
    recover(emitter, layer, slice, part, vectors);
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
      run.left[emitter.sample]!.lastStores.set(emitter.graph.stream.at(store), store);
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
    const slot = slotOf(ring, row);
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
