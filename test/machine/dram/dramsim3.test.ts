/** The `dramsim3` policy against DRAMsim3's own runs and against a ticking controller. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readDramDevice } from "../../../src/hardware/dram/index.js";
import { createDramController } from "../../../src/machine/dram/index.js";
import { createOracle } from "./oracle.js";
import { bothEqual, tally } from "./random-runs.js";
import { type Build, differences, record, referenceExists, referenceRuns, referenceTrace } from "./reference.js";

/** Random runs to draw; with more than a thousand, every reference run is ticked through too. */
const RUNS = Number(process.env["WORDLINE_RUNS"] ?? 50);

const events: Build = (device, listener) => createDramController(device, "dramsim3", listener);

function against(build: Build, everyCycle: boolean, every: number): string[] {
  const found: string[] = [];
  referenceRuns().forEach((run, index) => {
    if (index % every !== 0) return;
    const device = readDramDevice(run.device, { asDramsim3: true, set: ["quirks.energyLacksClock=true"] });
    const ours = record(build, device, referenceTrace(run.file), run.width, { everyCycle });
    found.push(...differences(run, ours).map((text) => `${run.device} ${run.trace} ${text}`));
  });
  return found;
}

// All of them are replayed by test/run/dram/reference.test.ts; here, without its driver and files, every seventh.
test.skipIf(!referenceExists)("reference runs come out the same, command by command", () => {
  expect(referenceRuns().length).toBeGreaterThanOrEqual(68);
  expect(against(events, false, RUNS > 1000 ? 1 : 7)).toStrictEqual([]);
});

test.skipIf(!referenceExists)("the ticking controller of the tests reproduces them too", () => {
  expect(against(createOracle, true, RUNS > 1000 ? 1 : 23)).toStrictEqual([]);
});

test("events and ticks agree on random devices, settings and traces", () => {
  fc.assert(bothEqual, { numRuns: RUNS, seed: 5 });
  expect(tally.ended).toBeGreaterThan(RUNS / 2);
});
