/** Checks that a header or footer read from a file has the shape of its type; what is wrong comes back as text. */
import { TERMS } from "../base/index.js";
import { HOLD_KINDS } from "./record.js";

/** What is wrong with one value: what would be accepted, or undefined where it is right. */
type Check = (value: unknown) => string | undefined;

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const check =
  (accepted: string, test: (value: unknown) => boolean): Check =>
  (value) =>
    test(value) ? undefined : accepted;
const text = check("a text", (value) => typeof value === "string");
const count = check("a whole number from 0", isCount);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const oneOf = (...values: unknown[]): Check =>
  check(values.map((v) => JSON.stringify(v)).join(" or "), (value) => values.includes(value));
const wholeFrom = (least: number): Check =>
  check(`a whole number from ${least}`, (value) => Number.isSafeInteger(value) && (value as number) >= least);
/** Ids index tables of flags, so they are bounded. */
const id = check("an id from 0 to 16777215", (value) => isCount(value) && (value as number) < 1 << 24);
const listOf =
  (item: Check): Check =>
  (value) => {
    if (!Array.isArray(value)) return "a list";
    for (const [index, element] of value.entries()) {
      const accepted = item(element);
      if (accepted !== undefined) return `[${index}]: ${accepted}`;
    }
    return undefined;
  };
/** An object with exactly these fields; those with a name ending in `?` may be missing. */
const object =
  (fields: Record<string, Check>): Check =>
  (value) => {
    if (!isObject(value)) return `an object with ${Object.keys(fields).join(", ")}`;
    for (const [field, fieldCheck] of Object.entries(fields)) {
      const name = field.replace("?", "");
      if (value[name] === undefined && field.endsWith("?")) continue;
      const accepted = fieldCheck(value[name]);
      if (accepted !== undefined) return `${name}: ${accepted}`;
    }
    return undefined;
  };
const holdKind = check(`one of ${HOLD_KINDS.join(", ")}`, (value) => HOLD_KINDS.includes(value as never));

/** The checks of each header line. */
export const HEADER_CHECKS: Readonly<Record<string, Check>> = {
  format: oneOf(1),
  chip: text,
  structureDigest: text,
  programDigest: text,
  program: text,
  clockHz: check("a number above 0", (value) => typeof value === "number" && value > 0),
  mode: oneOf("fine", "coarse"),
  ideal: listOf(text),
  seed: text,
  filter: object({
    "fromTick?": count,
    "untilTick?": count,
    "cores?": listOf(count),
    "units?": listOf(text),
    "kinds?": listOf(holdKind),
  }),
  streams: listOf(object({ id, core: count, unit: text })),
  resources: listOf(object({ id, name: text, kind: holdKind, core: wholeFrom(-1), ports: wholeFrom(0) })),
  tags: listOf(object({ stage: wholeFrom(-1), layer: text })),
};

/** The check of the line of row counts. */
export const ROWS_CHECK = object({ instructions: count, holds: count });

/** The check of the footer line. */
export const FOOTER_CHECK = object({
  makespanTicks: count,
  instructions: count,
  holds: count,
  digest: text,
  pathTerms: object(Object.fromEntries(TERMS.map((term) => [term, count]))),
});
