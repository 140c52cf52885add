/** The JSON Schema of chip files, for editors. */
import * as z from "zod";
import { chipSchema } from "./schema.js";

/** The JSON Schema of a chip file. */
export function chipJsonSchema(): Record<string, unknown> {
  return { title: "Wordline chip", ...z.toJSONSchema(chipSchema, { io: "input" }) };
}
