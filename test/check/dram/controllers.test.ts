/**
 * The law on memory commands over our own controllers: random requests, on every device, under every way of queueing and refreshing,
 * as DRAMsim3 has it and as it should be. The law knows nothing of the controllers.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DramCheckReport, DramCommandChecker } from "../../../src/check/dram/index.js";
import { type DramDevice, type DramPolicy, listDramDevices, readDramDevice } from "../../../src/hardware/index.js";
import { createDramController, DRAM_COMMANDS } from "../../../src/machine/dram/index.js";

interface Request {
  address: number;
  write: boolean;
  /** Cycles after the one ahead. */
  gap: number;
}

/** Cycles without anything done after which a run is taken to be stuck. */
const STUCK = 100_000;

/** Runs requests through a controller, then on past several refreshes, and checks every command. */
function run(device: DramDevice, policy: DramPolicy, requests: readonly Request[]): DramCheckReport | "stuck" {
  const checker = new DramCommandChecker(device, policy);
  let line = 1;
  const controller = createDramController(device, policy, {
    command: (cycle, channel, command, rank, group, bank, row, column) =>
      checker.command({
        line: ++line,
        cycle,
        channel,
        kind: checker.kinds.indexOf(DRAM_COMMANDS[command]!),
        rank,
        group,
        bank,
        row,
        column,
      }),
  });
  let cycle = policy === "ramulator2" ? 1 : 0;
  const until = (target: number) => {
    for (let next = controller.nextCycle(); next <= target; next = controller.nextCycle()) controller.step(next);
    cycle = target;
  };
  for (const [id, { address, write, gap }] of requests.entries()) {
    until(cycle + gap);
    for (let waited = 0; !controller.accepts(address, write); waited++) {
      if (waited > STUCK) return "stuck";
      until(cycle + 1);
    }
    controller.accept(id, address, write, cycle);
  }
  until(cycle + 3 * Math.max(device.timing.tREFI, device.ramulator2?.timing.nREFI ?? 0));
  return checker.finish(cycle);
}

/** Requests on few banks and rows, so that they meet; bursts and pauses. */
function requestsOn(device: DramDevice, most: number): fc.Arbitrary<Request[]> {
  const { channels, ranks, bankGroups, banksPerGroup, columns, burstLength, requestBytes } = device.organization;
  const rows = 5;
  const count = channels * ranks * bankGroups * banksPerGroup * (columns / burstLength) * rows;
  return fc.array(
    fc.record({
      address: fc.oneof(fc.nat(count - 1), fc.nat(63)).map((index) => index * requestBytes),
      write: fc.oneof({ weight: 2, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      gap: fc.oneof(
        { weight: 8, arbitrary: fc.constant(0) },
        { weight: 3, arbitrary: fc.nat(6) },
        { weight: 1, arbitrary: fc.nat(900) },
      ),
    }),
    { minLength: most / 2, maxLength: most },
  );
}

const REFRESH = ["RANK_LEVEL_STAGGERED", "RANK_LEVEL_SIMULTANEOUS", "BANK_LEVEL_STAGGERED"];

/** Devices whose file says how a single bank is refreshed. */
const withBankRefresh = (name: string) => {
  try {
    readDramDevice(name, { set: ["refresh_policy=BANK_LEVEL_STAGGERED"] });
    return true;
  } catch {
    return false;
  }
};

describe.each(listDramDevices())("%s", (name) => {
  const settings = fc.record({
    queue: fc.constantFrom("PER_BANK", "PER_RANK"),
    page: fc.constantFrom("OPEN_PAGE", "CLOSE_PAGE"),
    refresh: fc.constantFrom(...REFRESH),
    unified: fc.boolean(),
    entries: fc.constantFrom(2, 8),
    map: fc.constantFrom("rochrababgco", "rorabgbachco", "rocorababgch"),
  });

  test.each([false, true])("dramsim3, with its errors: %s", (asDramsim3) => {
    fc.assert(
      fc.property(
        settings.chain((chosen) =>
          fc.record({ chosen: fc.constant(chosen), requests: requestsOn(readDramDevice(name), 300) }),
        ),
        ({ chosen, requests }) => {
          const refresh =
            asDramsim3 || withBankRefresh(name) || chosen.refresh !== REFRESH[2] ? chosen.refresh : REFRESH[0];
          const device = readDramDevice(name, {
            asDramsim3,
            set: [
              `queue_structure=${chosen.queue}`,
              `row_buf_policy=${chosen.page}`,
              `refresh_policy=${refresh}`,
              `unified_queue=${chosen.unified}`,
              `cmd_queue_size=${chosen.entries}`,
              `address_mapping=${chosen.map}`,
            ],
          });
          const report = run(device, "dramsim3", requests);
          // One of its errors is that it can wait for itself for ever.
          if (asDramsim3 && report === "stuck") return;
          expect(report).toMatchObject({ violations: [], violationCount: 0 });
        },
      ),
      { numRuns: 4, seed: 5 },
    );
  });

  test.skipIf(readDramDevice(name).ramulator2 === undefined)("ramulator2", () => {
    const device = readDramDevice(name);
    fc.assert(
      fc.property(requestsOn(device, 300), (requests) => {
        expect(run(device, "ramulator2", requests)).toMatchObject({ violations: [], violationCount: 0 });
      }),
      { numRuns: 5, seed: 5 },
    );
  });
});

test("a controller on another device's timing is told", () => {
  const device = readDramDevice("ddr4_2400_x8", { set: ["tREFI=1500"] });
  const requests = Array.from({ length: 200 }, (_, at) => ({
    address: ((at * 37) % 101) * 8192,
    write: at % 3 === 0,
    gap: 0,
  }));
  for (const [field, value, rule] of [
    ["tRCD", 16, "tRCD"],
    ["tRP", 16, "tRP"],
    ["tFAW", 25, "tFAW"],
    ["tRRD_L", 5, "tRRD_L"],
    ["tCCD_L", 5, "tCCD_L"],
    ["tWTR_L", 8, "tWTR_L"],
    ["tRTP", 8, "tRTP"],
    ["tRFC", 419, "tRFC"],
  ] as const) {
    const faster = { ...device, timing: { ...device.timing, [field]: value } };
    const checker = new DramCommandChecker(device, "dramsim3");
    const controller = createDramController(faster, "dramsim3", {
      command: (cycle, channel, command, rank, group, bank, row, column) =>
        checker.command({
          line: 0,
          cycle,
          channel,
          kind: checker.kinds.indexOf(DRAM_COMMANDS[command]!),
          rank,
          group,
          bank,
          row,
          column,
        }),
    });
    let cycle = 0;
    for (let round = 0; round < 12; round++)
      for (const [id, { address, write }] of requests.entries()) {
        while (!controller.accepts(address, write)) controller.step(++cycle);
        controller.accept(id, address, write, cycle);
        controller.step(++cycle);
      }
    expect(Object.keys(checker.finish(cycle).violationsByRule), field).toContain(rule);
  }
});
