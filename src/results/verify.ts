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

/** The verification of a run. */
export const verifySchema = z
  .strictObject({
    passed: z.boolean().describe("equal, and no races and no reads of what nobody wrote"),
    equal: z.boolean().describe("every stored element of every sample equals the integer reference"),
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
    macs: z.number(),
    seconds: z.number().describe("CPU seconds of computing and comparing"),
  })
  .describe("what `--verify` adds");

/** The verification of a run. */
export type VerifySummary = z.infer<typeof verifySchema>;
