/**
 * The law on memory commands over the runs of both peers: they are clean; and with single commands moved one cycle too early the law
 * says so wherever a constraint held the command back. `WORDLINE_LONG=1` looks at every run.
 */
import { describe, expect, test } from "vitest";
import { DramCommandChecker } from "../../../src/check/dram/index.js";
import type { DramPolicy } from "../../../src/hardware/index.js";
import type { DramCommandLine } from "../../../src/trace/dram/index.js";
import { HAS_REFERENCE } from "../../hardware/dram/reference.js";
import { acceptCycles, checkAll, commandsOfRun, deviceOf, type ReferenceRun, referenceRuns } from "./stream.js";

const long = process.env["WORDLINE_LONG"] === "1";
const runs = referenceRuns();
/** Long files say little that a short one does not. */
const looked = long ? runs : runs.filter(({ trace }) => trace === "hotset");

const kindsOf = (run: ReferenceRun) => new DramCommandChecker(deviceOf(run), run.policy).kinds;

describe.skipIf(!HAS_REFERENCE)("the runs of both peers are clean", () => {
  test.each(looked)("$name", (run) => {
    const commands = commandsOfRun(run, kindsOf(run));
    const report = checkAll(deviceOf(run), run.policy, commands);
    expect(report.commands).toBeGreaterThan(100);
    expect(report.violations).toStrictEqual([]);
    expect(report.skipped).toStrictEqual([]);
    // The peers never put a refresh off for a whole interval.
    expect(report.worstRefreshesOwed).toBe(0);
  });
});

/** Commands of a run with one in `every` moved a cycle ahead, from `first` on; and which lines were. */
function altered(commands: readonly DramCommandLine[], first: number, every: number) {
  const copy = [...commands];
  const moved = new Map<number, DramCommandLine>();
  for (let at = first; at < commands.length; at += every) {
    const command = commands[at]!;
    // The second of two commands in a cycle would only change places with the first.
    if (command.cycle === commands[at - 1]!.cycle) continue;
    copy[at] = { ...command, cycle: command.cycle - 1 };
    moved.set(command.line, command);
  }
  copy.sort((a, b) => a.cycle - b.cycle || a.channel - b.channel || a.line - b.line);
  return { commands: copy, moved };
}

const SLOT = ["one command a cycle", "two commands a cycle"];

describe.skipIf(!HAS_REFERENCE)("a command moved one cycle ahead", () => {
  const caught: Record<DramPolicy, Map<string, number>> = { dramsim3: new Map(), ramulator2: new Map() };
  const constraints: Record<DramPolicy, Set<string>> = { dramsim3: new Set(), ramulator2: new Set() };
  const mutants = { moved: 0, caught: 0, byArrival: 0, byTimer: 0, unexplained: 0 };
  const busy = runs.filter(
    ({ trace, device }) =>
      long ||
      ["rw_turn", "stride_row", "bursty"].includes(trace) ||
      (trace === "rand_read" && ["ddr4_2400_x8", "ddr4_2400_x8.closepage"].includes(device)) ||
      (trace === "long_stream" && device === "ddr4_2400_x8"),
  );

  test.each(busy)("$name: told on the line that was moved, and on no other", (run) => {
    const device = deviceOf(run);
    const commands = commandsOfRun(run, kindsOf(run));
    for (const name of new DramCommandChecker(device, run.policy).constraintNames()) constraints[run.policy].add(name);
    const accepted = acceptCycles(run);
    const interval = device.timing.tREFI / (run.policy === "dramsim3" ? device.organization.ranks : 1);
    for (const [first, every] of [
      [7, 61],
      [31, 67],
    ] as const) {
      const { commands: stream, moved } = altered(commands, first, every);
      const { violations } = checkAll(device, run.policy, stream);
      const told = new Set<number>();
      for (const { line, rule, shortCycles, earlier } of violations) {
        // A command that moved into the cycle of another stands before it where its channel or line is lower.
        const at = moved.has(line) ? line : earlier?.line;
        expect(moved.has(at!), `line ${line}: ${rule}`).toBe(true);
        told.add(at!);
        caught[run.policy].set(rule, (caught[run.policy].get(rule) ?? 0) + 1);
        if (!SLOT.includes(rule)) expect(shortCycles).toBe(1);
      }
      mutants.moved += moved.size;
      mutants.caught += told.size;
      for (const [line, { cycle }] of moved) {
        if (told.has(line)) continue;
        // What no constraint held back came as soon as it could: its request was accepted the cycle before, or the refresh fell due.
        if (accepted.has(cycle - 1) || accepted.has(cycle)) mutants.byArrival++;
        else if (cycle % interval <= 1) mutants.byTimer++;
        else mutants.unexplained++;
      }
    }
  });

  test("almost all are caught, and what is not had waited for its request or for the refresh timer", () => {
    console.log("moved a cycle ahead:", mutants);
    expect(mutants.moved).toBeGreaterThan(5000);
    expect(mutants.caught / mutants.moved).toBeGreaterThan(0.95);
    expect(mutants.unexplained / mutants.moved).toBeLessThan(0.002);
  });

  test("every constraint held some command back", () => {
    const silent = (policy: DramPolicy) => [...constraints[policy]].filter((name) => !caught[policy].has(name));
    // Per-bank refresh is in no reference run; nCCDS equals nBL, which is told instead.
    expect(silent("dramsim3").filter((name) => name !== "tREFI")).toStrictEqual([]);
    expect(silent("ramulator2").filter((name) => name !== "nCCDS")).toStrictEqual([]);
  });
});
