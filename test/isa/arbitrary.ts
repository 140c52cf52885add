/**
 * Generators of random instructions and programs.
 * `anyInstruction` and `anyProgram` have the right shape and no sense, for codecs; `legalProgram` (in legal.ts) passes `checkProgram`.
 */
import fc from "fast-check";
import {
  type ArrayGroup,
  FIELDS,
  type Instruction,
  isOptional,
  type NamedField,
  OPCODES,
  type Opcode,
  type Piece,
  type Program,
  packCode,
  SPACES,
  type Stream,
  type Tag,
  type TensorPlace,
  type Tile,
  UNITS,
} from "../../src/isa/index.js";

/** Small and large whole numbers of either sign. */
export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer(),
  fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
);
const small = fc.nat({ max: 40 });
/** Texts: ordinary names, and anything else. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  fc.stringMatching(/^[a-zA-Z/][a-zA-Z0-9_.:/-]{0,12}$/),
  fc
    .string({ unit: "binary", maxLength: 8 })
    .filter((text) => text === new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text))),
  fc.constantFrom("", "0", "3-5", "a=b", 'say "hi"', "semi;colon", "two words", "none", "π\n"),
);

/** Any address, with steps that do not end in zero (the canonical form). */
export const anyAddress = fc
  .record({
    space: fc.constantFrom(...SPACES),
    base: anyNumber,
    steps: fc.array(fc.oneof(fc.constant(0), anyNumber), { maxLength: 8 }),
    ring: fc.option(fc.record({ base: anyNumber, bytes: anyNumber })),
  })
  .map(({ space, base, steps, ring }) => {
    while (steps.at(-1) === 0) steps.pop();
    return { space, base, ...(steps.length > 0 ? { steps } : {}), ...(ring ? { ring } : {}) };
  });

/** Any value of a field. */
export function anyValue(field: NamedField): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case "integer":
      return field.refers ? small : anyNumber;
    case "boolean":
      return fc.boolean();
    case "name":
      return anyName;
    case "choice":
      return fc.constantFrom(...field.values);
    case "list":
      return fc.oneof(
        fc.array(small, { maxLength: 12 }),
        fc.tuple(small, small).map(([from, length]) => Array.from({ length }, (_, k) => from + k)),
      );
    case "address":
      return anyAddress;
    case "block":
      return fc.record({ address: anyAddress, stride: anyNumber });
    case "vector":
      return fc.record({
        address: anyAddress,
        segments: anyNumber,
        segmentStride: anyNumber,
        parts: anyNumber,
        partBytes: anyNumber,
        partStride: anyNumber,
        headRows: fc.oneof(fc.constant(0), anyNumber),
        tailRows: fc.oneof(fc.constant(0), anyNumber),
        padValue: fc.oneof(fc.constant(0), anyNumber),
      });
    case "rowRange":
      return fc.record({ row0: anyNumber, rows: anyNumber });
  }
}

/** Leaves out what is undefined. */
function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined && v !== null)) as T;
}

/** Any instruction of one opcode, with or without waits, posts and tag. */
export function anyInstructionOf(op: Opcode): fc.Arbitrary<Instruction> {
  const fields: Record<string, fc.Arbitrary<unknown>> = { op: fc.constant(op) };
  for (const field of FIELDS[OPCODES.indexOf(op)]!)
    fields[field.name] = isOptional(field) ? fc.option(anyValue(field)) : anyValue(field);
  fields["waits"] = fc.option(
    fc.array(fc.record({ semaphore: anyNumber, count: anyNumber }), { minLength: 1, maxLength: 3 }),
  );
  fields["posts"] = fc.option(
    fc.array(fc.record({ core: fc.oneof(fc.nat({ max: 2 }), anyNumber), semaphore: anyNumber, count: anyNumber }), {
      minLength: 1,
      maxLength: 3,
    }),
  );
  fields["tag"] = fc.option(small);
  return fc.record(fields).map((value) => structuredClone(present(value)) as unknown as Instruction);
}

/** Any instruction. */
export const anyInstruction: fc.Arbitrary<Instruction> = fc.oneof(...OPCODES.map(anyInstructionOf));

const anyPiece: fc.Arbitrary<Piece> = fc.record({
  array: anyNumber,
  row0: anyNumber,
  rows: anyNumber,
  column0: anyNumber,
  columns: anyNumber,
  depth: anyNumber,
  tile: small,
  inputElement0: anyNumber,
  output0: anyNumber,
  outputs: anyNumber,
});

const anyGroup: fc.Arbitrary<ArrayGroup> = fc.record({
  name: anyName,
  core: anyNumber,
  pieces: fc.array(anyPiece, { maxLength: 3 }),
  inputs: anyNumber,
  outputs: anyNumber,
  inputBits: anyNumber,
  weightBits: anyNumber,
  inputSigned: fc.boolean(),
});

const anyTile: fc.Arbitrary<Tile> = fc.record({
  name: anyName,
  layer: anyNumber,
  row0: anyNumber,
  rows: anyNumber,
  column0: anyNumber,
  columns: anyNumber,
  group0: anyNumber,
  groups: anyNumber,
  weightBits: anyNumber,
  columnsPerWeight: anyNumber,
  address: anyNumber,
  rowBytes: anyNumber,
});

const anyTensor: fc.Arbitrary<TensorPlace> = fc.record({
  tensor: anyNumber,
  name: anyName,
  height: anyNumber,
  width: anyNumber,
  bits: anyNumber,
  slices: fc.array(fc.record({ channel0: anyNumber, channels: anyNumber, address: anyNumber, pixelBytes: anyNumber }), {
    maxLength: 3,
  }),
  sampleStride: anyNumber,
});

const anyTag: fc.Arbitrary<Tag> = fc.record({ stage: anyNumber, layer: anyName });

const anyStream: fc.Arbitrary<Stream> = fc.record({
  core: fc.nat({ max: 2 }),
  unit: fc.constantFrom(...UNITS),
  code: fc.array(anyInstruction, { maxLength: 8 }).map(packCode),
});

/** Any program: right in shape, without sense. */
export const anyProgram: fc.Arbitrary<Program> = fc.record({
  name: anyName,
  chip: anyName,
  structureDigest: anyName,
  cores: anyNumber,
  batch: anyNumber,
  tags: fc.array(anyTag, { maxLength: 3 }),
  tiles: fc.array(anyTile, { maxLength: 4 }),
  groups: fc.array(anyGroup, { maxLength: 3 }),
  streams: fc.uniqueArray(anyStream, { maxLength: 5, selector: ({ core, unit }) => `${core} ${unit}` }),
  tensors: fc.array(anyTensor, { maxLength: 2 }),
  resident: fc.boolean(),
});

/** A program with its code laid open, for comparing by value. */
export function laidOpen(program: Program): unknown {
  return structuredClone({
    ...program,
    streams: program.streams.map(({ core, unit, code }) => ({
      core,
      unit,
      code: Array.from({ length: code.length }, (_, index) => code.at(index)),
    })),
  });
}
