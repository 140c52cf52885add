/** Network × Chip → Mapping: decomposes, cuts by a strategy, replicates, places, fuses, fits the memories and decides all edges. */
import { invariant, UserError } from "../base/index.js";
import { type Chip, structureDigest } from "../hardware/index.js";
import { LOOP_ORDER, MAPPING_FORMAT, MAPPING_VERSION, type Mapping, noTraffic } from "../mapping/index.js";
import { type Network, networkDigest } from "../workload/index.js";
import { accumulatorsOf } from "./accumulators.js";
import { NetworkView } from "./chains.js";
import { PUBLISHED } from "./compass/genetic.js";
import { Planner } from "./compass/planner.js";
import { checkUnitRule, searchUnits } from "./compass/search-unit.js";
import { countWork } from "./counts.js";
import { decompose, type Unit } from "./decompose.js";
import { fitLocalMemory } from "./fit.js";
import { type Geometry, geometryOf } from "./geometry.js";
import type { MapOptions } from "./options.js";
import { packFirstFit } from "./pack.js";
import { buildPartitions } from "./partition.js";
import { checkWidths } from "./precision.js";
import { Replication } from "./replication.js";
import { settleEdges } from "./settle-edges.js";
import { type Cut, type SearchRequest, type StrategyInput, strategyOf } from "./strategies/index.js";
import { placeTensors } from "./tensors.js";
import { tileBytes, tileTable } from "./weights-table.js";

/** Rows a ring holds beyond one window where the caller sets no number: mostly enough for the next window of a 3 × 3 kernel to come meanwhile. */
const SPARE_ROWS = 4;

/** Maps a network to a chip. */
export function map(network: Network, chip: Chip, options: MapOptions = {}): Mapping {
  const precision = options.precision ?? chip.defaultPrecision;
  const batch = options.batch ?? 1;
  const strategy = strategyOf(options.strategy ?? "greedy");
  checkRequest(chip, batch);
  checkWidths(network, chip, precision);
  const view = new NetworkView(network, precision);
  checkJoints(view);
  const geometry = geometryOf(chip);
  const units = decompose(network, chip, precision);
  checkUnitRule(view, geometry, units, options.unitRule ?? "two-dimensional");
  const replication = options.replication ?? "chip-full";
  const mvmPer = options.mvmPer ?? (strategy.searches ? "rowBlock" : "unit");
  const accumulators = accumulatorsOf(chip, units, options.accumulatorBuffers);
  const input = strategyInput(network, chip, geometry, units, { ...options, replication, mvmPer });
  const cuts = units.length === 0 ? [{ start: 0, end: 0 }] : strategy.cut(input);
  checkCuts(view, units, cuts, geometry);
  const table = tileTable(view, units, geometry);
  const { partitions: layers, sums } = buildPartitions(
    {
      view,
      geometry,
      table,
      units,
      mostOutputs: accumulators.entries,
      mvmPer,
      accumulatorBits: chip.core.accumulatorBits,
      replicate: options.replicate ?? true,
      replication: new Replication(view, chip, geometry, replication),
      spareRows: options.spareRows ?? SPARE_ROWS,
      vectorsPerMvm: options.vectorsPerMvm ?? Number.MAX_SAFE_INTEGER,
      poolBytes: Math.floor(chip.core.localMemory.bytes / 8),
    },
    cuts,
  );
  const layouts = layers.map((partition) => fitLocalMemory(view, chip, partition));
  const pipeline = options.pipeline ?? "window";
  const rounds = { batch, ...(options.samplesPerRound === undefined ? {} : { asked: options.samplesPerRound }) };
  const rules = { stream: options.stream ?? true, pipeline };
  const { edges, samples } = settleEdges({ view, chip, layers, layouts, rules, rounds });
  const memory = chip.dram
    ? { name: "DRAM", bytes: chip.dram.bytes }
    : { name: "global buffer", bytes: chip.globalBuffer!.bytes };
  const weightEnd = table.tiles.reduce((sum, tile) => sum + tileBytes(tile), 0);
  const mapping: Mapping = {
    format: MAPPING_FORMAT,
    version: MAPPING_VERSION,
    network: { name: network.name, digest: networkDigest(network) },
    chip: { name: chip.name, structureDigest: structureDigest(chip) },
    strategy: strategy.name,
    batch,
    precision: { ...precision },
    resident: cuts.length === 1,
    loopOrder: [...LOOP_ORDER],
    accumulatorBuffers: accumulators.buffers,
    accumulatorEntriesPerBuffer: accumulators.entries,
    tensorMemory: chip.dram ? "gm" : "gb",
    weightMulticast: chip.network.kind === "bus" && (options.weightMulticast ?? true),
    mvmPer,
    pipeline,
    prefetchWeights: options.prefetchWeights ?? true,
    tiles: table.tiles,
    tensors: placeTensors(view, layers, sums, weightEnd, memory, batch),
    partialSums: sums,
    partitions: cuts.map((cut, index) => ({
      index,
      unit0: cut.start,
      unit1: cut.end,
      samplesPerRound: samples[index]!,
      layers: layers[index]!,
      edges: edges[index]!,
      weightBytes: 0,
      loadBytes: 0,
      storeBytes: 0,
      traffic: noTraffic(),
      slots: 0,
      localMemoryBytes: Object.fromEntries(
        layouts[index]!.bytes.flatMap((bytes, core) => (bytes > 0 ? [[String(core), bytes]] : [])),
      ),
      work: [],
    })),
  };
  countWork(view, chip, mapping);
  return mapping;
}

function checkRequest(chip: Chip, batch: number): void {
  if (!Number.isInteger(batch) || batch < 1)
    throw new UserError({
      code: "bad-batch",
      message: "a batch has at least one sample",
      seen: String(batch),
      accepted: "1 or more",
    });
  const { arrays } = chip.core;
  if (
    arrays.inputsFrom !== "localMemory" ||
    arrays.outputsTo !== "localMemory" ||
    arrays.weightsFrom === "globalBuffer"
  )
    throw new UserError({
      code: "unsupported-memories",
      message: `the strategies map chips whose arrays work from local memory; ${chip.name}'s do not`,
      seen: `inputs from ${arrays.inputsFrom}, weights from ${arrays.weightsFrom}, outputs to ${arrays.outputsTo}`,
      accepted: "inputs from and outputs to localMemory, weights from weightBuffer or dram",
    });
  if (!chip.dram && !chip.globalBuffer)
    throw new UserError({
      code: "no-memory",
      message: `${chip.name} has neither DRAM nor a global buffer to hold inputs and outputs`,
    });
}

/** Tensors that are joined along their channels must meet on whole bytes. */
function checkJoints(view: NetworkView): void {
  for (const layer of view.network.layers) {
    if (layer.op !== "concat") continue;
    let channels = 0;
    for (const input of layer.inputs.slice(0, -1)) {
      channels += view.shape(input).channels;
      if ((channels * view.bits(input)) % 8 !== 0)
        throw new UserError({
          code: "unaligned-slice",
          message: "the tensors of the concatenation meet inside a byte",
          place: { field: `layer "${layer.name}"` },
          seen: `${channels} channels of ${view.bits(input)} bits before the joint`,
          accepted: "whole bytes before each joint",
        });
    }
  }
}

/** What a strategy is given. */
export function strategyInput(
  network: Network,
  chip: Chip,
  geometry: Geometry,
  units: readonly Unit[],
  options: MapOptions = {},
): StrategyInput {
  const fits = (start: number, end: number): boolean => {
    const items = units.slice(start, end).map((unit) => ({ slots: unit.slots, load: 0 }));
    const slots = items.reduce((sum, item) => sum + item.slots, 0);
    return slots <= geometry.slots && packFirstFit(items, geometry) !== undefined;
  };
  return {
    network,
    chip,
    geometry,
    units,
    fits,
    search: searchRequest(network, chip, geometry, units, options),
    mayCutAfter: (index) =>
      index + 1 >= units.length ||
      units[index]!.slice !== units[index + 1]!.slice ||
      sumsFillBytes(chip, units[index]!),
  };
}

/** Whether the raw sums of a pixel of a unit are whole bytes, so that they can go through memory pixel by pixel. */
function sumsFillBytes(chip: Chip, unit: Unit): boolean {
  return unit.columns.every(({ channels }) => (channels * chip.core.accumulatorBits) % 8 === 0);
}

function searchRequest(
  network: Network,
  chip: Chip,
  geometry: Geometry,
  units: readonly Unit[],
  options: MapOptions,
): SearchRequest {
  let planner: Planner | undefined;
  const mvmPer = options.mvmPer ?? "unit";
  const mostOutputs = accumulatorsOf(chip, units, options.accumulatorBuffers).entries;
  const newPlanner = (): Planner => {
    const view = new NetworkView(network, options.precision ?? chip.defaultPrecision);
    return new Planner(view, chip, geometry, searchUnits(view, geometry, units, { mvmPer, mostOutputs }), {
      replicate: options.replicate ?? true,
      replication: options.replication ?? "chip-full",
      partialSumBits: chip.core.accumulatorBits,
    });
  };
  return {
    plan: (start, end) => {
      planner ??= newPlanner();
      return planner.plan(start, end);
    },
    ...(options.cost === undefined ? {} : { cost: options.cost }),
    seed: options.seed ?? "1",
    objective: options.objective ?? "latency",
    population: options.population ?? PUBLISHED.population,
    generations: options.generations ?? PUBLISHED.generations,
    earlyStop: options.earlyStop ?? false,
    ...(options.onGeneration === undefined ? {} : { onGeneration: options.onGeneration }),
  };
}

function checkCuts(view: NetworkView, units: readonly Unit[], cuts: readonly Cut[], geometry: Geometry): void {
  if (cuts.length === 0) {
    const slices = new Map<number, { slots: number; layer: number }>();
    for (const unit of units) {
      const known = slices.get(unit.slice) ?? { slots: 0, layer: unit.layer };
      known.slots += unit.slots;
      slices.set(unit.slice, known);
    }
    const worst = [...slices.values()].sort((a, b) => b.slots - a.slots)[0]!;
    throw new UserError({
      code: "slice-larger-than-chip",
      message: `a single column slice of layer "${view.network.layers[worst.layer]!.name}" is larger than the chip`,
      seen: `${worst.slots} array slots in units of at most ${geometry.slotsPerCore}`,
      accepted: `${geometry.slots} slots in ${geometry.cores} cores`,
    });
  }
  let next = 0;
  for (const { start, end } of cuts) {
    invariant(start === next && end >= start, "a strategy must cover all units in order");
    next = end;
  }
  invariant(next === units.length, "a strategy must cover all units");
}
