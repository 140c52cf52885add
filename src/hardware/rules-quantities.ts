/** Checks of quantities whose text is well formed but whose value cannot be used: half a byte, a rate beyond 2^53, a clock above the chip's. */
import { quantityInfo, toBytes, toCyclesPerByte, toHertz } from "./quantities.js";
import type { Rule } from "./rules.js";
import { chipSchema } from "./schema.js";
import { fieldAt, isRecord, type Path } from "./schema-walk.js";

/** Every scalar of a plain value with its path. */
export function* leaves(value: unknown, path: Path = []): Generator<{ path: Path; value: unknown }> {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* leaves(item, [...path, index]);
  else if (isRecord(value)) for (const [key, item] of Object.entries(value)) yield* leaves(item, [...path, key]);
  else yield { path, value };
}

const usable: Rule = (form, report) => {
  const whole = form.value("");
  for (const leaf of leaves(whole)) {
    const field = fieldAt(chipSchema, whole, leaf.path);
    const info = field && quantityInfo(field.schema);
    if (!info || (typeof leaf.value !== "string" && typeof leaf.value !== "number")) continue;
    const path = leaf.path.join(".");
    if (!form.valid(path)) continue;
    const say = (message: string) => report({ path, message, seen: JSON.stringify(leaf.value), code: "bad-value" });
    if (info.quantity === "bytes" && toBytes(leaf.value) === undefined) say("the size is not a whole number of bytes");
    if (info.quantity === "frequency" && toHertz(String(leaf.value)) === undefined)
      say("the frequency is not a whole number of hertz");
    if (info.quantity === "bandwidth" && toCyclesPerByte(String(leaf.value), 1e9) === undefined)
      say("the rate cannot be kept exactly");
  }
};

const networkClock: Rule = (form, report) => {
  if (!form.has("network.clock")) return;
  const chip = form.hertz("clock");
  if (form.hertz("network.clock") > chip)
    report({
      path: "network.clock",
      message: "the network's clock is faster than the chip's, which must be the fastest on the chip",
      seen: form.text("network.clock"),
      accepted: `at most ${form.text("clock")}`,
    });
};

/** Checks of single quantities and clocks. */
export const quantityRules: readonly Rule[] = [usable, networkClock];
