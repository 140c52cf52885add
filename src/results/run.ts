/**
 * Result: everything one run says, as a plain value that can be saved and read again.
 * Its shape is stable: fields are added, never renamed; `format` rises when that breaks.
 */
import * as z from "zod";
import { comparisonSchema } from "./comparison.js";
import { dramCountsSchema } from "./dram.js";
import { estimateSchema, termCyclesSchema } from "./estimate.js";
import { modelSummarySchema, partitionComparisonSchema } from "./partitions.js";
import { tableSchema } from "./tables.js";
import { verifySchema } from "./verify.js";

/** Where the weights are while the network runs. */
export const WEIGHT_CASES = ["resident", "replaced", "layerLargerThanChip"] as const;
/** Where the weights are while the network runs. */
export type WeightCase = (typeof WEIGHT_CASES)[number];

/** Where the weights are, with the sizes that make it so. */
export const weightsSchema = z.strictObject({
  case: z.enum(WEIGHT_CASES),
  stages: z.number().int(),
  bits: z.number().describe("bits of all weights of the network"),
  capacityBits: z.number().describe("bits the cells of the chip hold"),
  largerLayers: z.array(z.string()).describe("layers that alone do not fit the chip"),
});

/** Time spent writing weights (law 8). */
export const writesSchema = z.strictObject({
  exposedCycles: z.number().describe("write pulses and verification on the critical path"),
  hiddenCycles: z.number().describe("active minus exposed: written while something else decided the time"),
  activeCycles: z.number().describe("wall time in which any write port was at work"),
  busyCycles: z.number().describe("sum over all write ports"),
  removableCycles: z
    .number()
    .nullable()
    .describe(
      "cycles of this run minus those of the same program with writes made free; may be more than exposed, or negative; null where that run was switched off",
    ),
});

/** Whether the laws hold on this run. */
export const checkSchema = z.strictObject({
  mode: z.enum(["trace", "counters", "none"]).describe("all laws on the whole trace, or those that need no trace"),
  laws: z.array(z.string()).describe("laws that were checked"),
  skipped: z.array(z.strictObject({ law: z.string(), reason: z.string() })),
  violations: z.array(z.strictObject({ law: z.string(), message: z.string() })),
});

/** A second run of the same program with a part of the machine made free. */
export const experimentSchema = z.strictObject({
  ideal: z.array(z.string()).describe("parts made free"),
  cycles: z.number(),
  removedCycles: z.number().describe("cycles of the run minus cycles of this one"),
  reason: z.enum(["removable writes", "largest gap part"]),
  stage: z.number().int().nullable().describe("stage whose gap part named the cause"),
  term: z.string().describe("the cause"),
  partCycles: z.number().nullable().describe("the gap part itself"),
  tookItsPlace: z
    .string()
    .nullable()
    .describe("where less than half of the part went: the term that grew most on the critical path"),
});

/** Bounds of the program, between which the simulated cycles must lie (law 5). */
export const boundsSchema = z.strictObject({
  lowerCycles: z.number(),
  upperCycles: z.number(),
  method: z.string().describe("what the lower bound looked at"),
  busiestResource: z.string().nullable(),
  busiestCycles: z.number(),
});

/** A trace file that was written. */
export const traceFileSchema = z.strictObject({
  file: z.string(),
  form: z.enum(["csv", "perfetto", "dram-dramsim3", "dram-ramulator"]),
  bytes: z.number(),
  filtered: z.boolean(),
});

/** How fast, how much energy, on which resources: what every simulation says. */
export const simulationFields = {
  cycles: z.number(),
  seconds: z.number().describe("simulated time"),
  energyPj: tableSchema.describe("picojoules by component; total is their sum"),
  path: z.strictObject({ terms: termCyclesSchema }).describe("the critical path by term; sums to cycles"),
  writes: writesSchema,
  bounds: boundsSchema,
  check: checkSchema,
  resources: z.array(
    z.strictObject({
      kind: z.string(),
      count: z.number().int().describe("resources of this kind"),
      ports: z.number().int().describe("ports of all together"),
      busyCycles: z.number().describe("all together"),
      busiest: z.string(),
      utilisation: z.number().describe("busy share of the busiest one"),
    }),
  ),
  dram: dramCountsSchema.optional(),
  counts: tableSchema.describe("integer counts of work, from which energy follows"),
  digest: z.string().describe("commutative digest over all instructions: equal runs have equal digests"),
  programDigest: z.string(),
  instructions: z.number(),
  holds: z.number(),
  events: z.number(),
  cpuSeconds: z.number().describe("processor time of the simulation alone"),
  ideal: z.array(z.string()),
  mode: z.enum(["coarse", "fine"]),
  engine: z.enum(["wheel", "heap"]),
  seed: z.string(),
  traces: z.array(traceFileSchema),
};

/** A program that was simulated by itself. */
export const simulationResultSchema = z
  .strictObject({
    kind: z.literal("simulation"),
    format: z.literal(1),
    program: z.string(),
    chip: z.string(),
    clockHz: z.number(),
    batch: z.number().int(),
    ...simulationFields,
    stages: z.array(
      z.strictObject({
        stage: z.number().int(),
        layers: z.array(z.string()),
        cycles: z.number(),
        path: termCyclesSchema,
      }),
    ),
  })
  .describe("what `wordline simulate --json` prints");

/** A whole run: a network mapped, compiled, simulated, estimated, checked and explained. */
export const runResultSchema = z
  .strictObject({
    kind: z.literal("run"),
    format: z.literal(1),
    network: z.string(),
    networkDigest: z.string(),
    chip: z.string(),
    structureDigest: z.string(),
    overrides: z.record(z.string(), z.unknown()).describe("chip fields set for this run"),
    mapper: z.string(),
    mapping: z.strictObject({
      mvmPer: z.string().describe("what one MVM drives: all arrays of a unit, or those of one row block"),
      pipeline: z.string().describe("when a layer starts on its producer's sample"),
      prefetchWeights: z.boolean(),
      weightMulticast: z.boolean(),
      options: z
        .record(z.string(), z.unknown())
        .describe("options of the mapper that were set; all others have their defaults"),
    }),
    batch: z.number().int(),
    precision: z
      .strictObject({ weightBits: z.number(), activationBits: z.number() })
      .describe("widest weights and activations that ran: the network's own, else those asked for"),
    clockHz: z.number(),
    weights: weightsSchema,
    throughputPerSecond: z.number().describe("samples a second in the steady state"),
    firstLoad: z
      .strictObject({
        cycles: z.number().describe("until the last weight was written"),
        firstMvmCycle: z.number().describe("when the first MVM started"),
      })
      .nullable()
      .describe("resident weights only: the time of their one load; null where weights are replaced"),
    steady: z.strictObject({
      cyclesPerBatch: z.number(),
      cyclesPerSample: z.number(),
      method: z
        .enum(["one batch more", "after first load", "whole run"])
        .describe(
          "resident weights: cycles that one batch more adds (a run of two batches), or what follows the first load where that run was switched off; replaced weights: the whole run",
        ),
    }),
    estimate: estimateSchema,
    ...simulationFields,
    edpJouleSeconds: z.number().describe("energy of the batch times its simulated time, first loads included"),
    ...comparisonSchema.shape,
    model: modelSummarySchema.describe("the same mapping by the estimate of COMPASS"),
    partitions: z.array(partitionComparisonSchema),
    experiments: z.array(experimentSchema),
    verify: verifySchema.optional(),
  })
  .describe("what `wordline run --json` prints");

/** A whole run. */
export type Result = z.infer<typeof runResultSchema>;
/** A program simulated by itself. */
export type SimulationResult = z.infer<typeof simulationResultSchema>;
/** Time spent writing weights. */
export type Writes = z.infer<typeof writesSchema>;
/** Whether the laws hold on a run. */
export type CheckSummary = z.infer<typeof checkSchema>;
/** A second run with a part made free. */
export type Experiment = z.infer<typeof experimentSchema>;
/** Bounds of a program. */
export type BoundsSummary = z.infer<typeof boundsSchema>;
/** A trace file that was written. */
export type TraceFile = z.infer<typeof traceFileSchema>;
/** What every simulation says. */
export type SimulationFields = Pick<SimulationResult, keyof typeof simulationFields>;
