/**
 * Replica counts of the layers of a partition, for all strategies and for a search alike. Always the slowest layer
 * gets the next copy: until the chip is full; or half of it; or only as far as that layer is slower than the issue ports (COMPASS section 5
 * of our specification), as more copies would only cost writes.
 */
import type { Chip } from "../hardware/index.js";
import type { MvmPer } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";
import { CorePacker } from "./compass/core-packer.js";
import type { Unit } from "./decompose.js";
import type { Geometry } from "./geometry.js";
import { vectorCycles } from "./pace.js";
import { runsOf } from "./place.js";
import { type Replicable, replicate } from "./replicate.js";

/** When replication stops. */
export const REPLICATION_RULES = ["chip-full", "issue-bound", "half-reserve"] as const;
/** When replication stops: with the chip full, where the issue ports are the slower ones, or with half of the chip full (as in PIMCOMP). */
export type ReplicationRule = (typeof REPLICATION_RULES)[number];

/** What replication needs of a unit. */
export interface ReplicatedUnit {
  layer: number;
  slots: number;
  /** Array groups one window drives: what the core's issue port starts one after another. */
  groups: number;
}

/** What decides how many MVMs a window takes: what one MVM drives, and the results that accumulators hold of one vector. */
export interface IssueRule {
  mvmPer: MvmPer;
  mostOutputs: number;
}

/** MVMs one window of a unit takes, where its tiles have arrays of their own: one a run of columns, or one for each row block of it. */
export function issuesPerWindow(unit: Pick<Unit, "columns" | "rowTiles">, { mvmPer, mostOutputs }: IssueRule): number {
  return runsOf(unit.columns, true, mostOutputs).length * (mvmPer === "rowBlock" ? unit.rowTiles : 1);
}

/** Windows of a layer's busiest replica: rows are dealt out whole. */
export function windowsPerReplica(view: NetworkView, layer: number, replicas: number): number {
  const { height, width } = view.shape(view.network.layers[layer]!.output);
  return Math.ceil(height / replicas) * width;
}

/** Counts replicas. */
export class Replication {
  private readonly packer: CorePacker;
  private readonly vectorCycles = new Map<number, number>();

  constructor(
    private readonly view: NetworkView,
    private readonly chip: Chip,
    private readonly geometry: Geometry,
    private readonly rule: ReplicationRule,
  ) {
    this.packer = new CorePacker(geometry);
  }

  /** Replica counts by layer of units [start, end). */
  of(units: readonly ReplicatedUnit[], start: number, end: number): Map<number, number> {
    const { geometry, packer } = this;
    const layers: number[] = [];
    const sizes: Int32Array[] = [];
    const slots: number[] = [];
    let issues = 0;
    for (let index = start; index < end; index++) {
      const unit = units[index]!;
      let at = layers.length - 1;
      if (layers[at] !== unit.layer) {
        at = layers.indexOf(unit.layer);
        if (at < 0) {
          at = layers.push(unit.layer) - 1;
          sizes.push(new Int32Array(geometry.slotsPerCore + 1));
          slots.push(0);
        }
      }
      sizes[at]![unit.slots]!++;
      slots[at]! += unit.slots;
      if (this.rule === "issue-bound") issues += unit.groups * windowsPerReplica(this.view, unit.layer, 1);
    }
    const issueCycles = (issues * this.chip.core.mvmIssueCycles) / geometry.cores;
    const limit = this.rule === "half-reserve" ? Math.floor(geometry.slots / 2) : geometry.slots;
    // Items of each size with the replicas held; one count changes from a test to the next, so only its layer is counted anew.
    const sum = new Int32Array(geometry.slotsPerCore + 1);
    const held = new Int32Array(layers.length);
    let used = 0;
    const counts = replicate(
      layers.map((layer) => this.replicable(layer, issueCycles)),
      (replicas) => {
        for (let at = 0; at < held.length; at++) {
          const more = replicas[at]! - held[at]!;
          if (more === 0) continue;
          const of = sizes[at]!;
          for (let size = 1; size < of.length; size++) sum[size]! += more * of[size]!;
          used += more * slots[at]!;
          held[at] = replicas[at]!;
        }
        return used <= limit && packer.packs(sum);
      },
    );
    return new Map(layers.map((layer, at) => [layer, counts[at]!]));
  }

  private replicable(id: number, issueCycles: number): Replicable {
    const layer = this.view.network.layers[id]!;
    const { height, width } = this.view.shape(layer.output);
    if (this.rule !== "issue-bound") return { vectors: height * width, most: height };
    let cycles = this.vectorCycles.get(id);
    if (cycles === undefined) {
      cycles = vectorCycles(this.chip, this.chip.core.arrays.rows, this.view.bits(layer.inputs[0]!));
      this.vectorCycles.set(id, cycles);
    }
    return { vectors: height * width, most: height, enough: issueCycles / Math.max(1, cycles) };
  }
}
