/** Moves rows: from memory into rings, out of rings into memory, and from core to core. */
import type { Block } from "../../isa/index.js";
import { slotOf } from "../rings.js";
import { type Emitter, local } from "./emitter.js";
import type { Node, Region } from "./graph.js";
import { type LayerRun, mainBuffers, type RowBuffer, type Source } from "./layer-run.js";

/** Where a source's channels begin in a slot of a ring. */
function offsetOf(emitter: Emitter, tensor: number, buffer: RowBuffer, source: Source): number {
  return ((source.channel0 - buffer.channel0) * emitter.view.bits(tensor)) / 8;
}

/** Address of a pixel in a ring. */
export function pixelAddress(buffer: RowBuffer, row: number, column: number): number {
  const { ring, column0 } = buffer;
  return ring.address + slotOf(ring, row) * ring.pitch + (column - column0) * ring.pixelBytes;
}

/** Brings rows [low, high) from memory into a ring, those that are not there yet. */
export function loadRows(emitter: Emitter, tensor: number, buffer: RowBuffer, low: number, high: number): void {
  for (let row = Math.max(low, buffer.loaded + 1); row < high; row++) {
    // Where samples are handed on whole, the first row waits for all, and the others come behind it in the same stream.
    const whole = emitter.mapping.pipeline === "sample" && buffer.loaded < 0;
    buffer.sources.forEach((source, index) => {
      if (source.memory)
        loadPiece(emitter, tensor, buffer, row, source, buffer.regions[slotOf(buffer.ring, row)]![index]!, whole);
    });
    buffer.loaded = row;
  }
}

function loadPiece(
  emitter: Emitter,
  tensor: number,
  buffer: RowBuffer,
  row: number,
  source: Source,
  slot: Region,
  whole: boolean,
): void {
  const { tensor: root, slice, within } = source.memory!;
  const { width, height } = emitter.view.shape(root);
  const rows = whole ? Array.from({ length: height }, (_, y) => y) : [row];
  const bits = emitter.view.bits(root);
  const { low, high } = buffer.columns;
  const base = slice.address + (row * width + low) * slice.pixelBytes + (within * bits) / 8;
  emitter.add(
    buffer.core,
    "load",
    {
      op: "LD",
      rows: high - low,
      rowBytes: Math.ceil((source.channels * bits) / 8),
      destination: {
        address: local(pixelAddress(buffer, row, low) + offsetOf(emitter, tensor, buffer, source)),
        stride: buffer.ring.pixelBytes,
      },
      source: { address: emitter.sampleAddress(base), stride: slice.pixelBytes },
    },
    { samples: rows.flatMap((y) => emitter.memoryRowNeeds(root, slice.channel0, y)), writes: [slot] },
  );
}

/** Stores one finished row of a slice, or the columns of a strip of it. */
export function storeRow(emitter: Emitter, run: LayerRun, slice: number, copy: number, row: number): Node {
  const { output, slices } = run.layer;
  const place = emitter.places.get(output)!;
  const { channel0, copies } = slices[slice]!;
  const target = place.slices.find((one) => one.channel0 === channel0)!;
  const { ring, regions } = run.copies[slice]![copy]!.stages.at(-1)!;
  const { low, high } = run.columns.at(-1)!;
  const slot = slotOf(ring, row);
  return emitter.add(
    copies[copy]!.parts[0]!.core,
    "store",
    {
      op: "ST",
      rows: high - low,
      rowBytes: target.pixelBytes,
      destination: {
        address: emitter.sampleAddress(target.address + (row * place.width + low) * target.pixelBytes),
        stride: target.pixelBytes,
      },
      source: { address: local(ring.address + slot * ring.pitch), stride: ring.pixelBytes },
    },
    { reads: [regions[slot]!], appends: [emitter.memoryRow(output, channel0, row)] },
  );
}

/** Where the raw sums of a pixel lie in memory. */
function sumsBlock(emitter: Emitter, sums: number, row: number, column: number, bytes: number): Block {
  const { address, width, pixelBytes } = emitter.mapping.partialSums[sums]!;
  return { address: emitter.sampleAddress(address + (row * width + column) * pixelBytes), stride: bytes };
}

/** Stores raw sums of pixels of a row, packed from `address` of a core's local memory on. */
export function storeSums(
  emitter: Emitter,
  core: number,
  sums: number,
  row: number,
  column: number,
  pixels: number,
  from: { address: number; region: Region },
): Node {
  const bytes = pixels * emitter.mapping.partialSums[sums]!.pixelBytes;
  return emitter.add(
    core,
    "store",
    {
      op: "ST",
      rows: 1,
      rowBytes: bytes,
      destination: sumsBlock(emitter, sums, row, column, bytes),
      source: { address: local(from.address), stride: bytes },
    },
    { reads: [from.region], appends: [emitter.sumsRow(sums, row)] },
  );
}

/** Brings raw sums of pixels of a row back from memory. */
export function loadSums(
  emitter: Emitter,
  core: number,
  sums: number,
  row: number,
  column: number,
  pixels: number,
  into: { address: number; region: Region },
): void {
  const bytes = pixels * emitter.mapping.partialSums[sums]!.pixelBytes;
  emitter.add(
    core,
    "load",
    {
      op: "LD",
      rows: 1,
      rowBytes: bytes,
      destination: { address: local(into.address), stride: bytes },
      source: sumsBlock(emitter, sums, row, column, bytes),
    },
    { samples: emitter.sumsRowNeeds(sums, row), writes: [into.region] },
  );
}

/** Hands one finished row of a slice to every ring that takes it as a stream. */
export function deliverRow(emitter: Emitter, run: LayerRun, slice: number, copy: number, row: number): void {
  const core = run.layer.slices[slice]!.copies[copy]!.parts[0]!.core;
  const { ring, regions } = run.copies[slice]![copy]!.stages.at(-1)!;
  const slot = slotOf(ring, row);
  const bits = emitter.view.bits(run.layer.output);
  /** By piece of the row. */
  const deliveries = new Map<string, { source: Source; buffer: RowBuffer; region: Region; input: number }[]>();
  for (const reader of run.readers) {
    const { input } = reader.chain[0]!;
    for (const { buffer, needed } of mainBuffers(reader)) {
      if (!needed[row]) continue;
      buffer.sources.forEach((source, index) => {
        if (source.stream?.producer !== run || source.stream.slice !== slice) return;
        const key = `${source.stream.within} ${source.channels}`;
        const targets = deliveries.get(key) ?? [];
        targets.push({ source, buffer, region: buffer.regions[slotOf(buffer.ring, row)]![index]!, input });
        deliveries.set(key, targets);
      });
    }
  }
  const { width } = emitter.view.shape(run.layer.output);
  for (const targets of deliveries.values()) {
    const [{ source }] = targets as [(typeof targets)[number]];
    const rowBytes = Math.ceil((source.channels * bits) / 8);
    const from = {
      address: local(ring.address + slot * ring.pitch + (source.stream!.within * bits) / 8),
      stride: ring.pixelBytes,
    };
    const into = ({ buffer, input, source: own }: (typeof targets)[number]) => ({
      address: local(pixelAddress(buffer, row, 0) + offsetOf(emitter, input, buffer, own)),
      stride: buffer.ring.pixelBytes,
    });
    for (const target of targets)
      if (target.buffer.core === core)
        emitter.add(
          core,
          "vector",
          { op: "CPY", rows: width, rowBytes, destination: into(target), source: from },
          { reads: [regions[slot]!], writes: [target.region] },
        );
    const remote = targets.filter(({ buffer }) => buffer.core !== core);
    for (const group of emitter.chip.network.kind === "bus"
      ? distinctCores(remote)
      : remote.map((target) => [target])) {
      const channel = sendRow(
        emitter,
        core,
        group.map(({ buffer }) => buffer.core),
        width,
        rowBytes,
        from,
        regions[slot]!,
      );
      for (const target of group)
        emitter.add(
          target.buffer.core,
          "receive",
          { op: "RECV", core, channel, rows: width, rowBytes, destination: into(target) },
          { writes: [target.region] },
        );
    }
  }
}

/** Groups of targets for a message each: it reaches a core once, where several rings may take the row. */
function distinctCores<T extends { buffer: RowBuffer }>(targets: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (const target of targets) {
    const { core } = target.buffer;
    const group = groups.find((others) => others.every(({ buffer }) => buffer.core !== core));
    if (group) group.push(target);
    else groups.push([target]);
  }
  return groups;
}

/** Sends a block; its channel is its lane, so that the messages of one channel arrive in order. */
export function sendRow(
  emitter: Emitter,
  core: number,
  cores: number[],
  rows: number,
  rowBytes: number,
  source: { address: ReturnType<typeof local>; stride: number },
  taken: Region,
): number {
  const channel = emitter.graph.laneOfNext(core, "send");
  emitter.add(core, "send", { op: "SEND", cores, channel, rows, rowBytes, source }, { reads: [taken] });
  return channel;
}

/** Fills the left and right padding of all slots of a ring; in a layer of strips also orders the strips. */
export function fillPadding(
  emitter: Emitter,
  buffer: RowBuffer,
  pixels: number,
  width: number,
  value: number,
  bits: number,
): void {
  const { ring, column0 } = buffer;
  const fill = (from: number, count: number): void => {
    if (count <= 0) return;
    emitter.add(
      buffer.core,
      "vector",
      {
        op: "FILL",
        rows: ring.slots,
        rowBytes: count * ring.pixelBytes,
        destination: { address: local(ring.address + (from - column0) * ring.pixelBytes), stride: ring.pitch },
        value,
        elementBits: bits,
      },
      { writes: [buffer.pads, ...buffer.regions.flat()] },
    );
  };
  fill(column0, Math.min(pixels, -column0));
  fill(Math.max(column0, width), column0 + pixels - Math.max(column0, width));
}
