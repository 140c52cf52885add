/** The resources of a chip as a trace's header numbers them: which id a hold must carry. */
import type { Chip, Sram } from "../../hardware/index.js";
import type { HoldKind, ResourceRow, TraceHeader } from "../../trace/index.js";

/** Reads and writes that a memory's ports take at once. */
export interface PortLimits {
  reads: number;
  writes: number;
  all: number;
}

/** Finds resources by what they are. */
export class ResourceMap {
  private readonly byKind = new Map<string, number[]>();
  private readonly byName = new Map<string, number>();
  private readonly rows: readonly ResourceRow[];

  constructor(
    header: TraceHeader,
    private readonly chip: Chip,
  ) {
    this.rows = header.resources;
    for (const row of header.resources) {
      const key = `${row.kind} ${row.core}`;
      const list = this.byKind.get(key);
      if (list) list.push(row.id);
      else this.byKind.set(key, [row.id]);
      this.byName.set(row.name, row.id);
    }
  }

  /** The index-th resource of a kind and core (−1: the chip's); −1 where there is none. */
  of(kind: HoldKind, core: number, index = 0): number {
    return this.byKind.get(`${kind} ${core}`)?.[index] ?? -1;
  }

  /** A port of a memory; one resource serves both directions where ports or banks are shared. */
  memory(kind: HoldKind, core: number): number {
    const owner = kind.startsWith("global") ? -1 : core;
    const own = this.of(kind, owner);
    if (own >= 0) return own;
    return this.of(kind.startsWith("global") ? "globalRead" : "localRead", owner);
  }

  /** The link from a node to its neighbour, by its name. */
  link(from: number, to: number): number {
    const { network } = this.chip;
    if (network.kind !== "mesh") return -1;
    const way = to - from === 1 ? "east" : to - from === -1 ? "west" : to > from ? "south" : "north";
    return this.byName.get(`link (${from % network.columns},${Math.floor(from / network.columns)}) ${way}`) ?? -1;
  }

  /** How many holds a resource takes at once. */
  limits(id: number): PortLimits {
    const row = this.rows[id]!;
    const memory = this.memoryOf(row.kind);
    if (!memory) return { reads: 1, writes: 1, all: 1 };
    const { readPorts, writePorts, sharedPorts } = memory;
    const merged = sharedPorts > 0 || memory.banks > 1;
    const reads = readPorts + sharedPorts;
    const writes = writePorts + sharedPorts;
    if (merged) return { reads, writes, all: readPorts + writePorts + sharedPorts };
    return row.kind.endsWith("Read") ? { reads, writes: 0, all: reads } : { reads: 0, writes, all: writes };
  }

  private memoryOf(kind: HoldKind): Sram | undefined {
    if (kind === "localRead" || kind === "localWrite") return this.chip.core.localMemory;
    if (kind === "globalRead" || kind === "globalWrite") return this.chip.globalBuffer;
    return undefined;
  }
}
