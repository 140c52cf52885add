/** Programs whose copies overtake each other wherever they may, not only where the timetable gains by it: equal to the reference, no races. */
import { beforeEach, expect, it, vi } from "vitest";
import { legalOrder, verify } from "../../src/functional/index.js";
import type { MapOptions } from "../../src/mapper/index.js";
import { loadBuiltin, type Network, NetworkBuilder, withInputSize } from "../../src/workload/index.js";
import { branchy, errorsOf, settingOf, verifyRun } from "./setting.js";

const seen = vi.hoisted(() => ({ overtaken: 0 }));

vi.mock("../../src/mapper/schedule.js", async (original) => {
  const real = await original<typeof import("../../src/mapper/schedule.js")>();
  return {
    ...real,
    schedule(input: Parameters<typeof real.schedule>[0]) {
      const order = real.scheduleBy(input, "copies");
      const last = new Map<number, number>();
      for (const { layer, sample, row } of "tasks" in order ? order.tasks : []) {
        const at = sample * 1000 + row;
        if (at < (last.get(layer) ?? 0)) seen.overtaken++;
        last.set(layer, at);
      }
      return order;
    },
  };
});

beforeEach(() => {
  seen.overtaken = 0;
});

function chain(): Network {
  const build = new NetworkBuilder("chain");
  const x = build.input("x", { height: 12, width: 6, channels: 4 });
  const a = build.conv(x, { channels: 8, kernel: 3, padding: 1 });
  const b = build.conv(a, { channels: 8, kernel: 3, padding: 1, activation: "relu" });
  const sum = build.sum(build.conv(b, { channels: 8, kernel: 3, padding: 1 }), b, { activation: "relu" });
  const c = build.maxpool(build.conv(sum, { channels: 8, kernel: 1 }), { kernel: 2, stride: 2 });
  build.output(build.conv(c, { channels: 6, kernel: 3, padding: 1, stride: 2 }));
  return build.build();
}

const options: Partial<MapOptions>[] = [{}, { spareRows: 0 }, { stream: false }, { pipeline: "sample" }];

for (const option of options)
  it(`chains and branches, ${JSON.stringify(option)}`, () => {
    for (const network of [chain(), branchy()])
      expect(errorsOf(verifyRun(settingOf(network, "compass-s", 8, undefined, option)))).toEqual([]);
    expect(seen.overtaken).toBeGreaterThan(0);
  });

it("resnet8 on compass-s, and under other legal orders", () => {
  const setting = settingOf(withInputSize(loadBuiltin("resnet8"), 16, 16), "compass-s", 4);
  expect(seen.overtaken).toBeGreaterThan(0);
  expect(errorsOf(verifyRun(setting))).toEqual([]);
  expect(errorsOf(verify(setting, legalOrder(setting.program, setting.chip, 1)))).toEqual([]);
});
