/**
 * DRAM played by commands (docs/timing.md section 9) has no closed form a packet: what stands here are its extremes, and what part of a hold
 * counts as rows, turnarounds and refresh. The machine has its own copy by design.
 */
import { ceilMul, invariant, type Rational, type Term } from "../../base/index.js";
import { burstCyclesOf, type Dram, type DramDevice } from "../../hardware/index.js";
import type { StageKind } from "../terms.js";

function deviceOf(dram: Dram): DramDevice {
  invariant(dram.device, "DRAM by commands without a device");
  return dram.device;
}

/** Ticks of a packet's bytes at the peak rate of a channel. */
export function peakTicks(dram: Dram, bytes: number): number {
  return Math.max(1, ceilMul(ceilMul(bytes, dram.cyclesPerByte), dram.clock.ticksPerCycle));
}

/** The most ticks of a hold that count as what its kind names, and their term; undefined where the kind is a row hit's. */
export function metInDram(dram: Dram, kind: StageKind): { term: Term; ticks: number } | undefined {
  const device = deviceOf(dram);
  const { timing } = device;
  const ticks = (cycles: number): number => ceilMul(cycles, dram.clock.ticksPerCycle);
  switch (kind) {
    case "dramRow":
      return { term: "dramRow", ticks: ticks(timing.tRP + Math.max(timing.tRCD, timing.tRCDRD, timing.tRCDWR)) };
    case "dramTurnaround": {
      const burst = timing.AL + Math.max(timing.CL, timing.CWL) + burstCyclesOf(device);
      return { term: "dramTurnaround", ticks: ticks(burst + timing.tWTR_L + timing.tRTRS) };
    }
    case "dramRefresh":
      return { term: "dramRefresh", ticks: ticks(timing.tRFC + timing.tRP) };
    default:
      return undefined;
  }
}

/**
 * The most ticks in which a controller with requests waiting completes at least one of them, so the most a request adds to a run:
 * all ranks refresh with their banks closed one by one, the bus turns round, a row is closed and another opened within every window of
 * activations, and its data comes. Generous on purpose: it serves as an upper bound only.
 */
export function worstRequestTicks(dram: Dram): number {
  const device = deviceOf(dram);
  const { timing, organization } = device;
  const banks = organization.bankGroups * organization.banksPerGroup;
  const column = timing.AL + timing.CL + timing.CWL + burstCyclesOf(device) + timing.tWR + timing.tRTP + timing.tRTRS;
  const row =
    timing.tRAS + timing.tRP + Math.max(timing.tRCD, timing.tRCDRD, timing.tRCDWR) + timing.tFAW + timing.t32AW;
  const refresh = organization.ranks * (timing.tRFC + banks * (1 + Math.max(timing.tPPD, timing.tRFCb)) + row + column);
  const cycles = 2 * (refresh + row + column + timing.tWTR_L + timing.tCCD_L + timing.tRRD_L);
  return ceilMul(cycles, dram.clock.ticksPerCycle) + 2;
}

/** The most requests a packet of so many bytes becomes: one more than its bytes fill, for its first may begin inside a burst. */
export function mostRequests(dram: Dram, bytes: number): number {
  return Math.ceil(bytes / deviceOf(dram).organization.requestBytes) + 1;
}

/** The fewest channel cycles a transfer's bytes keep the way into the controller: one a request, bursts shared between packets once. */
export function fewestOffers(dram: Dram, bytes: number): { cycles: number; period: Rational } {
  return {
    cycles: Math.floor(bytes / deviceOf(dram).organization.requestBytes),
    period: dram.clock.ticksPerCycle,
  };
}
