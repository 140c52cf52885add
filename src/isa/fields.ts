/**
 * Field descriptors: one row an opcode, the single place that says which operands an instruction has.
 * Packing, text, binary, legality and the tables of docs/isa.md are all read from here; the types below make the compiler refuse
 * a row that does not match `Instruction`.
 */
import type { AddressField, BlockField, FieldsOf, IntegerField, NamedField, NameField, SpaceRole } from "./field.js";
import { namedFields } from "./field.js";
import type { Carried, Instruction, InstructionOf, Opcode, Space, Unit } from "./instruction.js";
import { OPCODES, VECTOR_KINDS } from "./instruction.js";

/** What one opcode means and which operands it has. */
export interface InstructionRow<Op extends Opcode> {
  about: string;
  fields: FieldsOf<InstructionOf<Op>, "op" | keyof Carried>;
}

const count = (about: string): IntegerField => ({ kind: "integer", about, minimum: 1 });
const index = (about: string): IntegerField => ({ kind: "integer", about, minimum: 0 });
const number = (about: string): IntegerField => ({ kind: "integer", about });
const address = (about: string, spaces: readonly Space[], role?: SpaceRole): AddressField =>
  role ? { kind: "address", about, spaces, role } : { kind: "address", about, spaces };
const block = (about: string, spaces: readonly Space[]): BlockField => ({ kind: "block", about, spaces });
const params: NameField = { kind: "name", about: "named parameters in the program's data" };
const elementBits = count("bits of one element; rows are packed and start on a byte");
const rows = count("rows");
const rowBytes = count("bytes of a row");

/** Every opcode's row, in the order of `OPCODES`. */
export const INSTRUCTIONS: { readonly [Op in Opcode]: InstructionRow<Op> } = {
  WLD: {
    about: "weight load: fills the weight buffers of one or more cores from one read",
    fields: {
      destination: address("where in each weight buffer", ["wb"]),
      source: address("where the weights lie", ["gm", "gb"]),
      bytes: count("bytes to move"),
      cores: { kind: "list", about: "cores whose buffers are filled", refers: "cores" },
    },
  },
  WWR: {
    about: "weight write: puts rows of one tile into an array, or into several at once (WBC)",
    fields: {
      arrays: { kind: "list", about: "arrays of this core that take the data", refers: "arrays" },
      row0: index("first array row"),
      rows,
      column0: index("first physical column"),
      columns: count("physical columns"),
      depth: index("which of the weights behind each multiplier"),
      source: address("where the data lies", ["wb", "gb", "gm"], "weightsFrom"),
      tile: { kind: "integer", about: "tile written, by name or index", minimum: 0, refers: "tiles" },
      tileRow0: index("first row of the tile put down"),
    },
  },
  WVF: {
    about: "weight verify: reads rows back and compares",
    fields: { array: index("array"), row0: index("first array row"), rows },
  },
  WSWAP: {
    about: "weight swap: exchanges the shadow and the active bank of an array",
    fields: { array: index("array") },
  },
  MVM: {
    about:
      "matrix-vector multiplication: drives array groups with input vectors (MVMM: several groups, MVMR: some rows)",
    fields: {
      groups: { kind: "list", about: "array groups, by name or index", refers: "groups" },
      source: { kind: "vector", about: "first input vector", spaces: ["lm", "gb", "gm"], role: "inputsFrom" },
      vectors: count("input vectors"),
      vectorStride: number("bytes from one vector's source to the next"),
      accumulator: address("first accumulator entry of the results", ["acc"]),
      accumulate: { kind: "choice", about: "overwrite or add to the accumulators", values: ["set", "add"] },
      mode: {
        kind: "choice",
        about: "rails and broadcast",
        values: ["normal", "double", "dualBroadcast", "split"],
      },
      rowRange: { kind: "rowRange", about: "only these rows of every piece, row0:rows", optional: true },
    },
  },
  "ACC.ADD": {
    about: "adds two vectors of accumulator width",
    fields: {
      destination: address("result", ["lm"]),
      a: address("first operand", ["lm"]),
      b: address("second operand", ["lm"]),
      elements: count("elements"),
    },
  },
  "ACC.OUT": {
    about: "reads accumulators, requantises them and stores the results",
    fields: {
      accumulator: address("first accumulator entry", ["acc"]),
      elements: count("elements"),
      destination: address("where the packed results go", ["lm", "gb", "gm"], "outputsTo"),
      elementBits,
      params: { kind: "name", about: 'named requantisation parameters, or "raw" for accumulator values' },
    },
  },
  RECOVER: {
    about:
      "takes the inputs' sum into the accumulators: restores the second rail's results, or takes weights' zero points off",
    fields: { accumulator: address("first accumulator entry", ["acc"]), elements: count("elements"), params },
  },
  VEC: {
    about: "element-wise vector operation",
    fields: {
      kind: { kind: "choice", about: "operation", values: VECTOR_KINDS },
      rows,
      rowElements: count("elements of a row"),
      elementBits,
      destination: block("result", ["lm"]),
      a: block("first operand", ["lm"]),
      b: { ...block("second operand", ["lm"]), optional: true },
      params,
    },
  },
  POOL: {
    about: "pools one row of outputs",
    fields: {
      kind: { kind: "choice", about: "kind of pooling", values: ["max", "avg"] },
      outputs: count("outputs of the row"),
      channels: count("channels"),
      elementBits,
      kernelRows: count("window rows inside the map"),
      kernelColumns: count("window columns"),
      strideX: count("columns from window to window"),
      padLeft: index("columns of padding left of the first window"),
      width: count("columns of the source row"),
      rowStride: number("bytes from source row to source row"),
      pixelStride: number("bytes from source pixel to source pixel"),
      source: address("column 0 of the window's first row", ["lm"]),
      destination: block("result, a row a pixel", ["lm"]),
      params,
    },
  },
  CPY: {
    about: "copies inside local memory",
    fields: { rows, rowBytes, destination: block("to", ["lm"]), source: block("from", ["lm"]) },
  },
  FILL: {
    about: "fills local memory with one value",
    fields: { rows, rowBytes, destination: block("to", ["lm"]), value: number("value of every element"), elementBits },
  },
  LD: {
    about: "load: DRAM or global buffer to local memory",
    fields: { rows, rowBytes, destination: block("to", ["lm"]), source: block("from", ["gm", "gb"]) },
  },
  ST: {
    about: "store: local memory to DRAM or global buffer",
    fields: { rows, rowBytes, destination: block("to", ["gm", "gb"]), source: block("from", ["lm"]) },
  },
  SEND: {
    about: "sends one message to one core, or on a bus to several",
    fields: {
      cores: { kind: "list", about: "receiving cores", refers: "cores" },
      channel: index("channel"),
      rows,
      rowBytes,
      source: block("from", ["lm"]),
    },
  },
  RECV: {
    about: "takes one message of a core and channel",
    fields: {
      core: index("sending core"),
      channel: index("channel"),
      rows,
      rowBytes,
      destination: block("to", ["lm"]),
    },
  },
  POST: { about: "does nothing but carry posts", fields: {} },
  WAIT: { about: "does nothing but carry waits", fields: {} },
  BAR: {
    about: "barrier: completes when so many streams have arrived",
    fields: { barrier: index("barrier"), count: count("arrivals it needs") },
  },
  MARK: {
    about: "marks a place in the trace; takes no time",
    fields: {
      kind: { kind: "choice", about: "what begins here", values: ["partition", "layer", "sample", "phase"] },
      a: number("first number shown"),
      b: number("second number shown"),
    },
  },
  LOOP: { about: "repeats everything up to its ENDL", fields: { trips: count("how often") } },
  ENDL: { about: "ends the innermost loop", fields: {} },
  HALT: { about: "ends the stream", fields: {} },
};

/** The fields of every opcode, by its index in `OPCODES`. */
export const FIELDS: readonly (readonly NamedField[])[] = OPCODES.map((op) => namedFields(INSTRUCTIONS[op].fields));

/** The index of each opcode in `OPCODES`. */
export const OPCODE_INDEX: ReadonlyMap<string, number> = new Map(OPCODES.map((op, code) => [op, code]));

/** The fields of one instruction. */
export function fieldsOf(op: Opcode): readonly NamedField[] {
  return FIELDS[OPCODE_INDEX.get(op)!]!;
}

/** The name people use for an instruction: `core 3 mvm #17 MVM`. */
export function instructionName(core: number, unit: Unit, at: number, instruction?: Instruction): string {
  return `core ${core} ${unit} #${at}${instruction ? ` ${instruction.op}` : ""}`;
}
