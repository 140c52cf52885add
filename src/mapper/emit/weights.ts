/**
 * Brings a partition's weights into the arrays: DRAM to weight buffer to array, or DRAM to array on chips that write straight from it.
 * Loads run ahead of writes as far as the buffer's slots allow, and into the partition before: a write waits only for the last use
 * of its array. On double-banked arrays the writes go to the shadow bank and one swap an array makes them current.
 */
import { UserError } from "../../base/index.js";
import type { MappedPartition, MappedPiece } from "../../mapping/index.js";
import { tileBytes } from "../weights-table.js";
import type { Emitter } from "./emitter.js";
import type { Node, Region } from "./graph.js";

/** What an MVM on these pieces depends on: the arrays' current content. */
export function arrayRegions(emitter: Emitter, core: number, pieces: readonly MappedPiece[]): Region[] {
  return pieces.map(({ array, depth }) => contentRegion(emitter, core, array, depth));
}

function contentRegion(emitter: Emitter, core: number, array: number, depth: number): Region {
  const { doubleBanked } = emitter.chip.core.arrays.write;
  return emitter.named(doubleBanked ? `bank ${core} ${array}` : `array ${core} ${array} ${depth}`);
}

function writtenRegion(emitter: Emitter, core: number, array: number, depth: number): Region {
  const { doubleBanked } = emitter.chip.core.arrays.write;
  return doubleBanked ? emitter.named(`shadow ${core} ${array}`) : contentRegion(emitter, core, array, depth);
}

/** Array slots that hold a tile in one core, those of one depth together. */
interface Holder {
  core: number;
  depth: number;
  arrays: number[];
}

interface Placed {
  tile: number;
  layer: string;
  holders: Holder[];
}

/** Rows of one tile that travel together with others in one load. */
interface Chunk {
  placed: Placed;
  row0: number;
  rows: number;
  /** Bytes from the start of the load. */
  offset: number;
}

interface Load {
  cores: number[];
  address: number;
  bytes: number;
  chunks: Chunk[];
}

/** Emits loads, writes and swaps of a partition. */
export function emitWeights(emitter: Emitter, partition: MappedPartition): void {
  const placed = placedTiles(partition);
  const { arrays, weightBuffer } = emitter.chip.core;
  if (arrays.weightsFrom === "weightBuffer") {
    if (!weightBuffer)
      throw new UserError({
        code: "no-weight-buffer",
        message: "the arrays take weights from a buffer the chip has not",
      });
    throughBuffer(emitter, placed, weightBuffer.bytes);
  } else straight(emitter, placed);
  if (arrays.write.doubleBanked) swapBanks(emitter, placed);
}

function placedTiles(partition: MappedPartition): Placed[] {
  const byTile = new Map<number, Placed>();
  for (const layer of partition.layers)
    for (const slice of layer.slices)
      for (const copy of slice.copies)
        for (const { core, steps } of copy.parts)
          for (const { array, depth, tile } of steps.flatMap((step) => step.pieces)) {
            const placed = byTile.get(tile) ?? { tile, layer: layer.name, holders: [] };
            byTile.set(tile, placed);
            const holder = placed.holders.find((one) => one.core === core && one.depth === depth);
            if (holder) holder.arrays.push(array);
            else placed.holders.push({ core, depth, arrays: [array] });
          }
  return [...byTile.values()].sort((a, b) => a.tile - b.tile);
}

function coresOf(placed: Placed): number[] {
  return [...new Set(placed.holders.map(({ core }) => core))].sort((a, b) => a - b);
}

function throughBuffer(emitter: Emitter, all: readonly Placed[], bufferBytes: number): void {
  const { mapping } = emitter;
  const largest = mapping.tiles.reduce((most, tile) => Math.max(most, tileBytes(tile)), 0);
  // Slots for whole tiles where two fit, and never so small that every tiny tile takes a load of its own.
  const slotBytes = Math.min(Math.floor(bufferBytes / 2), Math.max(largest, Math.floor(bufferBytes / 4)));
  const slots = Math.floor(bufferBytes / slotBytes);
  const next = new Array<number>(emitter.chip.cores).fill(0);
  const awaited = new Set<string>();
  /** Without prefetching, the first load of a stream into a core's buffer waits until the core's arrays rest. */
  const resting = ({ cores }: Load): Node[] =>
    cores.flatMap((core) => {
      const last = emitter.lastResults.get(core);
      const pair = `${cores[0]} ${core}`;
      if (mapping.prefetchWeights || last === undefined || awaited.has(pair)) return [];
      awaited.add(pair);
      return [last];
    });
  for (const load of loadsOf(emitter, all, slotBytes)) {
    emitter.tag(load.chunks[0]!.placed.layer);
    const turn = Math.max(...load.cores.map((core) => next[core]!));
    for (const core of load.cores) next[core] = turn + 1;
    const slot = turn % slots;
    const region = (core: number) => emitter.named(`weight buffer ${core} ${slot}`);
    emitter.add(
      load.cores[0]!,
      "weightLoad",
      {
        op: "WLD",
        destination: { space: "wb", base: slot * slotBytes },
        source: { space: mapping.tensorMemory, base: load.address },
        bytes: load.bytes,
        cores: load.cores,
      },
      { writes: load.cores.map(region), after: resting(load) },
    );
    for (const chunk of load.chunks)
      for (const holder of chunk.placed.holders)
        if (load.cores.includes(holder.core)) {
          emitter.tag(chunk.placed.layer);
          writeChunk(emitter, chunk, holder, { space: "wb", base: slot * slotBytes + chunk.offset }, [
            region(holder.core),
          ]);
        }
  }
}

/** Cuts the tiles into loads of at most a slot; neighbours in DRAM for the same cores share one. */
function loadsOf(emitter: Emitter, all: readonly Placed[], slotBytes: number): Load[] {
  const loads: Load[] = [];
  const open = new Map<string, Load>();
  for (const placed of all) {
    const tile = emitter.mapping.tiles[placed.tile]!;
    const most = Math.max(1, Math.floor(slotBytes / tile.rowBytes));
    if (tile.rowBytes > slotBytes)
      throw new UserError({
        code: "weight-buffer-too-small",
        message: "the weight buffer does not hold two rows of an array",
        seen: `${slotBytes * 2} bytes`,
        accepted: `${tile.rowBytes * 2} or more`,
      });
    const cores = coresOf(placed);
    for (const group of emitter.mapping.weightMulticast ? [cores] : cores.map((core) => [core])) {
      const key = group.join(" ");
      for (let row0 = 0; row0 < tile.rows; row0 += most) {
        const rows = Math.min(most, tile.rows - row0);
        const address = tile.address + row0 * tile.rowBytes;
        const bytes = rows * tile.rowBytes;
        const before = open.get(key);
        if (before && before.address + before.bytes === address && before.bytes + bytes <= slotBytes) {
          before.chunks.push({ placed, row0, rows, offset: before.bytes });
          before.bytes += bytes;
          continue;
        }
        const load: Load = { cores: group, address, bytes, chunks: [{ placed, row0, rows, offset: 0 }] };
        loads.push(load);
        open.set(key, load);
      }
    }
  }
  return loads;
}

function straight(emitter: Emitter, all: readonly Placed[]): void {
  for (const placed of all) {
    const tile = emitter.mapping.tiles[placed.tile]!;
    emitter.tag(placed.layer);
    for (const holder of placed.holders)
      writeChunk(
        emitter,
        { placed, row0: 0, rows: tile.rows, offset: 0 },
        holder,
        { space: emitter.mapping.tensorMemory, base: tile.address },
        [],
      );
  }
}

function writeChunk(
  emitter: Emitter,
  { placed, row0, rows }: Chunk,
  { core, depth, arrays }: Holder,
  source: { space: "wb" | "gm" | "gb"; base: number },
  reads: Region[],
): void {
  const tile = emitter.mapping.tiles[placed.tile]!;
  const { broadcast } = emitter.chip.core.arrays.write;
  for (const group of broadcast ? [arrays] : arrays.map((array) => [array]))
    emitter.add(
      core,
      "weightWrite",
      {
        op: "WWR",
        arrays: group,
        row0,
        rows,
        column0: 0,
        columns: tile.columns * tile.columnsPerWeight,
        depth,
        source,
        tile: placed.tile,
        tileRow0: row0,
      },
      { reads, writes: group.map((array) => writtenRegion(emitter, core, array, depth)) },
    );
}

function swapBanks(emitter: Emitter, all: readonly Placed[]): void {
  const swapped = new Set<string>();
  for (const placed of all)
    for (const { core, arrays } of placed.holders)
      for (const array of arrays) {
        const name = `${core} ${array}`;
        if (swapped.has(name)) continue;
        swapped.add(name);
        emitter.tag(placed.layer);
        emitter.add(
          core,
          "weightWrite",
          { op: "WSWAP", array },
          { reads: [emitter.named(`shadow ${name}`)], writes: [emitter.named(`bank ${name}`)] },
        );
      }
}
