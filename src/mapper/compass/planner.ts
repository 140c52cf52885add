/**
 * The planner: everything about a partition that its cost depends on, a pure function of its units. It replicates and places as `map` does
 * for the same units, so that a finished Mapping, read back, gives the same plan; a test holds the two together.
 */
import type { Chip } from "../../hardware/index.js";
import type { PartitionPlan, PlannedCore, PlannedLayer } from "../../mapping/index.js";
import type { NetworkView } from "../chains.js";
import type { Geometry } from "../geometry.js";
import { packFirstFit } from "../pack.js";
import { Replication, type ReplicationRule, windowsPerReplica } from "../replication.js";
import { type Leads, leadsOf } from "./lead.js";
import { Marks } from "./marks.js";
import type { SearchUnit } from "./search-unit.js";
import { UnitRanges } from "./unit-ranges.js";

/** What plans are made with. */
export interface PlannerOptions {
  /** Whether layers get replicas at all, and when that stops. */
  replicate: boolean;
  replication: ReplicationRule;
  /** Width of partial sums that a cut sends through memory. */
  partialSumBits: number;
}

/** Plans partitions of one network on one chip. */
export class Planner {
  private readonly marks: Marks;
  private readonly leads: Leads;
  private readonly replication: Replication;

  constructor(
    private readonly view: NetworkView,
    private readonly chip: Chip,
    private readonly geometry: Geometry,
    private readonly units: readonly SearchUnit[],
    private readonly options: PlannerOptions,
  ) {
    this.marks = new Marks(view, new UnitRanges(units), options.partialSumBits);
    this.leads = leadsOf(view);
    this.replication = new Replication(view, chip, geometry, options.replication);
  }

  /** The plan of units [unit0, unit1). */
  plan(unit0: number, unit1: number): PartitionPlan {
    const { units } = this;
    const layers: PlannedLayer[] = [];
    const byLayer = new Map<number, number>();
    const replicas = this.options.replicate ? this.replication.of(units, unit0, unit1) : undefined;
    let [weightBytes, rowsWritten, cellsWritten] = [0, 0, 0];
    for (let index = unit0; index < unit1; index++) {
      const unit = units[index]!;
      let at = byLayer.get(unit.layer);
      if (at === undefined) {
        at = layers.push(this.emptyLayer(unit.layer, replicas?.get(unit.layer) ?? 1)) - 1;
        byLayer.set(unit.layer, at);
      }
      const layer = layers[at]!;
      layer.groups += unit.groups;
      layer.slots += unit.slots;
      layer.cells += unit.cells;
      layer.columns += unit.columns;
      weightBytes += unit.weightBytes;
      rowsWritten += unit.rows * layer.replicas;
      cellsWritten += unit.cells * layer.replicas;
    }
    for (const layer of layers)
      for (const [consumer, windows] of this.leads.get(layer.layer) ?? [])
        if (byLayer.has(consumer)) layer.windowsBeforeConsumer = Math.max(layer.windowsBeforeConsumer, windows);
    const { cores, receivedWeightBytes } = this.place(unit0, unit1, layers, byLayer);
    const marks = this.marks.of(unit0, unit1);
    return { unit0, unit1, layers, cores, weightBytes, receivedWeightBytes, rowsWritten, cellsWritten, ...marks };
  }

  private emptyLayer(id: number, replicas: number): PlannedLayer {
    const layer = this.view.network.layers[id]!;
    return {
      layer: id,
      inputBits: this.view.bits(layer.inputs[0]!),
      windows: windowsPerReplica(this.view, id, 1),
      replicas,
      windowsPerReplica: windowsPerReplica(this.view, id, replicas),
      windowsBeforeConsumer: 0,
      groups: 0,
      slots: 0,
      cells: 0,
      columns: 0,
    };
  }

  /** Largest units first, each to the core with the least load that has room, replicas of a unit one after another. */
  private place(unit0: number, unit1: number, layers: PlannedLayer[], byLayer: ReadonlyMap<number, number>) {
    const { units, geometry } = this;
    const order: number[] = [];
    for (let index = unit0; index < unit1; index++) order.push(index);
    const planned = (index: number) => layers[byLayer.get(units[index]!.layer)!]!;
    const load = order.map((index) => planned(index).windowsPerReplica * units[index]!.groups);
    order.sort((a, b) => units[b]!.slots - units[a]!.slots || load[b - unit0]! - load[a - unit0]! || a - b);
    const free = new Int32Array(geometry.cores).fill(geometry.slotsPerCore);
    const busy = new Float64Array(geometry.cores);
    const chosen: number[] = [];
    let placed = true;
    for (const index of order) {
      const { slots } = units[index]!;
      for (let copy = 0; copy < planned(index).replicas && placed; copy++) {
        let best = -1;
        for (let core = 0; core < geometry.cores; core++)
          if (free[core]! >= slots && (best < 0 || busy[core]! < busy[best]!)) best = core;
        placed = best >= 0;
        if (!placed) break;
        free[best]! -= slots;
        busy[best]! += load[index - unit0]!;
        chosen.push(best);
      }
    }
    return this.coresOf(order, layers, byLayer, placed ? chosen : this.firstFit(order, planned));
  }

  /** Where balancing leaves no room: first fit, which always packs what replication has found to fit. */
  private firstFit(order: readonly number[], planned: (index: number) => PlannedLayer): number[] {
    const items = order.flatMap((index) =>
      Array.from({ length: planned(index).replicas }, () => ({ slots: this.units[index]!.slots, load: 0 })),
    );
    return packFirstFit(items, this.geometry)!;
  }

  private coresOf(
    order: readonly number[],
    layers: readonly PlannedLayer[],
    byLayer: ReadonlyMap<number, number>,
    chosen: readonly number[],
  ): { cores: PlannedCore[]; receivedWeightBytes: number } {
    const cores: PlannedCore[] = [];
    const lastUnit = new Int32Array(this.geometry.cores).fill(-1);
    const { broadcast } = this.chip.core.arrays.write;
    let receivedWeightBytes = 0;
    let next = 0;
    for (const index of order) {
      const unit = this.units[index]!;
      const at = byLayer.get(unit.layer)!;
      for (let copy = 0; copy < layers[at]!.replicas; copy++) {
        const core = chosen[next++]!;
        cores[core] ??= { core, slotsWritten: 0, groups: new Array<number>(layers.length).fill(0) };
        const place = cores[core];
        place.groups[at]! += unit.groups;
        const first = lastUnit[core] !== index;
        lastUnit[core] = index;
        if (first || !broadcast) place.slotsWritten += unit.slots;
        if (first) receivedWeightBytes += unit.weightBytes;
      }
    }
    return { cores: cores.filter((core) => core !== undefined), receivedWeightBytes };
  }
}
