/** A table made ready for looking up pairs: by later kind, earlier kind and scope, the longest gap and its name. */
import { type Effect, type LegalTable, REACHES } from "./gap.js";

const SCOPES = 4;

/** A table by numbers. */
export class CompiledTable {
  readonly kinds: readonly string[];
  readonly effects: readonly (readonly Effect[])[];
  /** Whether a kind moves data. */
  readonly column: readonly boolean[];
  /** Whether a kind is for a whole rank. */
  readonly rankWide: readonly boolean[];
  /** Cycles, by `index(earlier, later, scope)`. */
  private readonly cycles: Float64Array;
  private readonly names: string[];
  /** By later kind: the earlier kinds that bound it, with the longest gap of the pair. */
  readonly bounding: readonly (readonly { earlier: number; cycles: number }[])[];
  /** By earlier kind: the longest gap after it, windows included. */
  readonly horizon: readonly number[];

  constructor(readonly table: LegalTable) {
    const kinds = table.kinds;
    this.kinds = kinds;
    this.effects = kinds.map((kind) => table.effects[kind]!);
    this.column = this.effects.map((effects) => effects.includes("read") || effects.includes("write"));
    this.rankWide = this.effects.map((effects) => effects.includes("closeRank") || effects.includes("refreshRank"));
    this.cycles = new Float64Array(kinds.length ** 2 * SCOPES);
    this.names = new Array<string>(this.cycles.length).fill("");
    for (const { name, earlier, later, reach, cycles } of table.gaps)
      for (const before of earlier)
        for (const after of later)
          for (const scope of REACHES[reach]) {
            const index = this.index(kinds.indexOf(before), kinds.indexOf(after), scope);
            if (cycles <= this.cycles[index]!) continue;
            this.cycles[index] = cycles;
            this.names[index] = name;
          }
    this.bounding = kinds.map((_, later) =>
      kinds
        .map((__, earlier) => ({ earlier, cycles: this.longest(earlier, later) }))
        .filter(({ cycles }) => cycles > 0),
    );
    this.horizon = kinds.map((_, earlier) =>
      Math.max(
        1,
        ...kinds.map((__, later) => this.longest(earlier, later)),
        ...(this.effects[earlier]!.includes("open") ? table.windows.map(({ cycles }) => cycles) : []),
      ),
    );
  }

  /** Cycles that `later` has to wait after `earlier`; 0 where it need not. */
  gap(earlier: number, later: number, scope: number): number {
    return this.cycles[this.index(earlier, later, scope)]!;
  }

  /** The name of that constraint. */
  name(earlier: number, later: number, scope: number): string {
    return this.names[this.index(earlier, later, scope)]!;
  }

  /** The names of all constraints, windows included. */
  allNames(): string[] {
    return [...new Set([...this.table.windows, ...this.table.gaps].map(({ name }) => name))];
  }

  private longest(earlier: number, later: number): number {
    return Math.max(...[0, 1, 2, 3].map((scope) => this.gap(earlier, later, scope)));
  }

  private index(earlier: number, later: number, scope: number): number {
    return (later * this.kinds.length + earlier) * SCOPES + scope;
  }
}
