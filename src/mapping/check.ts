/**
 * Checks of a mapping against its network and chip: every weight placed once a replica, no two tiles in one slot, all in bounds.
 * Inputs: a mapping that has the right shape (see `readMapping`). Returns every problem found, at most a few dozen.
 */
import type { Problem } from "../base/index.js";
import { type Chip, structureDigest } from "../hardware/index.js";
import { isMacLayer, matrixOf, type Network, networkDigest } from "../workload/index.js";
import type { MappedLayer, MappedPartition, MappedSlice, MappedTile, Mapping } from "./mapping.js";

/** Most problems reported. */
const CAP = 50;

/** Everything wrong with a mapping; none where it can be emitted. */
export function checkMapping(mapping: Mapping, network: Network, chip: Chip): Problem[] {
  const problems: Problem[] = [];
  const add = (field: string, code: string, message: string, more: Partial<Problem> = {}): void => {
    if (problems.length < CAP) problems.push({ code, message, place: { field }, ...more });
  };
  if (mapping.network.digest !== networkDigest(network))
    add("network", "another-network", "the mapping was made for another network", {
      seen: mapping.network.digest,
      accepted: networkDigest(network),
    });
  if (mapping.chip.structureDigest !== structureDigest(chip))
    add("chip", "another-chip", "the mapping was made for a chip of another structure", {
      seen: mapping.chip.structureDigest,
      accepted: structureDigest(chip),
    });
  if (problems.length > 0) return problems;
  for (const [index, tile] of mapping.tiles.entries()) checkTile(tile, index, network, chip, add);
  for (const partition of mapping.partitions) {
    checkRounds(mapping, partition, add);
    checkSlots(mapping, partition, chip, add);
  }
  checkWeights(mapping, network, add);
  checkChannels(mapping, network, add);
  checkSums(mapping, add);
  checkMemory(mapping, chip, add);
  return problems;
}

type Add = (field: string, code: string, message: string, more?: Partial<Problem>) => void;

function checkTile(tile: MappedTile, index: number, network: Network, chip: Chip, add: Add): void {
  const { arrays } = chip.core;
  const field = `tiles[${index}]`;
  const layer = network.layers[tile.layer];
  if (!layer || !isMacLayer(layer)) {
    add(field, "unknown-layer", "the tile's layer has no weights", { seen: String(tile.layer) });
    return;
  }
  if (tile.rows > arrays.rows || tile.columns * tile.columnsPerWeight > arrays.columns)
    add(field, "tile-too-large", `tile "${tile.name}" does not fit an array`, {
      seen: `${tile.rows} x ${tile.columns * tile.columnsPerWeight} cells`,
      accepted: `${arrays.rows} x ${arrays.columns}`,
    });
  const matrix = matrixOf(network, layer)!;
  const rows = matrix.rows * tile.groups;
  const columns = matrix.cols * tile.groups;
  if (
    tile.row0 + tile.rows > rows ||
    tile.column0 + tile.columns > columns ||
    tile.group0 + tile.groups > matrix.groups
  )
    add(field, "tile-outside", `tile "${tile.name}" reaches beyond its matrix`, {
      seen: `rows to ${tile.row0 + tile.rows}, columns to ${tile.column0 + tile.columns}, groups to ${tile.group0 + tile.groups}`,
      accepted: `${rows}, ${columns}, ${matrix.groups}`,
    });
}

/** The rounds of a partition make up the batch. */
function checkRounds({ batch }: Mapping, { index, samplesPerRound }: MappedPartition, add: Add): void {
  if (batch % samplesPerRound !== 0)
    add(`partitions[${index}].samplesPerRound`, "rounds-not-whole", "its rounds do not make up the batch", {
      seen: String(samplesPerRound),
      accepted: `a divisor of ${batch}`,
    });
}

/** Slots are in bounds and hold one tile each. */
function checkSlots(mapping: Mapping, partition: MappedPartition, chip: Chip, add: Add): void {
  const { arrays } = chip.core;
  const taken = new Map<string, number>();
  for (const { field, slice } of slicesOf(partition))
    for (const [number, copy] of slice.copies.entries())
      for (const part of copy.parts) {
        const place = `${field} copy ${number}`;
        if (part.core < 0 || part.core >= chip.cores)
          add(place, "unknown-core", "the chip has no such core", {
            seen: String(part.core),
            accepted: `0 to ${chip.cores - 1}`,
          });
        for (const step of part.steps) {
          const inStep = new Set<number>();
          for (const piece of step.pieces) {
            const slot = `core ${part.core} array ${piece.array} depth ${piece.depth}`;
            if (piece.array < 0 || piece.array >= arrays.count || piece.depth < 0 || piece.depth >= arrays.depth)
              add(place, "unknown-slot", "the chip has no such slot", { seen: slot });
            if (inStep.has(piece.array)) add(place, "doubled-array", "a step drives an array twice", { seen: slot });
            inStep.add(piece.array);
            if (!mapping.tiles[piece.tile])
              add(place, "unknown-tile", "there is no such tile", { seen: String(piece.tile) });
            if (taken.has(slot))
              add(place, "slot-taken", `${slot} holds two tiles`, {
                seen: `tiles ${taken.get(slot)} and ${piece.tile}`,
              });
            taken.set(slot, piece.tile);
          }
        }
      }
}

/** Every weight of every layer is placed exactly as often as its layer has replicas. */
function checkWeights(mapping: Mapping, network: Network, add: Add): void {
  const placed = mapping.tiles.map(() => 0);
  const wanted = mapping.tiles.map(() => 0);
  const weights = new Map<number, number>();
  mapping.partitions.forEach((partition, at) => {
    for (const { layer, field, slice } of slicesOf(partition)) {
      if (layer.kind !== "matrix") continue;
      if (slice.copies.length !== layer.replicas)
        add(field, "replicas-differ", `layer "${layer.name}" does not have its replicas in partition ${at}`, {
          seen: String(slice.copies.length),
          accepted: String(layer.replicas),
        });
      for (const copy of slice.copies)
        for (const piece of copy.parts.flatMap((part) => part.steps.flatMap((step) => step.pieces))) {
          if (!mapping.tiles[piece.tile]) continue;
          placed[piece.tile]!++;
          wanted[piece.tile] = layer.replicas;
        }
    }
  });
  mapping.tiles.forEach((tile, index) => {
    if (placed[index] !== wanted[index] || placed[index] === 0)
      add(`tiles[${index}]`, "tile-count", `tile "${tile.name}" is not placed once a replica`, {
        seen: `${placed[index]} times`,
        accepted: `${Math.max(1, wanted[index]!)} times`,
      });
    const count = (tile.rows * tile.columns) / tile.groups;
    weights.set(tile.layer, (weights.get(tile.layer) ?? 0) + count);
  });
  checkOverlap(mapping, add);
  for (const layer of network.layers) {
    const matrix = matrixOf(network, layer);
    if (!matrix) continue;
    const all = matrix.rows * matrix.cols * matrix.groups;
    if ((weights.get(layer.id) ?? 0) !== all)
      add(`layer "${layer.name}"`, "weights-missing", "the tiles do not hold every weight of the layer once", {
        seen: `${weights.get(layer.id) ?? 0} weights`,
        accepted: String(all),
      });
  }
}

/** Tiles of one layer do not overlap; with the count of weights this makes the cover exact. */
function checkOverlap(mapping: Mapping, add: Add): void {
  const byColumn = new Map<string, MappedTile[]>();
  for (const tile of mapping.tiles) {
    const key = `${tile.layer} ${tile.group0} ${tile.column0}`;
    const list = byColumn.get(key);
    if (list) list.push(tile);
    else byColumn.set(key, [tile]);
  }
  for (const tiles of byColumn.values()) {
    tiles.sort((a, b) => a.row0 - b.row0);
    tiles.forEach((tile, index) => {
      const before = tiles[index - 1];
      if (before && before.row0 + before.rows > tile.row0)
        add(`tile "${tile.name}"`, "tiles-overlap", `it overlaps tile "${before.name}"`);
    });
  }
}

/** The slices of a layer, over all partitions, make every channel of its output once. */
function checkChannels(mapping: Mapping, network: Network, add: Add): void {
  const made = new Map<number, { slices: MappedSlice[]; name: string }>();
  for (const layer of mapping.partitions.flatMap((partition) => partition.layers)) {
    const known = made.get(layer.output) ?? { slices: [], name: layer.name };
    known.slices.push(...layer.slices.filter(({ sumsTo }) => sumsTo < 0));
    made.set(layer.output, known);
  }
  for (const [tensor, { slices, name }] of made) {
    let next = 0;
    for (const slice of [...slices].sort((a, b) => a.channel0 - b.channel0)) {
      if (slice.channel0 !== next)
        add(`layer "${name}"`, "channels-not-once", "its slices do not make every channel once", {
          seen: `channel ${slice.channel0}`,
          accepted: String(next),
        });
      next = slice.channel0 + slice.channels;
    }
    const { channels } = network.tensors[tensor]!.shape;
    if (next !== channels)
      add(`layer "${name}"`, "channels-not-once", "its slices do not make every channel once", {
        seen: `${next} channels`,
        accepted: String(channels),
      });
  }
}

/** Partial sums are stored by one slice and added by one slice of a later partition, both of the channels they stand for. */
function checkSums(mapping: Mapping, add: Add): void {
  const stored = mapping.partialSums.map(() => 0);
  const added = mapping.partialSums.map(() => 0);
  const fits = (index: number, partition: number, slice: MappedSlice, layer: MappedLayer, end: "from" | "to") => {
    const sums = mapping.partialSums[index];
    return (
      sums !== undefined &&
      sums[end] === partition &&
      sums.layer === layer.layer &&
      sums.channel0 === slice.channel0 &&
      sums.channels === slice.channels
    );
  };
  for (const partition of mapping.partitions)
    for (const { layer, field, slice } of slicesOf(partition)) {
      const wrong = (index: number) =>
        add(field, "unknown-sums", `layer "${layer.name}" names partial sums that are not its own`, {
          seen: String(index),
        });
      if (slice.sumsTo >= 0) {
        if (fits(slice.sumsTo, partition.index, slice, layer, "from")) stored[slice.sumsTo]!++;
        else wrong(slice.sumsTo);
      }
      if (slice.sumsFrom >= 0) {
        if (fits(slice.sumsFrom, partition.index, slice, layer, "to")) added[slice.sumsFrom]!++;
        else wrong(slice.sumsFrom);
      }
    }
  mapping.partialSums.forEach(({ from, to }, index) => {
    if (stored[index] !== 1 || added[index] !== 1 || from >= to)
      add(`partialSums[${index}]`, "sums-not-once", "they are not stored once and added once, later", {
        seen: `stored ${stored[index]} times in partition ${from}, added ${added[index]} times in ${to}`,
      });
  });
}

/** Tensors and tiles lie beside each other in memory, and local memories hold what was planned. */
function checkMemory(mapping: Mapping, chip: Chip, add: Add): void {
  const capacity = (mapping.tensorMemory === "gm" ? chip.dram?.bytes : chip.globalBuffer?.bytes) ?? 0;
  const blocks = mapping.tiles.map((tile) => ({
    name: tile.name,
    from: tile.address,
    to: tile.address + tile.rows * tile.rowBytes,
  }));
  for (const { layer, address, height, width, pixelBytes } of mapping.partialSums)
    blocks.push({ name: `partial sums of layer ${layer}`, from: address, to: address + height * width * pixelBytes });
  const seen = new Set<number>();
  for (const tensor of mapping.tensors)
    for (const slice of tensor.slices) {
      if (seen.has(slice.address)) continue;
      seen.add(slice.address);
      const bytes = tensor.height * tensor.width * slice.pixelBytes;
      blocks.push({ name: tensor.name, from: slice.address, to: slice.address + bytes });
    }
  blocks.sort((a, b) => a.from - b.from);
  blocks.forEach((block, index) => {
    const before = blocks[index - 1];
    if (before && before.to > block.from) add(block.name, "memory-overlap", `it overlaps "${before.name}" in memory`);
  });
  const end = (blocks.at(-1)?.to ?? 0) + (mapping.batch - 1) * (mapping.tensors[0]?.sampleStride ?? 0);
  if (end > capacity)
    add("tensors", "memory-too-small", "tensors reach beyond the memory", {
      seen: String(end),
      accepted: String(capacity),
    });
  for (const partition of mapping.partitions)
    for (const [core, bytes] of Object.entries(partition.localMemoryBytes))
      if (bytes > chip.core.localMemory.bytes)
        add(
          `partitions[${partition.index}]`,
          "local-memory-too-small",
          `core ${core} needs more local memory than it has`,
          {
            seen: `${bytes} bytes`,
            accepted: String(chip.core.localMemory.bytes),
          },
        );
}

function* slicesOf(partition: MappedPartition): Generator<{ layer: MappedLayer; field: string; slice: MappedSlice }> {
  for (const [at, layer] of partition.layers.entries())
    for (const [index, slice] of layer.slices.entries())
      yield { layer, slice, field: `partitions[${partition.index}].layers[${at}].slices[${index}]` };
}
