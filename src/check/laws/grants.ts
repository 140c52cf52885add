/**
 * Law 4: every hold is made on the resource its lane asks for, moves the packet's bytes and takes exactly its contract length:
 * whole ticks, cycles of its clock from the edge it begins at, or the passes drawn for its pulse group.
 */
import type { Rational } from "../../base/index.js";
import type { CheckContext, Static } from "../context.js";
import { channelsOf } from "../contract/channel.js";
import { edgeFrom, edgeTick } from "../contract/clock.js";
import type { Lane } from "../contract/lanes.js";
import { checkDraws } from "./draws.js";

const LAW = "grants";

/** Checks resource, bytes and length of every hold. */
export function checkGrants(context: CheckContext): void {
  if (!context.known) {
    context.findings.skip("it needs program and chip", LAW);
    return;
  }
  const { chip } = context.known;
  const severalChannels = (chip.dram?.channels ?? 1) > 1;
  for (let slot = 0; slot < context.view.slots; slot++) {
    if (!context.isIntact(slot)) continue;
    const code = context.staticOf(slot)!;
    if (context.hasIssue[slot]) checkIssue(context, slot, code);
    for (const [index, lane] of code.lanes.entries()) checkLane(context, slot, code, lane, index);
  }
  if (severalChannels) checkChannels(context);
  checkClocked(context);
  checkDraws(context);
}

function checkIssue(context: CheckContext, slot: number, code: Static): void {
  const { holds, instructions } = context.table;
  const row = context.view.holdRows[context.view.holdStart[slot]!]!;
  const own = context.view.rowOf[slot]!;
  const start = instructions.startTick[own]!;
  if (
    holds.startTick[row] !== start ||
    holds.readyTick[row] !== start ||
    holds.endTick[row] !== start + code.issueTicks
  )
    context.blameHold(
      LAW,
      "issue-length",
      row,
      `an issue slot of ${code.issueTicks} from ${start}, not ${holds.startTick[row]} to ${holds.endTick[row]}`,
    );
  if (holds.resource[row] !== -1 || holds.bytes[row] !== 0)
    context.blameHold(LAW, "issue-resource", row, "an issue slot is on no resource and moves nothing");
}

function checkLane(context: CheckContext, slot: number, code: Static, lane: Lane, index: number): void {
  const { holds } = context.table;
  const resource = resourceOf(context, slot, code, lane);
  const isClocked = lane.place === "dram" || lane.place === "bus" || lane.place === "link";
  for (let unit = 0; unit < lane.units; unit++) {
    const row = context.rowAt(slot, code, index, unit);
    if (holds.bytes[row] !== lane.bytes(unit))
      context.blameHold(LAW, "bytes", row, `moves ${holds.bytes[row]} bytes, its packet has ${lane.bytes(unit)}`);
    if (resource !== undefined && holds.resource[row] !== resource)
      context.blameHold(LAW, "resource", row, `is on resource ${holds.resource[row]}, its lane on ${resource}`);
    if ((lane.period && isClocked) || lane.drawn || lane.open) continue;
    const start = holds.startTick[row]!;
    const cycles = lane.cycles(unit);
    // The latency of a transfer is granted by nobody, but counts in cycles of the DRAM from the edge it begins at.
    const end = lane.period
      ? Math.max(start + 1, edgeTick(edgeFrom(start, lane.period) + cycles, lane.period))
      : start + cycles;
    if (holds.endTick[row] !== end)
      context.blameHold(LAW, "length", row, `${lane.kind} ends at ${holds.endTick[row]}, its length makes that ${end}`);
  }
}

/** The resource of a lane; undefined where it differs from packet to packet. */
function resourceOf(context: CheckContext, slot: number, code: Static, lane: Lane): number | undefined {
  const { resources, chip } = context.known!;
  const core = context.core(slot);
  switch (lane.place) {
    case "private":
      return -1;
    case "memory":
      return resources.memory(lane.kind, core);
    case "bus":
      return resources.of("bus", -1);
    case "link":
      return resources.link(lane.link!.from, lane.link!.to);
    case "adc":
      return resources.of("convert", core, Math.min(...code.adcGroups));
    case "dram":
      return chip.dram!.channels > 1 ? undefined : resources.of("dram", -1);
  }
}

/** With several channels: each DRAM hold is on the channel of its packet's address, loops counted. */
function checkChannels(context: CheckContext): void {
  const { chip, resources } = context.known!;
  const { holds } = context.table;
  context.walkAll((slot, walk) => {
    if (!context.isIntact(slot)) return;
    const code = context.staticOf(slot)!;
    const index = code.lanes.findIndex(({ place }) => place === "dram");
    if (index < 0) return;
    const channelOf = channelsOf(code.instruction, code.packets, walk.trips, chip);
    for (let unit = 0; unit < code.lanes[index]!.units; unit++) {
      const row = context.rowAt(slot, code, index, unit);
      if (channelOf) {
        const wanted = resources.of("dram", -1, channelOf(unit));
        if (holds.resource[row] !== wanted)
          context.blameHold(
            LAW,
            "channel",
            row,
            `is on resource ${holds.resource[row]}, its address belongs to ${wanted}`,
          );
      } else if (context.table.header.resources[holds.resource[row]!]?.kind !== "dram")
        context.blameHold(LAW, "resource", row, `is on resource ${holds.resource[row]}, which is no DRAM channel`);
    }
  });
}

/**
 * Holds on resources of other clocks, one after another: c cycles from the first edge at or after the start, and where several edges fall into
 * one tick, from no edge before the one the hold before ended at.
 */
function checkClocked(context: CheckContext): void {
  const { holds, header } = context.table;
  context.view.byResource().forEach((rows, id) => {
    const period = context.clockOf(header.resources[id]!.kind);
    if (!period) return;
    let reached = 0;
    for (const row of rows) {
      const slot = context.view.slotOf(holds.stream[row]!, holds.n[row]!);
      if (!context.isIntact(slot)) continue;
      const lane = context.staticOf(slot)!.lanes[holds.stage[row]!];
      if (!lane?.period) continue;
      reached = checkClockedHold(context, row, lane.cycles(holds.packet[row]!), period, reached);
    }
  });
}

function checkClockedHold(
  context: CheckContext,
  row: number,
  cycles: number,
  period: Rational,
  reached: number,
): number {
  const { holds } = context.table;
  const start = holds.startTick[row]!;
  const first = edgeFrom(start, period);
  const edge = Math.max(first, reached);
  const end = Math.max(start + 1, edgeTick(edge + cycles, period));
  // In a window the hold before may be missing: then any edge of the tick may be the one it began at.
  const most = Math.max(start + 1, edgeTick(edgeFrom(start + 1, period) + cycles, period));
  const good = context.whole ? holds.endTick[row] === end : holds.endTick[row]! >= end && holds.endTick[row]! <= most;
  if (!good)
    context.blameHold(LAW, "length", row, `${cycles} cycles from ${start} end at ${end}, not at ${holds.endTick[row]}`);
  if (edgeTick(first, period) !== start)
    context.blameHold(LAW, "edge", row, `begins at ${start}, which is no edge of its clock`);
  return edge + cycles;
}
