/** Law 10 for memory devices: every number of a device file changes commands, legality, energy or capacity when it changes. */
import { expect, test } from "vitest";
import { UserError } from "../../../src/base/index.js";
import { DramCommandChecker } from "../../../src/check/dram/index.js";
import {
  type DramDevice,
  describeDramDevice,
  dramDeviceSources,
  type ReadDramOptions,
  readDramDevice,
} from "../../../src/hardware/dram/index.js";
import { createDramController } from "../../../src/machine/dram/index.js";

/** What a device does with a fixed mixture of requests. */
function doing(device: DramDevice, policy: "dramsim3" | "ramulator2"): string {
  const commands: number[] = [];
  const controller = createDramController(device, policy, {
    command: (...command) => void commands.push(...command),
  });
  const { requestBytes } = device.organization;
  let cycle = 1;
  controller.step(1);
  for (let id = 0; id < 900; id++) {
    // Streams, jumps within few rows, and pauses; a third of it writes.
    const address = (id % 3 === 0 ? id : (id * 7919) % 65536) * requestBytes;
    const write = id % 9 < 3;
    if (id % 50 === 0) cycle += 300;
    for (let next = controller.nextCycle(); next <= cycle; next = controller.nextCycle()) controller.step(next);
    while (!controller.accepts(address, write)) controller.step(++cycle);
    controller.accept(id, address, write, cycle);
  }
  for (let next = controller.nextCycle(); next < 20_000; next = controller.nextCycle()) controller.step(next);
  controller.finish(20_000);
  return JSON.stringify([commands, controller.summary()]);
}

/** All that can be seen of a device: what it does, what is legal on it, how much it holds. */
function seen(name: string, options: ReadDramOptions): string {
  const device = readDramDevice(name, options);
  const policies = device.ramulator2 ? (["dramsim3", "ramulator2"] as const) : (["dramsim3"] as const);
  const { description: _, ...facts } = describeDramDevice(name, options);
  const legal = policies.map((policy) => new DramCommandChecker(device, policy).legality());
  return JSON.stringify([facts, legal, policies.map((policy) => doing(device, policy))]);
}

/** Numbers that count under a setting the device does not come with. */
const UNDER: Readonly<Record<string, string>> = {
  "timing.tRFCb": "controller.refreshPolicy=BANK_LEVEL_STAGGERED",
  "timing.tREFIb": "controller.refreshPolicy=BANK_LEVEL_STAGGERED",
  "power.idd5pbMa": "controller.refreshPolicy=BANK_LEVEL_STAGGERED",
  // One request a cycle fills no queue where it goes to eight channels in turn.
  "controller.commandQueueEntries": "organization.channels=1",
  "controller.transactionQueueEntries": "organization.channels=1",
};

/** Numbers that count with bank groups, which these devices do not use. */
const GROUPED = ["timing.tCCD_L", "timing.tRRD_L", "timing.tWTR_L"];

/** What reads a number elsewhere: the bandwidth that a replay under ramulator2 prints. */
const ELSEWHERE = ["ramulator2.tCkNs"];

/** What can be seen with the first of these settings that the device accepts. */
function seenWith(name: string, set: readonly string[], tried: readonly string[]): string {
  for (const text of tried)
    try {
      return seen(name, { set: [...set, text] });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  throw new Error(`${name} accepts none of ${tried.join(", ")}`);
}

test.each(["ddr3_1600_x8", "ddr4_2400_x8", "gddr5_x32", "hbm2_x128"])("%s", (name) => {
  const { organization, protocol } = readDramDevice(name);
  const burst = organization.burstLength / (protocol === "GDDR5" ? 4 : 2);
  const leaves = dramDeviceSources(name);
  const inert: string[] = [];
  const before = new Map<string, string>();
  for (const { path, value } of leaves) {
    // What asDramsim3 holds is put over the other numbers, which are looked at here.
    if (typeof value !== "number" || path.startsWith("asDramsim3.") || ELSEWHERE.includes(path)) continue;
    if (organization.bankGroups === 1 && GROUPED.includes(path)) continue;
    // Below a burst it is the burst that counts: HBM's tCCD_S and LPDDR4's tCCD are what their files say, and no more.
    if (path.startsWith("timing.tCCD") && value < burst) continue;
    const under = UNDER[path];
    // Only some files say all that a refresh bank by bank needs; the rest of it is set here.
    const silent = ["timing.tRFCb", "timing.tREFIb", "power.idd5pbMa"].filter(
      (field) => !leaves.some((leaf) => leaf.path === field),
    );
    const byBank = under?.includes("BANK_LEVEL") ? silent.map((field) => `${field}=60`) : [];
    const set = under === undefined ? [] : [under, ...byBank];
    const counts = path.includes("organization.");
    const tried = counts ? [value * 2, value / 2] : [value + 1, value - 1];
    // Ramulator's two gaps are one in a device with one group.
    const field =
      organization.bankGroups === 1 ? path.replace(/^ramulator2\.timing\.(nCCD|nRRD|nWTR)[SL]$/, "$1") : path;
    const texts = tried.map((changed) => `${field}=${changed}`);
    const key = set.join();
    if (!before.has(key)) before.set(key, seen(name, { set }));
    if (before.get(key) === seenWith(name, set, texts)) inert.push(path);
  }
  expect(inert).toStrictEqual([]);
});
