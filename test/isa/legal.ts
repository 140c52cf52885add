/**
 * Random legal programs: `checkProgram` finds nothing, every wait is served, and no two accesses race.
 * Episodes follow each other (a tile written and computed with, a message, a barrier); every stream runs through them in the same
 * order, buffers go back and forth by tokens, so that no order of events can block for ever.
 */
import fc from "fast-check";
import type { Program } from "../../src/isa/index.js";
import { EpisodeWriter } from "./episode-writer.js";
import type { ComputeEpisode, Episode, MessageEpisode } from "./episodes.js";

export { smallLimits } from "./episodes.js";

/** The program of a list of episodes. */
export function programOf(episodes: readonly Episode[], halted = false): Program {
  const writer = new EpisodeWriter();
  for (const episode of episodes) {
    if (episode.kind === "compute") writer.compute(episode);
    else if (episode.kind === "message") writer.message(episode);
    else writer.barrier();
  }
  return writer.build(halted);
}

/** Any compute episode. */
export const anyCompute: fc.Arbitrary<ComputeEpisode> = fc.record({
  kind: fc.constant("compute" as const),
  core: fc.nat({ max: 1 }),
  array: fc.nat({ max: 3 }),
  copies: fc.integer({ min: 1, max: 3 }),
  rows: fc.integer({ min: 1, max: 16 }),
  outputs: fc.integer({ min: 1, max: 4 }),
  depth: fc.nat({ max: 1 }),
  weightBits: fc.constantFrom<4 | 8>(4, 8),
  inputBits: fc.constantFrom<4 | 8>(4, 8),
  vectors: fc.integer({ min: 1, max: 3 }),
  loops: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
  split: fc.boolean(),
  verify: fc.boolean(),
  relu: fc.boolean(),
  rowRange: fc.boolean(),
});

/** Any message episode. */
export const anyMessage: fc.Arbitrary<MessageEpisode> = fc.record({
  kind: fc.constant("message" as const),
  from: fc.nat({ max: 1 }),
  count: fc.integer({ min: 1, max: 5 }),
  bytes: fc.integer({ min: 1, max: 200 }),
  channel: fc.nat({ max: 2 }),
  unrolled: fc.boolean(),
});

/** Random legal programs for `smallLimits`. */
export const legalProgram: fc.Arbitrary<Program> = fc
  .tuple(
    fc.array(
      fc.oneof(
        { arbitrary: anyCompute, weight: 4 },
        { arbitrary: anyMessage, weight: 2 },
        { arbitrary: fc.record({ kind: fc.constant("barrier" as const) }), weight: 1 },
      ),
      { minLength: 1, maxLength: 8 },
    ),
    fc.boolean(),
  )
  .map(([episodes, halted]) => programOf(episodes, halted));
