/** Legality of an instruction's operands one by one: right unit, sizes, table indices, cores. Led by the field descriptors. */
import { VECTOR_PARTS } from "../field.js";
import { fieldsOf } from "../fields.js";
import type { VectorSource } from "../instruction.js";
import { UNIT_OF } from "../instruction.js";
import type { Context, Rule, Site } from "./context.js";
import { fieldValue } from "./context.js";

/** Least value of the parts of a vector source that have one. */
const PART_MINIMUMS: Readonly<Partial<Record<(typeof VECTOR_PARTS)[number], number>>> = {
  segments: 0,
  parts: 1,
  partBytes: 1,
  headRows: 0,
  tailRows: 0,
};

/** Checks units and plain operands. */
export function operandRule(context: Context): Rule {
  const { program, limits } = context;

  const atLeast = (site: Site, field: string, value: number, minimum: number): void => {
    if (value < minimum)
      context.at(site, "too-small", `${field} is too small`, {
        seen: String(value),
        accepted: `${minimum} or more`,
        field,
      });
  };

  const indexed = (site: Site, field: string, values: readonly number[], size: number, what: string): void => {
    for (const value of values)
      if (value < 0 || value >= size)
        context.at(site, `unknown-${what}`, `no such ${what}`, {
          seen: String(value),
          accepted: size > 0 ? `0 to ${size - 1}` : "none",
          field,
        });
  };

  const list = (site: Site, field: string, values: readonly number[]): void => {
    if (values.length === 0) context.at(site, "empty-list", `${field} names nothing`, { field });
    if (new Set(values).size < values.length)
      context.at(site, "doubled-item", `${field} names something twice`, { seen: values.join(","), field });
  };

  const sizes = { arrays: limits.arraysPerCore, cores: limits.cores, groups: program.groups.length } as const;
  const singular = { arrays: "array", cores: "core", groups: "group" } as const;

  return {
    visit(site) {
      const { instruction, stream } = site;
      const unit = UNIT_OF[instruction.op];
      if (unit !== undefined && unit !== stream.unit)
        context.at(site, "wrong-unit", `${instruction.op} cannot stand in this stream`, {
          seen: stream.unit,
          accepted: unit,
        });
      if (instruction.tag !== undefined) indexed(site, "tag", [instruction.tag], program.tags.length, "tag");
      for (const field of fieldsOf(site.instruction.op)) {
        const value = fieldValue(site, field);
        if (value === undefined) continue;
        if (field.kind === "integer") {
          if (field.minimum !== undefined) atLeast(site, field.name, value as number, field.minimum);
          if (field.refers === "tiles") indexed(site, field.name, [value as number], program.tiles.length, "tile");
        } else if (field.kind === "list") {
          list(site, field.name, value as number[]);
          indexed(site, field.name, value as number[], sizes[field.refers], singular[field.refers]);
        } else if (field.kind === "vector") {
          for (const part of VECTOR_PARTS) {
            const minimum = PART_MINIMUMS[part];
            if (minimum !== undefined) atLeast(site, part, (value as VectorSource)[part], minimum);
          }
        }
      }
      if (instruction.op === "WVF" || instruction.op === "WSWAP")
        indexed(site, "array", [instruction.array], limits.arraysPerCore, "array");
      if (instruction.op === "RECV") indexed(site, "core", [instruction.core], limits.cores, "core");
      if (instruction.op === "WLD" && instruction.cores.length > 1 && limits.network === "mesh")
        context.at(site, "broadcast-on-mesh", "a mesh takes one destination at a time", {
          seen: `cores ${instruction.cores.join(",")}`,
          accepted: "one core",
          field: "cores",
        });
    },
  };
}
