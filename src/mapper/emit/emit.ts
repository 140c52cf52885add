/** Emits the program of a mapping: for every partition its weights, then the row tasks of a round of samples in a loop over the batch. */
import { invariant, UserError } from "../../base/index.js";
import { type Chip, structureDigest } from "../../hardware/index.js";
import { type ArrayGroup, CodeBuilder, type Program, type Stream } from "../../isa/index.js";
import type { MappedPartition, Mapping } from "../../mapping/index.js";
import { type Network, networkDigest } from "../../workload/index.js";
import { layOut } from "../local-memory.js";
import { schedule, type Task } from "../schedule.js";
import { windowOf } from "../windows.js";
import { Emitter } from "./emitter.js";
import type { Node, Region } from "./graph.js";
import { enterSample, enterStrip, type LayerRun, layerRuns, rowsBefore, rowsFor } from "./layer-run.js";
import { enterColumns, matrixRow } from "./matrix-task.js";
import { coreOf, unitOf } from "./streams.js";
import { type Synchronisation, synchronise } from "./synchronise.js";
import { deliverRow, storeRow } from "./transfers.js";
import { enterOperandColumns, vectorRow } from "./vector-task.js";
import { emitWeights } from "./weights.js";

/** The program of a mapping; throws where network or chip are not those it was made for. */
export function emit(mapping: Mapping, network: Network, chip: Chip): Program {
  checkOrigin(mapping, network, chip);
  const emitter = new Emitter(mapping, network, chip);
  const groups: ArrayGroup[] = [];
  for (const partition of mapping.partitions) emitPartition(emitter, partition, groups);
  const synchronisation = synchronise(emitter.graph, chip.core.semaphores);
  return {
    name: `${network.name} on ${chip.name}`,
    chip: chip.name,
    structureDigest: mapping.chip.structureDigest,
    cores: chip.cores,
    batch: mapping.batch,
    tags: emitter.tags,
    tiles: mapping.tiles.map((tile) => ({ ...tile })),
    groups,
    streams: streamsOf(emitter, synchronisation),
    tensors: mapping.tensors.map((tensor) => ({ ...tensor, slices: tensor.slices.map((slice) => ({ ...slice })) })),
    resident: mapping.resident,
  };
}

function checkOrigin(mapping: Mapping, network: Network, chip: Chip): void {
  if (mapping.network.digest !== networkDigest(network))
    throw new UserError({
      code: "another-network",
      message: "the mapping was made for another network",
      seen: `"${network.name}" (${networkDigest(network)})`,
      accepted: `"${mapping.network.name}" (${mapping.network.digest})`,
    });
  if (mapping.chip.structureDigest !== structureDigest(chip))
    throw new UserError({
      code: "another-chip",
      message: "the mapping was made for a chip of another structure",
      seen: `"${chip.name}" (${structureDigest(chip)})`,
      accepted: `"${mapping.chip.name}" (${mapping.chip.structureDigest})`,
    });
}

function emitPartition(emitter: Emitter, partition: MappedPartition, groups: ArrayGroup[]): void {
  const { view, mapping, chip } = emitter;
  const layout = layOut(view, chip, partition.layers);
  const runs = layerRuns(emitter, partition.layers, partition.edges, layout.layers);
  for (const run of runs) addGroups(emitter, run, partition.index, groups);
  const { pipeline } = mapping;
  const { layers, edges, samplesPerRound: samples } = partition;
  const order = schedule({ view, chip, layers, edges, layout, pipeline, samples });
  invariant("tasks" in order, "a mapping's streams must have a schedule");
  const firstSegment = emitter.graph.segments.length;
  emitter.round = samples;
  emitter.begin(partition.index, 1);
  emitWeights(emitter, partition);
  for (const run of runs) if (run.strips === 1 && run.layer.kind === "matrix") enter(emitter, run, 0, 0);
  emitter.graph.end();
  emitter.begin(partition.index, mapping.batch / samples);
  for (const run of runs)
    run.left = Array.from({ length: samples }, () => ({ tasks: 0, lastStores: new Map<number, Node>() }));
  for (const task of order.tasks) runs[task.layer]!.left[task.sample]!.tasks++;
  for (const task of order.tasks) {
    const run = runs[task.layer]!;
    emitter.sample = task.sample;
    emitTask(emitter, run, task);
    if (--run.left[task.sample]!.tasks === 0) tellOthers(emitter, run, partition, task.sample);
  }
  emitter.sample = 0;
  emitter.graph.end();
  emitter.endPartition(firstSegment);
}

/**
 * A sample of a layer is finished: where another partition waits for it, it is told now and not only at the end of the round, which tells
 * of the last one.
 */
function tellOthers(emitter: Emitter, run: LayerRun, partition: MappedPartition, sample: number): void {
  const { mapping, graph } = emitter;
  if (sample + 1 === partition.samplesPerRound) return;
  const { output, slices } = run.layer;
  const awaited =
    slices.some(({ sumsTo }) => sumsTo >= 0) ||
    mapping.partitions.some(
      (other) => other !== partition && other.edges.some((edge) => edge.tensor === output && edge.kind === "memory"),
    );
  if (awaited) for (const store of run.left[sample]!.lastStores.values()) graph.notifierOf(store);
}

/** Prepares a layer's rings for a strip; with one strip this happens once, before the samples. */
function enter(emitter: Emitter, run: LayerRun, pass: number, strip: number): void {
  emitter.tag(run.layer.name);
  if (run.pass !== pass) partPasses(emitter, run);
  enterStrip(emitter, run, pass, strip);
  if (run.layer.kind === "matrix") enterColumns(emitter, run);
  enterOperandColumns(emitter, run);
}

/** Slices of different passes share local memory: an instruction that touches all of it stands between them. */
function partPasses(emitter: Emitter, run: LayerRun): void {
  if (run.layer.slices.every((slice) => slice.pass === 0)) return;
  const byCore = new Map<number, Region[]>();
  run.layer.slices.forEach((slice, index) => {
    const { core } = slice.copies[0]!.parts[0]!;
    const regions = byCore.get(core) ?? [];
    byCore.set(core, regions);
    for (const { main, others, stages } of run.copies[index]!) {
      for (const buffer of [main, ...others]) regions.push(...(buffer?.regions.flat() ?? []));
      for (const stage of stages) regions.push(...stage.regions);
    }
  });
  for (const [core, regions] of byCore) emitter.add(core, "vector", { op: "WAIT" }, { writes: regions });
}

function emitTask(emitter: Emitter, run: LayerRun, { sample, pass, strip, row }: Task): void {
  if (run.pass !== pass || run.strip !== strip) enter(emitter, run, pass, strip);
  const { layer } = run;
  layer.slices.forEach((slice, index) => {
    if (slice.pass !== pass) return;
    const copy = slice.copies.length > 1 ? row % layer.replicas : 0;
    enterSample(run, index, copy, sample);
    if (slice.sumsTo >= 0) {
      sumRows(emitter, run, index, copy, row);
      return;
    }
    produce(emitter, run, index, copy, run.chain.length - 1, row);
    emitter.tag(layer.name);
    if (layer.stored) {
      const store = storeRow(emitter, run, index, copy, row);
      run.left[sample]!.lastStores.set(emitter.graph.stream.at(store), store);
    }
    if (run.readers.length > 0) deliverRow(emitter, run, index, copy, row);
  });
}

/** Makes the raw sums of the head rows that a final row needs; a later partition adds the rest and makes the row. */
function sumRows(emitter: Emitter, run: LayerRun, slice: number, copy: number, row: number): void {
  const state = run.copies[slice]![copy]!;
  const { low, high } = rowsFor(emitter, run, row)[0]!;
  emitter.tag(run.chain[0]!.layer.name);
  for (let head = Math.max(low, state.summed + 1); head < high; head++) {
    matrixRow(emitter, run, slice, copy, head);
    state.summed = head;
  }
}

/** Makes a row of a link, after the rows of the links before that it needs. */
function produce(emitter: Emitter, run: LayerRun, slice: number, copy: number, index: number, row: number): void {
  const stage = run.copies[slice]![copy]!.stages[index]!;
  if (stage.done >= row) return;
  if (index > 0) {
    const { low, high } = rowsBefore(emitter, run, index, row);
    for (let before = low; before < high; before++) produce(emitter, run, slice, copy, index - 1, before);
  }
  emitter.tag(run.chain[index]!.layer.name);
  if (index === 0 && run.layer.kind === "matrix") matrixRow(emitter, run, slice, copy, row);
  else vectorRow(emitter, run, slice, copy, index, row);
  stage.done = row;
}

/** Declares the array groups of a layer: one a step of every part. */
function addGroups(emitter: Emitter, run: LayerRun, partition: number, groups: ArrayGroup[]): void {
  const { layer, input } = run.chain[0]!;
  if (run.layer.kind === "vector") return;
  const window = windowOf(emitter.network, layer)!;
  const { tiles } = emitter.mapping;
  run.layer.slices.forEach((slice, index) => {
    slice.copies.forEach((copy, number) => {
      run.copies[index]![number]!.groups = copy.parts.map((part, at) =>
        part.steps.map((step, turn) => {
          const pieces = step.pieces.map((piece) => {
            const tile = tiles[piece.tile]!;
            return {
              array: piece.array,
              row0: 0,
              rows: tile.rows,
              column0: 0,
              columns: tile.columns * tile.columnsPerWeight,
              depth: piece.depth,
              tile: piece.tile,
              inputElement0: piece.inputElement0,
              output0: piece.output0,
              outputs: tile.columns,
            };
          });
          return (
            groups.push({
              name: `${layer.name}:${partition}:${slice.channel0}/${number}.${at}.${turn}`,
              core: part.core,
              pieces,
              inputs: part.kernelRows * window.kernelWidth * part.channels,
              outputs: slice.channels,
              inputBits: emitter.view.bits(input),
              weightBits: tiles[step.pieces[0]!.tile]!.weightBits,
              inputSigned: emitter.network.tensors[input]!.signed ?? false,
            }) - 1
          );
        }),
      );
    });
  });
}

function streamsOf({ graph }: Emitter, synchronisation: Synchronisation): Stream[] {
  const code = graph.code.finish();
  const builders = new Map<number, CodeBuilder>();
  graph.segments.forEach(({ nodes, stage, trips }, index) => {
    const byStream = new Map<number, Node[]>();
    for (let at = 0; at < nodes.length; at++) {
      const node = nodes.at(at);
      const list = byStream.get(graph.stream.at(node));
      if (list) list.push(node);
      else byStream.set(graph.stream.at(node), [node]);
    }
    for (const [stream, own] of byStream) {
      const builder = builders.get(stream) ?? new CodeBuilder();
      builders.set(stream, builder);
      builder.push({ op: "MARK", kind: "partition", a: stage, b: trips });
      for (const instruction of synchronisation.preludes[index]!.get(stream) ?? []) builder.push(instruction);
      if (trips > 1) builder.push({ op: "LOOP", trips });
      for (const node of own) builder.push(synchronisation.complete(node, code.at(node)));
      if (trips > 1) builder.push({ op: "ENDL" });
    }
  });
  return [...builders]
    .sort((a, b) => a[0] - b[0])
    .map(([stream, builder]) => ({ core: coreOf(stream), unit: unitOf(stream), code: builder.finish() }));
}
