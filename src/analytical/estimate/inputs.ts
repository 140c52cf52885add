/**
 * Rows and columns of a mapped layer: those its copies make, and those each core needs of the main input.
 * Copy r makes the final rows y with y mod replicas = r; a core needs the union over its copies, and the channels and kernel rows of its parts.
 */
import type { MappedLayer, MappedPart } from "../../mapping/index.js";
import type { Layer, Network } from "../../workload/index.js";
import { chainOf, extentOf, inputSpan, linkSpans, type Span } from "./rows.js";

/** What the parts of a layer on one core need of its main input: channels, and a mark for every row. */
export interface InputNeed {
  channel0: number;
  channels: number;
  rows: Uint8Array;
}

/** Marked rows. */
export function countOf(marks: Uint8Array): number {
  return marks.reduce((sum, mark) => sum + mark, 0);
}

/** The common part of two runs of channels. */
export function overlap(a0: number, a: number, b0: number, b: number): number {
  return Math.max(0, Math.min(a0 + a, b0 + b) - Math.max(a0, b0));
}

const lengthOf = ({ low, high }: Span) => high - low;

/** Extents of one mapped layer. */
export class Extents {
  readonly chain: Layer[];
  readonly finalRows: number;
  /** Strips of the final columns that are not empty. */
  readonly strips: Span[] = [];
  /** Spans of every link, by final row and by strip. */
  private readonly rowSpans: Span[][] = [];
  private readonly columnSpans: Span[][];
  private readonly knownRows = new Map<string, number>();

  constructor(
    private readonly network: Network,
    readonly layer: MappedLayer,
  ) {
    this.chain = chainOf(network, layer);
    this.finalRows = extentOf(network, layer.output, "y");
    const width = extentOf(network, layer.output, "x");
    const each = Math.ceil(width / layer.strips);
    for (let low = 0; low < width; low += each) this.strips.push({ low, high: Math.min(width, low + each) });
    for (let row = 0; row < this.finalRows; row++)
      this.rowSpans.push(linkSpans(network, this.chain, "y", { low: row, high: row + 1 }));
    this.columnSpans = this.strips.map((strip) => linkSpans(network, this.chain, "x", strip));
  }

  /** Marks of the rows of an operand (or of a result, without one) of a link that some copies look at. */
  marks(copies: ReadonlySet<number>, link: number, operand?: number, kernel?: Span): Uint8Array {
    const layer = this.chain[link]!;
    const marks = new Uint8Array(extentOf(this.network, operand ?? layer.output, "y"));
    this.rowSpans.forEach((spans, row) => {
      if (!copies.has(row % this.layer.replicas)) return;
      const made = spans[link]!;
      if (operand === undefined) marks.fill(1, made.low, made.high);
      // Row by row: with a stride wider than the kernel there are rows between that nobody looks at.
      else
        for (let y = made.low; y < made.high; y++) {
          const { low, high } = inputSpan(this.network, layer, operand, "y", { low: y, high: y + 1 }, kernel);
          marks.fill(1, low, high);
        }
    });
    return marks;
  }

  /** How many rows of a link's result, or of an operand of it, one copy looks at. */
  rows(copy: number, link: number, operand = -1): number {
    const key = `${copy} ${link} ${operand}`;
    let known = this.knownRows.get(key);
    if (known === undefined) {
      known = countOf(this.marks(new Set([copy]), link, operand < 0 ? undefined : operand));
      this.knownRows.set(key, known);
    }
    return known;
  }

  /** Columns of a link's result, or of an operand of it, all strips together. */
  columns(link: number, operand?: number): number {
    let all = 0;
    for (const spans of this.columnSpans) {
      const made = spans[link]!;
      all += lengthOf(operand === undefined ? made : inputSpan(this.network, this.chain[link]!, operand, "x", made));
    }
    return all;
  }

  /** Columns of a link's result, those that several strips make counted once. */
  distinctColumns(link: number): number {
    const { width } = this.network.tensors[this.chain[link]!.output]!.shape;
    const marks = new Uint8Array(width);
    for (const spans of this.columnSpans) marks.fill(1, spans[link]!.low, spans[link]!.high);
    return countOf(marks);
  }

  /** What each core needs of the main input; a vector layer's slices, which lie on any cores, one by one. */
  inputNeeds(): [core: number, need: InputNeed][] {
    const input = this.chain[0]!.inputs[0]!;
    if (this.layer.kind === "vector")
      return this.layer.slices.map(({ channel0, channels, copies }) => [
        copies[0]!.parts[0]!.core,
        { channel0, channels, rows: this.marks(new Set([0]), 0, input) },
      ]);
    const byCore = new Map<number, { parts: MappedPart[]; copies: Set<number> }>();
    for (const slice of this.layer.slices)
      slice.copies.forEach(({ parts }, copy) => {
        for (const part of parts) {
          const one = byCore.get(part.core) ?? { parts: [], copies: new Set() };
          one.parts.push(part);
          one.copies.add(copy);
          byCore.set(part.core, one);
        }
      });
    return [...byCore].map(([core, { parts, copies }]) => {
      const channel0 = Math.min(...parts.map((part) => part.channel0));
      const channels = Math.max(...parts.map((part) => part.channel0 + part.channels)) - channel0;
      const kernel = {
        low: Math.min(...parts.map((part) => part.kernelRow0)),
        high: Math.max(...parts.map((part) => part.kernelRow0 + part.kernelRows)),
      };
      return [core, { channel0, channels, rows: this.marks(copies, 0, input, kernel) }];
    });
  }
}
