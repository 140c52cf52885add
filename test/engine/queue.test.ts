import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream, uniformInt } from "../../src/base/index.js";
import { createQueue, type EventQueue, PHASE_COUNT, type StopReason } from "../../src/engine/index.js";
import { contractCases } from "./contract.cases.js";
import { queueCases } from "./queue.cases.js";

for (const kind of ["wheel", "heap"] as const) {
  queueCases(kind);
  contractCases(kind);
}

const CAPACITY = 24;

interface Scenario {
  seed: number;
  /** How often a delay is zero, within a block, within a span, beyond it, or far beyond 2^40. */
  weights: number[];
  cancelChance: number;
  shuffleSeed: number | undefined;
}

/** What a model does is drawn from a stream as it goes, so it depends on every dispatch before it. */
function play(queue: EventQueue, scenario: Scenario): string[] {
  const random = randomStream(scenario.seed, "play");
  const log: string[] = [];
  const total = scenario.weights.reduce((a, b) => a + b, 0);
  const drawDelay = (): number => {
    let at = random() * total;
    const kind = scenario.weights.findIndex((weight) => {
      at -= weight;
      return at < 0;
    });
    if (kind <= 0) return 0;
    if (kind === 1) return uniformInt(random, 1, 12);
    if (kind === 2) return uniformInt(random, 1, 5000);
    if (kind === 3) return uniformInt(random, 2 ** 20 - 2000, 2 ** 20 + 2000);
    return 2 ** 40 + uniformInt(random, 0, 3);
  };
  const act = (phase: number) => {
    for (let count = uniformInt(random, 0, 3); count > 0; count--) {
      const id = uniformInt(random, 0, CAPACITY - 1);
      if (random() < scenario.cancelChance) {
        queue.cancel(id);
      } else if (!queue.isPending(id)) {
        const delay = drawDelay();
        const earliest = delay === 0 ? phase + 1 : 0;
        const later = random() < 0.7 ? earliest : uniformInt(random, earliest, PHASE_COUNT);
        if (later < PHASE_COUNT) queue.schedule(delay, later, id);
      }
    }
  };
  const handle = (id: number, phase: number) => {
    log.push(`${queue.now}.${phase} ${id}`);
    act(phase);
  };
  for (let id = 0; id < 3; id++) queue.setBackground(id, true);
  for (let id = 0; id < 10; id++) queue.schedule(drawDelay(), uniformInt(random, 0, PHASE_COUNT - 1), id);
  let reason: StopReason = "limit";
  for (let slice = 0; slice < 60 && reason !== "drained"; slice++) {
    const untilTick = random() < 0.5 ? queue.now + drawDelay() : Number.POSITIVE_INFINITY;
    reason = queue.run({ handle }, { maxEvents: uniformInt(random, 0, 20), untilTick });
    log.push(`${reason} ${queue.now} ${queue.pending} ${queue.livePending} ${queue.processed}`);
    const waiting = queue.pendingEvents();
    log.push(waiting.map(({ id, tick, phase }) => `${tick}.${phase} ${id}`).join(" "));
    if (random() < 0.2) queue.restoreEvents(queue.now, waiting);
    // Between two runs events come from outside, at least one tick ahead.
    const id = uniformInt(random, 0, CAPACITY - 1);
    if (!queue.isPending(id)) queue.schedule(1 + drawDelay(), uniformInt(random, 0, PHASE_COUNT - 1), id);
  }
  return log;
}

describe("wheel against heap", () => {
  it("dispatches the same sequence for any schedules, cancels, limits and restores", () => {
    let dispatches = 0;
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer(),
          weights: fc
            .array(fc.integer({ min: 0, max: 6 }), { minLength: 5, maxLength: 5 })
            .filter((weights) => weights.some((weight) => weight > 0)),
          cancelChance: fc.constantFrom(0, 0.1, 0.4),
          shuffleSeed: fc.constantFrom(undefined, undefined, 1, 2),
        }),
        (scenario) => {
          const { shuffleSeed } = scenario;
          const options = { capacity: CAPACITY, checked: true, ...(shuffleSeed === undefined ? {} : { shuffleSeed }) };
          const onWheel = play(createQueue("wheel", options), scenario);
          const onHeap = play(createQueue("heap", options), scenario);
          dispatches += onHeap.length;
          expect(onWheel).toEqual(onHeap);
        },
      ),
      { numRuns: 400 },
    );
    expect(dispatches).toBeGreaterThan(10_000);
  });
});
