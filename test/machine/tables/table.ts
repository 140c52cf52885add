/**
 * Cycle tables: a small program is played in both modes on both engines, which must agree in every row; what a test then asks for are
 * the spans of instructions, the holds of one kind, and what caused them, by names such as "core 0 mvm".
 */
import { expect } from "vitest";
import type { Chip } from "../../../src/hardware/index.js";
import type { Instruction, Piece, Program, Unit } from "../../../src/isa/index.js";
import type { SimulateOptions, Simulation } from "../../../src/machine/index.js";
import { HOLD_KINDS, type HoldKind, type TraceTable } from "../../../src/trace/index.js";
import { group, mvm, piece, ratio, thinChip, wwr } from "../../analytical/fixtures.js";
import { builderFor, run } from "../lab.js";

/** From and to, half open. */
export type Span = [from: number, to: number];

/** What let an instruction or a hold begin: the kind of cause (docs/timing.md section 8), the hold, and its end. */
export interface Cause {
  kind?: number;
  by: string;
  release: number;
}

/** Numbers of the candidates of section 8. */
export const CAUSE = { order: 0, freed: 1, token: 2, input: 3, previous: 4, room: 5, resource: 6 } as const;

interface Row {
  stream: number;
  n: number;
  [field: string]: number;
}

function rowsOf(columns: { length: number } & object): Row[] {
  const names = Object.keys(columns).filter((name) => name !== "length");
  return Array.from(
    { length: columns.length },
    (_, row) =>
      Object.fromEntries(
        names.map((name) => [name, (columns as unknown as Record<string, Float64Array>)[name]![row]!]),
      ) as Row,
  );
}

const byIdentity = (a: Row, b: Row) =>
  a.stream - b.stream || a.n - b.n || (a["stage"] ?? 0) - (b["stage"] ?? 0) || (a["packet"] ?? 0) - (b["packet"] ?? 0);

/** One program played. */
export class Played {
  private readonly instructions: Row[];
  private readonly holdRows: Row[];

  constructor(
    readonly result: Simulation,
    private readonly table: TraceTable,
  ) {
    this.instructions = rowsOf(table.instructions).sort(byIdentity);
    this.holdRows = rowsOf(table.holds).sort(byIdentity);
  }

  private stream(name: string): number {
    const [core, unit] = name.split(" ");
    const row = this.table.header.streams.find((stream) => String(stream.core) === core && stream.unit === unit);
    if (!row) throw new Error(`no stream "${name}"`);
    return row.id;
  }

  private name(stream: number, n: number, stage: number, packet: number): string {
    if (stream < 0) return "start";
    const { core, unit } = this.table.header.streams[stream]!;
    if (stage < 0) return `${core} ${unit} #${n} issue`;
    const hold = this.holdRows.find(
      (row) => row.stream === stream && row.n === n && row["stage"] === stage && row["packet"] === packet,
    );
    return `${core} ${unit} #${n} ${hold ? HOLD_KINDS[hold["kind"]!] : "?"} ${packet}`;
  }

  /** Start and end of every instruction of a stream ("0 mvm"). */
  spans(name: string): Span[] {
    const stream = this.stream(name);
    return this.instructions.filter((row) => row.stream === stream).map((row) => [row["startTick"]!, row["endTick"]!]);
  }

  private holdsOf(name: string, n: number, kind: HoldKind): Row[] {
    const stream = this.stream(name);
    const code = HOLD_KINDS.indexOf(kind);
    return this.holdRows.filter((row) => row.stream === stream && row.n === n && row["kind"] === code);
  }

  /** The holds of one kind that the n-th instruction of a stream makes, stage by stage, packet by packet. */
  holds(name: string, n: number, kind: HoldKind): Span[] {
    return this.holdsOf(name, n, kind).map((row) => [row["startTick"]!, row["endTick"]!]);
  }

  /** What let the n-th instruction of a stream start. */
  cause(name: string, n: number): Cause {
    const stream = this.stream(name);
    const row = this.instructions.find((each) => each.stream === stream && each.n === n)!;
    return {
      kind: row["causeKind"]!,
      by: this.name(row["causeStream"]!, row["causeN"]!, row["causeStage"]!, row["causePacket"]!),
      release: row["releaseTick"]!,
    };
  }

  /** What let the i-th of the holds of one kind begin. */
  holdCause(name: string, n: number, kind: HoldKind, index = 0): Cause {
    const row = this.holdsOf(name, n, kind)[index]!;
    return {
      by: this.name(row["causeStream"]!, row["causeN"]!, row["causeStage"]!, row["causePacket"]!),
      release: row["releaseTick"]!,
    };
  }

  /** Every row, to compare two runs. */
  rows(): { instructions: Row[]; holds: Row[] } {
    return { instructions: this.instructions, holds: this.holdRows };
  }
}

/** Plays a program coarse and fine, on wheel and heap; all rows must be the same. */
export function play(program: Program, chip: Chip, options: SimulateOptions = {}): Played {
  let first: Played | undefined;
  for (const mode of ["coarse", "fine"] as const)
    for (const engine of ["wheel", "heap"] as const) {
      const { result, table } = run(program, chip, { ...options, mode, engine });
      const played = new Played(result, table);
      first ??= played;
      expect({ mode, engine, digest: result.digest, ...played.rows() }).toEqual({
        mode,
        engine,
        digest: first.result.digest,
        ...first.rows(),
      });
    }
  return first!;
}

/**
 * The chip of the tables: `thinChip` with arrays of 8 × 8 cells, all rows driven at once. A packet of 16 bytes takes 4 ticks in local and
 * global memory, 8 in DRAM behind a latency of 20, 2 on the bus, 8 in the vector unit and 2 more the first.
 * Writing 2 rows of 8 columns: 4 bytes, weight buffer 1, pulse 10. An MVM on 2 rows with 4-bit inputs: load of 1 byte 1,
 * 4 phases of max(settle 3, convert 2) = 12, conversion left over 2, accumulation 5: 20 in all.
 */
export function tableChip(changes: (chip: Chip) => void = () => {}): Chip {
  return thinChip((chip) => {
    const { arrays } = chip.core;
    Object.assign(arrays, { rows: 8, columns: 8, depth: 2 });
    if (arrays.timing.kind === "composed") arrays.timing.rowsActive = 8;
    changes(chip);
  });
}

/** Sets fields of the converter of a table chip. */
export function setAdc(chip: Chip, fields: Record<string, unknown>): void {
  const { timing } = chip.core.arrays;
  if (timing.kind === "composed") Object.assign(timing.converter, fields);
}

/** The pieces of each array group of a table program; rows 0–1, columns 0–7 and 4 results unless told. */
export interface GroupOf {
  core?: number;
  pieces: Partial<Piece>[];
}

/** A program for a table chip: groups, and streams as lists; the tiles are those the pieces name. */
export function tableProgram(
  chip: Chip,
  groups: GroupOf[],
  streams: [core: number, unit: Unit, code: Instruction[]][],
): Program {
  const builder = builderFor(chip);
  const tiles: Piece[] = [];
  groups.forEach(({ core = 0, pieces }, index) => {
    const whole = pieces.map((each) => piece({ rows: 2, columns: 8, outputs: 4, ...each }));
    for (const each of whole) tiles[each.tile] = each;
    const inputs = Math.max(...whole.map((each) => each.inputElement0 + each.rows));
    const outputs = Math.max(...whole.map((each) => each.output0 + each.outputs));
    builder.group(group(whole, { name: `g${index}`, core, inputs, outputs }));
  });
  Array.from(tiles, (tile, index) =>
    builder.tile({
      name: `t${index}`,
      layer: index,
      row0: 0,
      rows: tile?.rows ?? 8,
      column0: 0,
      columns: tile?.outputs ?? 4,
      group0: 0,
      groups: 1,
      weightBits: 4,
      columnsPerWeight: 2,
      address: 0,
      rowBytes: (tile?.outputs ?? 4) / 2,
    }),
  );
  for (const [core, unit, code] of streams)
    for (const instruction of code) builder.stream(core, unit).push(instruction);
  return builder.build();
}

type Fields<Op extends Instruction["op"]> = Partial<Extract<Instruction, { op: Op }>>;

/** A write of rows 0–1 over 8 columns: 11 ticks on the table chip. */
export const write = (fields: Fields<"WWR"> = {}): Instruction => wwr({ rows: 2, columns: 8, ...fields });

/** An MVM of one vector: 20 ticks on the table chip. */
export const multiply = (group: number, fields: Fields<"MVM"> = {}): Instruction =>
  mvm({ groups: [group], source: { ...mvm().source, partBytes: 4 }, vectorStride: 4, ...fields });

export const waits = (...semaphores: number[]) => ({
  waits: semaphores.map((semaphore) => ({ semaphore, count: 1 })),
});
export const posts = (core: number, semaphore: number, count = 1) => ({ posts: [{ core, semaphore, count }] });

const area = (space: "lm" | "gb" | "gm", base: number, stride: number) => ({ address: { space, base }, stride });

/** Transfers of one run of `bytes`. */
export const load = (from: "gm" | "gb", bytes: number, fields: Fields<"LD"> = {}, at = 0, to = 0): Instruction => ({
  op: "LD",
  rows: 1,
  rowBytes: bytes,
  destination: area("lm", to, bytes),
  source: area(from, at, bytes),
  ...fields,
});
export const store = (to: "gm" | "gb", bytes: number, fields: Fields<"ST"> = {}, from = 0): Instruction => ({
  op: "ST",
  rows: 1,
  rowBytes: bytes,
  destination: area(to, 0, bytes),
  source: area("lm", from, bytes),
  ...fields,
});
export const send = (cores: number[], bytes: number, fields: Fields<"SEND"> = {}, from = 0): Instruction => ({
  op: "SEND",
  cores,
  channel: 0,
  rows: 1,
  rowBytes: bytes,
  source: area("lm", from, bytes),
  ...fields,
});
export const receive = (core: number, bytes: number, fields: Fields<"RECV"> = {}): Instruction => ({
  op: "RECV",
  core,
  channel: 0,
  rows: 1,
  rowBytes: bytes,
  destination: area("lm", 512, bytes),
  ...fields,
});
export const copy = (bytes: number, fields: Fields<"CPY"> = {}, from = 0, to = 256): Instruction => ({
  op: "CPY",
  rows: 1,
  rowBytes: bytes,
  destination: area("lm", to, bytes),
  source: area("lm", from, bytes),
  ...fields,
});
export const fill = (bytes: number, fields: Fields<"FILL"> = {}, to = 1024): Instruction => ({
  op: "FILL",
  rows: 1,
  rowBytes: bytes,
  destination: area("lm", to, bytes),
  value: 0,
  elementBits: 8,
  ...fields,
});

/** Sets the bus of a table chip. */
export function setBus(chip: Chip, fields: Record<string, unknown>): void {
  Object.assign(chip.network, fields);
}

export { ratio };
