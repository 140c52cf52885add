/** What a verification says: simulated outputs against the integer reference, and the legality of data flow. */
import * as z from "zod";

const flowProblemSchema = z.strictObject({
  message: z.string(),
  instruction: z.string().describe("core, unit, number in its stream, code index, opcode and layer"),
  other: z.string().optional().describe("of a race: the earlier access"),
  layer: z.string().optional(),
  space: z.string().optional().describe("memory or array"),
  address: z.number().optional().describe("byte; accumulator entry; row of an array"),
  times: z.number().int().describe("how often the same pair of places was found"),
});

/** A number in decibels; JSON has no infinity. */
const decibels = z.number().nullable().describe("signal to noise in dB; null: no noise, or no signal");

const layerAgreementSchema = z.strictObject({
  layer: z.string(),
  tensor: z.string(),
  elements: z.number().int().describe("elements of the result that the program stored"),
  equalShare: z.number().nullable().describe("share of them that are the ideal integers; null: none was stored"),
  sqnrDb: decibels.describe("of the stored result against the ideal one, what earlier layers lost included"),
  sumsSqnrDb: decibels.describe("of the arrays' partial sums against the exact ones of the same inputs"),
  conversions: z.number().int(),
  clipped: z.number().int().describe("conversions cut off by the converter's range"),
});

const analogueSchema = z
  .strictObject({
    adc: z.string().describe("model of the converters: ideal, clip or scale"),
    adcBits: z.number().int().nullable(),
    rowsActive: z.number().int().nullable(),
    variation: z.number(),
    stuckLow: z.number(),
    stuckHigh: z.number(),
    layers: z
      .array(layerAgreementSchema)
      .describe("every layer with weights, and every other one whose result is stored"),
    outputs: z.array(
      z.strictObject({
        tensor: z.string(),
        equalShare: z.number().nullable(),
        sqnrDb: decibels,
        topOneAgreement: z.number().describe("share of samples whose largest element is the ideal one"),
      }),
    ),
  })
  .describe("with converters or cells that are not ideal: how far the numbers are from the ideal ones; no failure");

const runtimeSchema = z
  .strictObject({
    status: z.enum(["compared", "skipped"]),
    reason: z
      .string()
      .optional()
      .describe("why it was skipped, why not the file itself was run, or why its integers are only measured"),
    version: z.string().optional(),
    model: z.enum(["file", "written"]).optional().describe("the file that was given, or the network written as ONNX"),
    kind: z
      .enum(["integer", "float"])
      .optional()
      .describe("integer: every integer must be equal; float: the file is of real numbers, quantised here"),
    optimisation: z
      .enum(["all", "basic"])
      .optional()
      .describe("how the runtime rewrote the graph; basic: all of its rewriting fails on this file"),
    equal: z.boolean().optional().describe("of integers: all outputs of all samples are equal"),
    fused: z
      .boolean()
      .optional()
      .describe("equal only with every tensor handed out: by itself the runtime fuses over roundings of the graph"),
    outputs: z
      .array(
        z.strictObject({
          tensor: z.string(),
          name: z.string().describe("name in the ONNX graph"),
          elements: z.number().int(),
          different: z.number().int().optional(),
          largestDifference: z.number().optional().describe("in steps of the tensor"),
          sqnrDb: decibels,
          topOneAgreement: z.number(),
        }),
      )
      .optional(),
    poorQuantisation: z
      .string()
      .optional()
      .describe(
        "of real numbers: the quantisation, not the chip, decides the results (an output under 10 dB, or under 20 dB with its largest element another one in most samples), and what helps",
      ),
    firstDifference: z
      .strictObject({
        tensor: z.string(),
        layer: z.string(),
        sample: z.number().int(),
        element: z.number().int(),
        here: z.number(),
        there: z.number(),
        different: z.number().int(),
      })
      .optional()
      .describe("of integers: the first layer whose integers differ"),
  })
  .describe("the same inputs through ONNX Runtime");

/** The verification of a run. */
export const verifySchema = z
  .strictObject({
    passed: z.boolean().describe("equal, and no races and no reads of what nobody wrote"),
    equal: z.boolean().describe("every stored element of every sample equals the integer reference"),
    seeded: z
      .strictObject({
        weights: z.number().int().describe("layers whose weights were drawn"),
        layers: z.number().int().describe("layers with weights"),
        scales: z.number().int().describe("tensors whose scale and zero point were drawn"),
        tensors: z.number().int(),
      })
      .optional()
      .describe("numbers the network does not have, drawn from the seed"),
    samples: z.number().int(),
    tensors: z.number().int().describe("tensors compared, counted once a sample"),
    elements: z.number().int().describe("elements compared"),
    unstored: z.number().int().describe("elements of inner tensors that the program never stores"),
    missing: z.array(z.string()).describe("outputs of the network that the program has no place for"),
    firstDifference: z
      .strictObject({
        tensor: z.string(),
        layer: z.string().describe("the layer that makes the tensor"),
        sample: z.number().int(),
        y: z.number().int(),
        x: z.number().int(),
        c: z.number().int(),
        expected: z.number(),
        got: z.number(),
        writer: z.string().describe("the instruction that wrote it"),
        differing: z.number().int().describe("elements of this tensor and sample that differ"),
      })
      .optional(),
    differingTensors: z.array(z.string()).describe("tensors that differ, in the order of the network"),
    races: z.array(flowProblemSchema).describe("conflicting accesses that happens-before does not order"),
    unwritten: z.array(flowProblemSchema).describe("reads of what nobody wrote"),
    unread: z.array(flowProblemSchema).describe("results nobody reads; no error"),
    unlisted: z.number().int().describe("problems beyond the most that are listed"),
    overflows: z.number().int().describe("accumulator entries that wrapped"),
    clipped: z.number().int().describe("conversions cut off by a converter's range"),
    analogue: analogueSchema.optional(),
    calibration: z
      .strictObject({
        weightBits: z.number().int(),
        activationBits: z.number().int(),
        samples: z.number().int(),
        verified: z.boolean().describe("they are the very samples that are verified (`--inputs`)"),
      })
      .optional()
      .describe("of a network of real numbers: how it was quantised"),
    onnxRuntime: runtimeSchema.optional(),
    macs: z.number(),
    seconds: z.number().describe("CPU seconds of computing and comparing"),
  })
  .describe("what `--verify` adds");

/** The verification of a run. */
export type VerifySummary = z.infer<typeof verifySchema>;

/** What ONNX Runtime said. */
export type RuntimeSummary = z.infer<typeof runtimeSchema>;

/** How far numbers are from the ideal ones. */
export type AnalogueSummary = z.infer<typeof analogueSchema>;
