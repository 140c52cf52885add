/**
 * Law 6, resources: never more holds at once than ports, in either direction, and busy + idle + stalled = elapsed × ports.
 * A port is stalled while it is free and some hold that is ready waits for one: for a clock edge, a bank, or a port of its direction.
 */
import { HOLD_KINDS } from "../../trace/index.js";
import type { CheckContext } from "../context.js";
import type { ResourceTime } from "../report.js";

const LAW = "resources";

/** Checks ports and ADC groups; returns how each resource spent its time. */
export function checkResources(context: CheckContext): ResourceTime[] {
  const { table, view, known, findings, whole } = context;
  const { holds, header, footer } = table;
  for (let row = 0; row < holds.length; row++)
    if (holds.resource[row]! < -1 || holds.resource[row]! >= header.resources.length)
      context.blameHold(LAW, "unknown-resource", row, `there is no resource ${holds.resource[row]}`);
  if (!known) findings.skip("directions of ports and members of ADC sets need program and chip", LAW);
  if (!whole) findings.skip("the trace is filtered: times are those of the rows there are", LAW);
  const times = view.byResource().map((rows, id) => {
    const { name, kind, core, ports } = header.resources[id]!;
    const elapsed = footer.makespanTicks * ports;
    const { busyTicks, stalledTicks } = sweep(context, rows, id, ports);
    const idleTicks = elapsed - busyTicks - stalledTicks;
    if (idleTicks < 0 && whole)
      findings.add({
        law: LAW,
        code: "time",
        message: `${name}: busy ${busyTicks} and stalled ${stalledTicks} are more than ${elapsed}`,
      });
    return { id, name, kind, core, ports, holds: rows.length, busyTicks, stalledTicks, idleTicks };
  });
  if (known) checkGroups(context);
  return times;
}

/** Goes through the starts and ends of one resource's holds. */
function sweep(
  context: CheckContext,
  rows: Int32Array,
  id: number,
  ports: number,
): { busyTicks: number; stalledTicks: number } {
  const { holds } = context.table;
  const limits = context.known?.resources.limits(id);
  const isSet = context.table.header.resources[id]!.kind === "convert";
  const ends = rows.slice().sort((a, b) => holds.endTick[a]! - holds.endTick[b]!);
  const readies = rows.slice().sort((a, b) => holds.readyTick[a]! - holds.readyTick[b]!);
  const isWrite = (row: number): number => (HOLD_KINDS[holds.kind[row]!]?.endsWith("Write") ? 1 : 0);
  let [ended, asked, busyTicks, stalledTicks, before, writes] = [0, 0, 0, 0, 0, 0];
  let waiting = 0;
  let started = 0;
  const advance = (tick: number): void => {
    const running = started - ended;
    busyTicks += running * (tick - before);
    stalledTicks += Math.max(0, Math.min(ports - running, waiting)) * (tick - before);
    before = tick;
  };
  while (ended < rows.length) {
    const nextEnd = holds.endTick[ends[ended]!]!;
    const nextStart = started < rows.length ? holds.startTick[rows[started]!]! : Number.POSITIVE_INFINITY;
    const nextReady = asked < rows.length ? holds.readyTick[readies[asked]!]! : Number.POSITIVE_INFINITY;
    const tick = Math.min(nextEnd, nextStart, nextReady);
    advance(tick);
    while (ended < rows.length && holds.endTick[ends[ended]!] === tick) writes -= isWrite(ends[ended++]!);
    while (asked < rows.length && holds.readyTick[readies[asked]!] === tick) {
      asked++;
      waiting++;
    }
    while (started < rows.length && holds.startTick[rows[started]!] === tick) {
      const row = rows[started++]!;
      waiting--;
      writes += isWrite(row);
      const running = started - ended;
      const over = limits
        ? running > limits.all || writes > limits.writes || running - writes > limits.reads
        : running > ports;
      // Members of ADC sets are looked at one by one below.
      if (over && !isSet) context.blameHold(LAW, "ports", row, `${running} holds at once on ${ports} ports`);
    }
  }
  return { busyTicks, stalledTicks };
}

/** Shared ADC groups: a hold takes all its instruction's groups at once; none is taken twice. */
function checkGroups(context: CheckContext): void {
  const { view, table } = context;
  const { holds } = table;
  const rows: number[] = [];
  for (let slot = 0; slot < view.slots; slot++) {
    if (!context.isIntact(slot)) continue;
    const code = context.staticOf(slot)!;
    const lane = code.lanes.findIndex(({ place }) => place === "adc");
    if (lane < 0) continue;
    for (let unit = 0; unit < code.lanes[lane]!.units; unit++) rows.push(context.rowAt(slot, code, lane, unit));
  }
  rows.sort((a, b) => holds.startTick[a]! - holds.startTick[b]! || a - b);
  const free = new Map<string, number>();
  for (const row of rows) {
    const slot = view.slotOf(holds.stream[row]!, holds.n[row]!);
    for (const group of context.staticOf(slot)!.adcGroups) {
      const key = `${context.core(slot)} ${group}`;
      if ((free.get(key) ?? 0) > holds.startTick[row]!)
        context.blameHold(LAW, "adc-overlap", row, `ADC group ${group} is held until ${free.get(key)}`);
      free.set(key, holds.endTick[row]!);
    }
  }
}
