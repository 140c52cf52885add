/** Single alterations of a trace: one field of one row, a row lost or doubled, one value of the footer. */
import { TERMS } from "../../src/base/index.js";
import type { HoldRecord, InstructionRecord, TraceTable } from "../../src/trace/index.js";

/** One way to spoil a trace. */
export interface Alteration {
  /** Which class of record and field, e.g. `hold.startTick +1`. */
  name: string;
  /** The spoilt trace; undefined where this trace has nothing to spoil this way. */
  apply(table: TraceTable, pick: (count: number) => number): TraceTable | undefined;
}

type Columns = { length: number } & Record<string, number | ArrayLike<number>>;

/** A copy with its own columns. */
function copyOf(table: TraceTable): TraceTable {
  const columns = (from: Columns): Columns => {
    const to: Columns = { length: from.length };
    for (const [name, column] of Object.entries(from))
      if (typeof column !== "number") to[name] = (column as Int32Array).slice();
    return to;
  };
  return {
    header: structuredClone(table.header),
    footer: structuredClone(table.footer),
    instructions: columns(table.instructions as never) as never,
    holds: columns(table.holds as never) as never,
  };
}

/** A copy without a row, or with it twice. */
function withRow(table: TraceTable, which: "instructions" | "holds", row: number, times: 0 | 2): TraceTable {
  const copy = copyOf(table);
  const columns = copy[which] as unknown as Columns;
  for (const [name, column] of Object.entries(columns)) {
    if (typeof column === "number") continue;
    const values = [...(column as Int32Array)];
    values.splice(row, 1, ...new Array<number>(times).fill(values[row]!));
    columns[name] = (column.constructor as Int32ArrayConstructor).from(values);
  }
  columns.length += times - 1;
  return copy;
}

const INSTRUCTION_FIELDS: (keyof InstructionRecord)[] = [
  "stream",
  "n",
  "pc",
  "fetchTick",
  "startTick",
  "endTick",
  "releaseTick",
  "causeKind",
  "causeStream",
  "causeN",
  "causeStage",
  "causePacket",
];
const HOLD_FIELDS: (keyof HoldRecord)[] = [
  "stream",
  "n",
  "stage",
  "packet",
  "kind",
  "resource",
  "bytes",
  "readyTick",
  "startTick",
  "endTick",
  "releaseTick",
  "causeStream",
  "causeN",
  "causeStage",
  "causePacket",
];

function fieldAlterations(which: "instructions" | "holds", fields: readonly string[]): Alteration[] {
  const rowName = which === "holds" ? "hold" : "instruction";
  return fields.flatMap((field) =>
    [1, -1, 7].map(
      (by): Alteration => ({
        name: `${rowName}.${field} ${by > 0 ? "+" : ""}${by}`,
        apply(table, pick) {
          if (table[which].length === 0) return undefined;
          const copy = copyOf(table);
          const column = (copy[which] as unknown as Columns)[field] as Int32Array;
          column[pick(table[which].length)]! += by;
          return copy;
        },
      }),
    ),
  );
}

function rowAlterations(which: "instructions" | "holds"): Alteration[] {
  const rowName = which === "holds" ? "hold" : "instruction";
  return ([0, 2] as const).map((times) => ({
    name: `${rowName} ${times === 0 ? "missing" : "doubled"}`,
    apply: (table, pick) =>
      table[which].length === 0 ? undefined : withRow(table, which, pick(table[which].length), times),
  }));
}

/** The whole cause of a row put to another hold that ends in the same tick, where there is one: only who let it begin is wrong. */
function otherCause(which: "instructions" | "holds"): Alteration {
  return {
    name: `${which === "holds" ? "hold" : "instruction"} cause: another hold of the same end`,
    apply(table, pick) {
      const rows = table[which];
      const { holds } = table;
      const ends = new Map<number, number[]>();
      for (let row = 0; row < holds.length; row++) {
        const list = ends.get(holds.endTick[row]!) ?? [];
        list.push(row);
        ends.set(holds.endTick[row]!, list);
      }
      const first = pick(rows.length);
      for (let step = 0; step < rows.length; step++) {
        const row = (first + step) % rows.length;
        const same = (hold: number): boolean =>
          holds.stream[hold] === rows.causeStream[row] &&
          holds.n[hold] === rows.causeN[row] &&
          holds.stage[hold] === rows.causeStage[row] &&
          holds.packet[hold] === rows.causePacket[row];
        const others = (ends.get(rows.releaseTick[row]!) ?? []).filter((hold) => !same(hold));
        if (others.length === 0) continue;
        const other = others[pick(others.length)]!;
        const copy = copyOf(table);
        copy[which].causeStream[row] = holds.stream[other]!;
        copy[which].causeN[row] = holds.n[other]!;
        copy[which].causeStage[row] = holds.stage[other]!;
        copy[which].causePacket[row] = holds.packet[other]!;
        return copy;
      }
      return undefined;
    },
  };
}

const FOOTER: Alteration[] = [
  ...(["makespanTicks", "instructions", "holds"] as const).map(
    (field): Alteration => ({
      name: `footer.${field} +1`,
      apply(table) {
        const copy = copyOf(table);
        copy.footer[field] += 1;
        return copy;
      },
    }),
  ),
  {
    name: "footer.makespanTicks ×1000",
    apply(table) {
      const copy = copyOf(table);
      copy.footer.makespanTicks *= 1000;
      return copy;
    },
  },
  {
    name: "footer.pathTerms write +makespan",
    apply(table) {
      const copy = copyOf(table);
      copy.footer.pathTerms.write += copy.footer.makespanTicks;
      return copy;
    },
  },
  {
    name: "footer.digest",
    apply(table) {
      const copy = copyOf(table);
      copy.footer.digest = copy.footer.digest.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
      return copy;
    },
  },
  {
    name: "footer.pathTerms one +1",
    apply(table, pick) {
      const copy = copyOf(table);
      copy.footer.pathTerms[TERMS[pick(TERMS.length)]!] += 1;
      return copy;
    },
  },
  {
    name: "footer.pathTerms moved",
    apply(table, pick) {
      const copy = copyOf(table);
      const from = TERMS.filter((term) => copy.footer.pathTerms[term] > 0);
      const term = from[pick(from.length)]!;
      copy.footer.pathTerms[term] -= 1;
      copy.footer.pathTerms[TERMS[(TERMS.indexOf(term) + 1) % TERMS.length]!] += 1;
      return copy;
    },
  },
];

/** All ways to spoil a trace. */
export const ALTERATIONS: readonly Alteration[] = [
  ...fieldAlterations("instructions", INSTRUCTION_FIELDS),
  ...fieldAlterations("holds", HOLD_FIELDS),
  ...rowAlterations("instructions"),
  ...rowAlterations("holds"),
  otherCause("instructions"),
  otherCause("holds"),
  ...FOOTER,
];
