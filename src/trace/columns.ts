/**
 * The columns of the CSV form, for its writer and its reader.
 * One file holds rows of two types: `i`, an instruction, and `h`, a hold. −1 (none) is an empty cell.
 */

/** Every column, in order. */
export const CSV_COLUMNS = [
  "type",
  "stream",
  "n",
  "pc",
  "fetch_tick",
  "stage",
  "packet",
  "kind",
  "resource",
  "bytes",
  "ready_tick",
  "start_tick",
  "end_tick",
  "release_tick",
  "cause_kind",
  "cause_stream",
  "cause_n",
  "cause_stage",
  "cause_packet",
] as const;
/** One column. */
export type CsvColumn = (typeof CSV_COLUMNS)[number];

/** What let an instruction start; the code is the index (docs/timing.md section 8). */
export const CAUSE_KINDS = [
  "streamOrder",
  "unitSlot", // unit slot, input register or credit freed
  "semaphore", // semaphore post or message
  "inputPacket",
  "ownPacket", // own previous packet
  "room", // room downstream
  "resource", // resource freed
] as const;

/** What a cell may hold: `tick` reaches to 2^53 − 1, `int` to 2^31 − 1; `maybe` may be empty. */
export type CellRule = "empty" | "tick" | "int" | "maybeTick" | "maybeInt";

const CAUSE_CELLS: Partial<Record<CsvColumn, CellRule>> = {
  release_tick: "maybeTick",
  cause_stream: "maybeInt",
  cause_n: "maybeInt",
  cause_stage: "maybeInt",
  cause_packet: "maybeInt",
};

/** The cells of an instruction row; those not named are empty. */
export const INSTRUCTION_CELLS: Readonly<Partial<Record<CsvColumn, CellRule>>> = {
  stream: "int",
  n: "int",
  pc: "int",
  fetch_tick: "tick",
  start_tick: "tick",
  end_tick: "tick",
  cause_kind: "maybeInt",
  ...CAUSE_CELLS,
};

/** The cells of a hold row; those not named are empty. */
export const HOLD_CELLS: Readonly<Partial<Record<CsvColumn, CellRule>>> = {
  stream: "int",
  n: "int",
  stage: "maybeInt",
  packet: "maybeInt",
  kind: "int",
  resource: "maybeInt",
  bytes: "tick",
  ready_tick: "tick",
  start_tick: "tick",
  end_tick: "tick",
  ...CAUSE_CELLS,
};
