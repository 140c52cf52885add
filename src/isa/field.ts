/**
 * What a field descriptor can be: the kinds of operand, and the types that tie a descriptor to the value it describes.
 */
import type { Address, Block, Space, VectorSource } from "./instruction.js";

/** A whole number; `refers` names the program table it indexes. */
export interface IntegerField {
  kind: "integer";
  about: string;
  minimum?: number;
  refers?: "tiles";
  /** What a reader of text takes where the key is missing. */
  fallback?: number;
}

/** A list of whole numbers from 0 up; `refers` names what they count. */
export interface ListField {
  kind: "list";
  about: string;
  refers: "cores" | "arrays" | "groups";
}

/** A free text; `key` is its key in text where that is not the field's name. */
export interface NameField {
  kind: "name";
  about: string;
  key?: string;
}

/** One of a few words. */
export interface ChoiceField {
  kind: "choice";
  about: string;
  values: readonly string[];
}

/** Yes or no. */
export interface BooleanField {
  kind: "boolean";
  about: string;
  fallback?: boolean;
}

/** What the chip says about the memory of an operand, beyond the spaces the opcode allows. */
export type SpaceRole = "inputsFrom" | "weightsFrom" | "outputsTo";

/** An address, in one of `spaces`; with a `role` only the one the chip's arrays use. */
export interface AddressField {
  kind: "address";
  about: string;
  spaces: readonly Space[];
  role?: SpaceRole;
}

/** A block: an address and the bytes from row to row. */
export interface BlockField {
  kind: "block";
  about: string;
  spaces: readonly Space[];
  optional?: true;
}

/** A gathered input vector. */
export interface VectorField {
  kind: "vector";
  about: string;
  spaces: readonly Space[];
  role?: SpaceRole;
}

/** A range of rows, `row0` and `rows`. */
export interface RowRangeField {
  kind: "rowRange";
  about: string;
  optional: true;
}

/** Any field descriptor. */
export type Field =
  | IntegerField
  | ListField
  | NameField
  | ChoiceField
  | BooleanField
  | AddressField
  | BlockField
  | VectorField
  | RowRangeField;

/** The descriptor a value of type `T` must have. */
type FieldFor<T> = [T] extends [number]
  ? IntegerField
  : [T] extends [boolean]
    ? BooleanField
    : [T] extends [string]
      ? string extends T
        ? NameField
        : ChoiceField
      : [T] extends [number[]]
        ? ListField
        : [T] extends [VectorSource]
          ? VectorField
          : [T] extends [Block]
            ? BlockField
            : [T] extends [Address]
              ? AddressField
              : RowRangeField;

/** One descriptor for every plain value of a record type, leaving out the keys of `Left`. */
export type FieldsOf<Shape, Left extends PropertyKey = never> = {
  readonly [Key in Exclude<keyof Shape, Left>]-?: FieldFor<NonNullable<Shape[Key]>>;
};

/** A field with its name, and its key in text. */
export type NamedField = Field & { name: string; key: string };

/** Names the fields of one descriptor record, in order. */
export function namedFields(fields: object): readonly NamedField[] {
  return Object.entries(fields as Record<string, Field>).map(([name, field]) => ({
    ...field,
    name,
    key: "key" in field && field.key !== undefined ? field.key : name,
  }));
}

/** Whether a field may be absent. */
export function isOptional(field: Field): boolean {
  return "optional" in field && field.optional === true;
}

/** An instruction or table row seen as plain named values. */
export type Values = Record<string, unknown>;

/** The integer parts of a vector source behind its address, in order; those from `headRows` on are 0 where the text leaves them out. */
export const VECTOR_PARTS = [
  "segments",
  "segmentStride",
  "parts",
  "partBytes",
  "partStride",
  "headRows",
  "tailRows",
  "padValue",
] as const satisfies readonly Exclude<keyof VectorSource, "address">[];
