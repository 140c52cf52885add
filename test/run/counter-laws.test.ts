/** Each law on counters can fail: one counter changed, one law broken. */
import { expect, test } from "vitest";
import { programBounds } from "../../src/analytical/index.js";
import type { Simulation } from "../../src/machine/index.js";
import { simulate } from "../../src/machine/index.js";
import { COUNTER_LAWS, checkCounters } from "../../src/run/counter-laws.js";
import { compileNetwork } from "../../src/run/index.js";
import { roomyChip, smallNetwork } from "./networks.js";

const chip = roomyChip();
const { program } = compileNetwork(smallNetwork(), chip);
const simulation = simulate(program, chip);
const bounds = programBounds(program, chip);

function broken(change: (simulation: Simulation) => void): string[] {
  const changed = structuredClone(simulation);
  change(changed);
  return [...new Set(checkCounters(changed, program, chip, bounds).violations.map(({ law }) => law))];
}

test("nothing is broken as it ran", () => {
  expect(broken(() => {})).toStrictEqual([]);
});

test.each(Object.keys(simulation.counts) as (keyof Simulation["counts"])[])("count %s", (name) => {
  expect(
    broken((changed) => {
      changed.counts[name] += 1;
    }),
  ).toStrictEqual([COUNTER_LAWS.counts]);
});

test("an instruction lost", () => {
  expect(
    broken((changed) => {
      changed.instructions--;
    }),
  ).toStrictEqual([COUNTER_LAWS.instructions]);
});

test("a cycle that no term owns", () => {
  expect(
    broken((changed) => {
      changed.path.adc--;
    }),
  ).toStrictEqual([COUNTER_LAWS.path]);
});

test("cycles outside the bounds", () => {
  expect(
    broken((changed) => {
      changed.cycles = bounds.lowerTicks - 1;
      changed.path = { ...changed.path, wait: changed.path.wait + changed.cycles - simulation.cycles };
    }),
  ).toContain(COUNTER_LAWS.bounds);
});

test("a resource busier than time allows", () => {
  expect(
    broken((changed) => {
      changed.resources[0]!.busyCycles = changed.cycles * changed.resources[0]!.ports + 1;
    }),
  ).toStrictEqual([COUNTER_LAWS.busy]);
});

test("less than nothing hidden", () => {
  expect(
    broken((changed) => {
      changed.writes.hiddenCycles = -1;
    }),
  ).toStrictEqual([COUNTER_LAWS.writes]);
});
