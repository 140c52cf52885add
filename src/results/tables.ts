/** Small shapes that several results share. */
import * as z from "zod";

/** Numbers by name. */
export const tableSchema = z.record(z.string(), z.number());
