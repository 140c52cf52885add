/**
 * On which lane a recent hold was drawn: what an arrow starts from.
 * A set-associative memory of fixed size: the oldest of a set is forgotten first, and an arrow from a forgotten hold is left out and counted.
 */
import { hashHold } from "./hold-index.js";
import type { Lane } from "./perfetto-lanes.js";
import type { HoldRecord } from "./record.js";

const WAYS = 4;
const FIELDS = 5;
const NO_LANE = -1;

/** The last few hundred thousand holds and their lanes. */
export class HoldMemory {
  private readonly mask: number;
  private readonly entries: Int32Array;
  private readonly ends: Float64Array;
  private readonly lanes: Lane[] = [];
  /** End of the hold last found. */
  foundEndTick = 0;

  constructor(sets = 1 << 16) {
    this.mask = sets - 1;
    this.entries = new Int32Array(sets * WAYS * FIELDS).fill(NO_LANE);
    this.ends = new Float64Array(sets * WAYS);
  }

  /** Remembers a hold, the newest first in its set. */
  remember(record: Readonly<HoldRecord>, lane: Lane): void {
    const { entries } = this;
    this.lanes[lane.index] = lane;
    const at = (hashHold(record.stream, record.n, record.stage, record.packet) & this.mask) * WAYS * FIELDS;
    // By hand: copyWithin takes several times as long on so few elements.
    for (let to = at + WAYS * FIELDS - 1; to >= at + FIELDS; to--) entries[to] = entries[to - FIELDS]!;
    const { ends } = this;
    const first = at / FIELDS;
    for (let to = first + WAYS - 1; to > first; to--) ends[to] = ends[to - 1]!;
    ends[first] = record.endTick;
    entries[at] = lane.index;
    entries[at + 1] = record.stream;
    entries[at + 2] = record.n;
    entries[at + 3] = record.stage;
    entries[at + 4] = record.packet;
  }

  /** The lane of a hold, undefined where it was never seen or is forgotten. */
  find(stream: number, n: number, stage: number, packet: number): Lane | undefined {
    const { entries } = this;
    const set = (hashHold(stream, n, stage, packet) & this.mask) * WAYS * FIELDS;
    for (let at = set; at < set + WAYS * FIELDS; at += FIELDS) {
      const same =
        entries[at + 1] === stream && entries[at + 2] === n && entries[at + 3] === stage && entries[at + 4] === packet;
      if (same && entries[at]! !== NO_LANE) {
        this.foundEndTick = this.ends[at / FIELDS]!;
        return this.lanes[entries[at]!];
      }
    }
    return undefined;
  }
}
