/**
 * Without --verify the timing is called just as before there was a verification: executing a program adds no listener to a bare call
 * of `simulate`. The machine itself cannot know of verification (test/architecture holds that), so nothing is left that could slow it.
 */
import { afterEach, expect, it, vi } from "vitest";
import { readChip } from "../../src/hardware/index.js";
import type { SimulateOptions } from "../../src/machine/index.js";
import { compileNetwork, executeProgram, runNetwork, Verification } from "../../src/run/index.js";
import { branchy } from "./setting.js";

const calls = vi.hoisted(() => [] as unknown[]);

vi.mock("../../src/machine/index.js", async (original) => {
  const machine = await original<typeof import("../../src/machine/index.js")>();
  return {
    ...machine,
    simulate: (...args: Parameters<typeof machine.simulate>) => {
      calls.push(args[2]);
      return machine.simulate(...args);
    },
  };
});

afterEach(() => {
  calls.length = 0;
});

/** Options by which anybody could listen to a run. */
const listeners = (options: unknown) => {
  const { sink, filter, probes, onProgress, aborted } = options as SimulateOptions;
  return { sink, filter, probes, onProgress, aborted };
};
const nobody = listeners({});

it("a program executed without traces, checks on them or verification has no listener", async () => {
  const chip = readChip("compass-s");
  await executeProgram(compileNetwork(branchy(), chip).program, chip, { checkRows: 0 });
  expect(calls.map(listeners)).toEqual([nobody]);
});

/** How many listen to a call of `simulate`. */
const count = (options: unknown) =>
  (listeners(options).sink as unknown as { sinks: unknown[] } | undefined)?.sinks.length ?? 0;

it("a verification is one listener more than a run has without", async () => {
  const chip = readChip("compass-s");
  const options = { experiments: false, checkRows: 0 };
  await runNetwork(branchy(), chip, options);
  const without = calls.splice(0).map(count);
  const verification = new Verification(branchy(), chip, { seed: "1", batch: 1 });
  await runNetwork(verification.network, chip, { ...options, verification });
  const [first, ...others] = calls.map(count);
  expect([first! - 1, ...others]).toEqual(without);
});
