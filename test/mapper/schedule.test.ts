import { describe, expect, it } from "vitest";
import { readChip } from "../../src/hardware/index.js";
import { NetworkView } from "../../src/mapper/chains.js";
import { map } from "../../src/mapper/index.js";
import { layOut } from "../../src/mapper/local-memory.js";
import type { ScheduleInput } from "../../src/mapper/progress.js";
import { type Schedule, schedule, scheduleBy, type Task } from "../../src/mapper/schedule.js";
import type { MappedLayer } from "../../src/mapping/index.js";
import { loadBuiltin } from "../../src/workload/index.js";

function inputOf(name: string, chipName: string, batch: number): ScheduleInput {
  const network = loadBuiltin(name);
  const chip = readChip(chipName);
  const mapping = map(network, chip, { batch });
  const view = new NetworkView(network, mapping.precision);
  const { layers, edges, samplesPerRound: samples } = mapping.partitions[0]!;
  const layout = layOut(view, chip, layers);
  return { view, chip, layers, edges, layout, pipeline: mapping.pipeline, samples };
}

function done(order: Schedule): { tasks: Task[]; endCycles: number } {
  if (!("tasks" in order)) throw new Error("blocked");
  return order;
}

/** Cores that have a part in making a row. */
function coresOf(layer: MappedLayer, row: number): number[] {
  return layer.slices.flatMap(({ copies }) =>
    copies[copies.length > 1 ? row % layer.replicas : 0]!.parts.map(({ core }) => core),
  );
}

/** Times a task comes behind a later one of its layer: on any core, and on a core of its own. */
function overtaken(layers: readonly MappedLayer[], tasks: readonly Task[]): { anywhere: number; onCore: number } {
  const furthest = new Map<string, number>();
  const count = { anywhere: 0, onCore: 0 };
  for (const { layer, sample, pass, strip, row } of tasks) {
    const at = ((sample * 100 + pass) * 100 + strip) * 1000 + row;
    const behind = (key: string): boolean => {
      const known = furthest.get(key) ?? -1;
      furthest.set(key, Math.max(known, at));
      return known > at;
    };
    if (behind(`${layer}`)) count.anywhere++;
    for (const core of coresOf(layers[layer]!, row)) {
      const key = `${layer} ${core}`;
      if ((furthest.get(key) ?? -1) !== at && behind(key)) count.onCore++;
    }
  }
  return count;
}

describe("the order of row tasks", () => {
  const input = inputOf("resnet18", "compass-s", 4);
  const rows = done(scheduleBy(input, "rows"));
  const copies = done(scheduleBy(input, "copies"));

  it("holds every task once, whichever way copies take turns", () => {
    const names = ({ tasks }: { tasks: Task[] }) => tasks.map((task) => JSON.stringify(task)).sort();
    expect(new Set(names(rows)).size).toBe(rows.tasks.length);
    expect(names(copies)).toEqual(names(rows));
  });

  it("keeps a layer's rows in order, or lets copies overtake each other, but never on one core", () => {
    expect(input.samples).toBe(4);
    expect(overtaken(input.layers, rows.tasks)).toEqual({ anywhere: 0, onCore: 0 });
    const { anywhere, onCore } = overtaken(input.layers, copies.tasks);
    expect(anywhere).toBeGreaterThan(100);
    expect(onCore).toBe(0);
  });

  it("is that of the two whose timetable ends first", () => {
    expect(copies.endCycles).toBeLessThan(rows.endCycles);
    expect(done(schedule(input)).tasks).toEqual(copies.tasks);
    const other = inputOf("resnet8", "compass-s", 1);
    const inOrder = done(scheduleBy(other, "rows"));
    expect(inOrder.endCycles).toBeLessThan(done(scheduleBy(other, "copies")).endCycles);
    expect(done(schedule(other)).tasks).toEqual(inOrder.tasks);
  });
});
