/** The JSON Schema of everything that `--json` prints, in one document; told apart by `kind`. */
import * as z from "zod";
import { dramReplayResultSchema } from "./dram.js";
import { dramCheckResultSchema, dramDeviceResultSchema, dramDevicesResultSchema } from "./dram-lists.js";
import { estimateSchema, termCyclesSchema } from "./estimate.js";
import { chipResultSchema, chipsResultSchema, networkResultSchema, networksResultSchema } from "./lists.js";
import {
  checkResultSchema,
  compileSummarySchema,
  convertResultSchema,
  estimateResultSchema,
  explainResultSchema,
  mappingSummarySchema,
} from "./parts.js";
import { runResultSchema, simulationResultSchema } from "./run.js";

/** Every result a command can print. */
export const RESULT_SCHEMAS = {
  run: runResultSchema,
  simulation: simulationResultSchema,
  mapping: mappingSummarySchema,
  program: compileSummarySchema,
  estimate: estimateResultSchema,
  check: checkResultSchema,
  explanation: explainResultSchema,
  conversion: convertResultSchema,
  chips: chipsResultSchema,
  chip: chipResultSchema,
  networks: networksResultSchema,
  network: networkResultSchema,
  "dram-replay": dramReplayResultSchema,
  "dram-devices": dramDevicesResultSchema,
  "dram-device": dramDeviceResultSchema,
  "dram-check": dramCheckResultSchema,
} as const;

/** The JSON Schema of every result. */
export function resultJsonSchema(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  registry.add(termCyclesSchema, { id: "TermCycles" });
  registry.add(estimateSchema, { id: "Estimate" });
  for (const [name, schema] of Object.entries(RESULT_SCHEMAS)) registry.add(schema, { id: name });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/$defs/${id}` });
  const $defs = Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Wordline results",
    description: "What `--json` prints, by command.",
    oneOf: Object.keys(RESULT_SCHEMAS).map((name) => ({ $ref: `#/$defs/${name}` })),
    $defs,
  };
}
