/** Why a request took its time: each cause in the smallest trace that has it. Cycles by hand from the gaps of ddr4_2400_x8. */
import { expect, test } from "vitest";
import { readDramDevice } from "../../../src/hardware/dram/index.js";
import { createDramController, DRAM_CAUSE } from "../../../src/machine/dram/index.js";

const CAUSES = Object.keys(DRAM_CAUSE);
const ROW = 2 ** 18;
const GROUP = 2 ** 13;

interface Told {
  cause: string;
  accepted: number;
  issued: number;
  data: number;
  done: number;
}

function causes(requests: readonly [address: number, kind: "R" | "W", arrival: number][]): Told[] {
  const device = readDramDevice("ddr4_2400_x8", { asDramsim3: true });
  const told: Told[] = requests.map(() => ({ cause: "", accepted: 0, issued: 0, data: 0, done: 0 }));
  const controller = createDramController(device, "dramsim3", {
    done: (id, done, issued, data, cause) => Object.assign(told[id], { done, issued, data, cause: CAUSES[cause] }),
  });
  requests.forEach(([address, kind, arrival], id) => {
    while (controller.nextCycle() <= arrival) controller.step(controller.nextCycle());
    expect(controller.accepts(address, kind === "W")).toBe(true);
    told[id].accepted = controller.accept(id, address, kind === "W", arrival);
  });
  while (controller.pending > 0) controller.step(controller.nextCycle());
  return told;
}

test("a closed bank misses, an open row hits, another row conflicts", () => {
  const told = causes([
    [0, "R", 100],
    [64, "R", 400],
    [ROW, "R", 800],
  ]);
  // Accepted a cycle after arrival, ACT a cycle later, RD tRCD = 17 after that, first datum CL = 17 later, BC = 4 to the end.
  expect(told[0]).toStrictEqual({ cause: "miss", accepted: 101, issued: 119, data: 136, done: 140 });
  expect(told[1]).toStrictEqual({ cause: "hit", accepted: 401, issued: 402, data: 419, done: 423 });
  // PRE first, ACT tRP = 17 later.
  expect(told[2]).toStrictEqual({ cause: "conflict", accepted: 801, issued: 836, data: 853, done: 857 });
});

test("reads that follow a write of the channel wait for the bus", () => {
  // Nine writes to an open row begin to drain when the queues are empty; a read of another group's open row comes behind.
  const writes = Array.from({ length: 9 }, (_, index): [number, "W", number] => [64 * (index + 1), "W", 500]);
  const told = causes([[0, "R", 100], [GROUP, "R", 200], ...writes, [GROUP + 64, "R", 556]]);
  const last = told[told.length - 1];
  expect(last.cause).toBe("turnaround");
  // The last write's command lies CWL + BC + tWTR_S = 19 before it.
  expect(last.issued).toBeGreaterThan(558);
});

test("a request that comes while its rank is refreshed says so", () => {
  // Rank 0 is refreshed in cycle 4680 for tRFC = 420.
  const [told] = causes([[0, "R", 4700]]);
  expect(told).toStrictEqual({ cause: "refresh", accepted: 4701, issued: 5117, data: 5134, done: 5138 });
});

test("requests without a command of their own merged", () => {
  const told = causes([
    [0, "W", 10],
    [0, "W", 11],
    [0, "R", 12],
    [ROW, "R", 13],
    [ROW, "R", 14],
  ]);
  expect(told.map(({ cause }) => cause)).toStrictEqual(["hit", "merged", "merged", "miss", "merged"]);
  expect(told[0]).toMatchObject({ accepted: 11, done: 12, issued: 11, data: 11 });
  expect(told[2]).toMatchObject({ accepted: 13, done: 14 });
  expect(told[4].done).toBe(told[3].done);
});
