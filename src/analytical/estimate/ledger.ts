/**
 * Who keeps which resource busy for how long in one sample.
 * A use names a resource, the layer and the place in the layer's pipeline (load → mvm → vector → out), and its ticks by term.
 */
import { invariant, type Term, type TermCycles } from "../../base/index.js";
import type { Chip, Sram } from "../../hardware/index.js";
import { meshWay, type Place } from "../unloaded/stages.js";
import { dramTerms, dramTicksPerByte, type IdealSet, networkTicksPerByte, sramTicksPerByte } from "./rates.js";

/** Places in a layer's pipeline, in order. */
export const POSITIONS = ["load", "mvm", "vector", "out"] as const;
/** One place in a layer's pipeline. */
export type Position = (typeof POSITIONS)[number];

/** One resource: its ticks a sample by term, and where in which layers' pipelines it works. */
export interface Busy {
  name: string;
  terms: Partial<TermCycles>;
  ticks: number;
  users: { layer: number; position: Position; ticks: number }[];
}

/** Ticks by resource of all layers of a stage. */
export class Ledger {
  private readonly byName = new Map<string, Busy>();

  constructor(
    readonly chip: Chip,
    readonly ideal: IdealSet,
  ) {}

  /** Adds ticks of one layer to a resource. */
  use(name: string, layer: number, position: Position, terms: Partial<TermCycles>): void {
    let ticks = 0;
    for (const term in terms) ticks += terms[term as Term]!;
    if (ticks <= 0) return;
    let busy = this.byName.get(name);
    if (!busy) {
      busy = { name, terms: {}, ticks: 0, users: [] };
      this.byName.set(name, busy);
    }
    for (const term in terms) busy.terms[term as Term] = (busy.terms[term as Term] ?? 0) + terms[term as Term]!;
    busy.ticks += ticks;
    const user = busy.users.find((other) => other.layer === layer && other.position === position);
    if (user) user.ticks += ticks;
    else busy.users.push({ layer, position, ticks });
  }

  /**
   * Bytes through the ports of a memory: ports of the direction (own and shared) take ticks / their number, and all ports
   * together (reads + writes) / theirs; whichever is longer is the bound.
   */
  sram(
    name: string,
    sram: Sram,
    way: "reads" | "writes",
    bytes: number,
    term: Term,
    layer: number,
    position: Position,
  ): void {
    const ticks = bytes * sramTicksPerByte(sram, this.ideal);
    if (ticks === 0) return;
    const own = way === "reads" ? sram.readPorts : sram.writePorts;
    this.use(`${name} ${way}`, layer, position, { [term]: ticks / (own + sram.sharedPorts) });
    if (sram.sharedPorts > 0)
      this.use(`${name} ports`, layer, position, {
        [term]: ticks / (sram.readPorts + sram.writePorts + sram.sharedPorts),
      });
  }

  /** Bytes through a core's local memory. */
  local(core: number, way: "reads" | "writes", bytes: number, term: Term, layer: number, position: Position): void {
    this.sram(`core ${core} local memory`, this.chip.core.localMemory, way, bytes, term, layer, position);
  }

  /** Bytes read from or written to the memory tensors live in. */
  memory(
    space: "gm" | "gb",
    way: "reads" | "writes",
    bytes: number,
    term: Term,
    layer: number,
    position: Position,
  ): void {
    if (bytes === 0) return;
    if (space === "gb") {
      invariant(this.chip.globalBuffer, `chip ${this.chip.name} has no global buffer`);
      this.sram("global buffer", this.chip.globalBuffer, way, bytes, term, layer, position);
    } else {
      const { chip, ideal } = this;
      const ticks = bytes * dramTicksPerByte(chip, ideal, way);
      this.use("DRAM", layer, position, dramTerms(chip, ideal, way, term, ticks));
    }
  }

  /** Bytes over the bus (once), or over every link of the XY way. */
  network(from: Place, to: Place, bytes: number, term: Term, layer: number, position: Position): void {
    const ticks = bytes * networkTicksPerByte(this.chip, this.ideal);
    if (ticks === 0) return;
    const { network } = this.chip;
    if (network.kind === "bus") this.use("bus", layer, position, { [term]: ticks });
    else
      for (const link of meshWay(network, from, [to]))
        this.use(`link ${link.from} to ${link.to}`, layer, position, { [term]: ticks });
  }

  /** All resources. */
  list(): Busy[] {
    return [...this.byName.values()];
  }

  /** Ticks a sample of one resource, 0 where it is not used. */
  ticksOf(name: string): number {
    return this.byName.get(name)?.ticks ?? 0;
  }
}

/** Ticks of each place in a layer's pipeline, alone: the busiest resource the layer uses there; `most`: its busiest resource in all. */
export interface OwnTicks extends Record<Position, number> {
  most: number;
}

/** The own ticks of every layer of a ledger. */
export function ownTicks(busies: readonly Busy[], layers: number): OwnTicks[] {
  const own = Array.from({ length: layers }, (): OwnTicks => ({ load: 0, mvm: 0, vector: 0, out: 0, most: 0 }));
  for (const { users } of busies) {
    const sums = new Map<number, number>();
    for (const { layer, position, ticks } of users) {
      const one = own[layer]!;
      one[position] = Math.max(one[position], ticks);
      sums.set(layer, (sums.get(layer) ?? 0) + ticks);
    }
    for (const [layer, ticks] of sums) own[layer]!.most = Math.max(own[layer]!.most, ticks);
  }
  return own;
}
