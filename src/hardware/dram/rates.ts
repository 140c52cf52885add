/** Nominal figures of a device, as a data sheet states them; what a run takes is the controller's business. */
import { type Rational, rational } from "../../base/index.js";
import type { Dram } from "../chip.js";
import type { DramDevice } from "./device.js";
import { burstCycles, isGddr, isHbm } from "./protocol.js";

/** Whether DRAM is played command by command, unless it is made free. */
export function playsCommands(dram: Dram | undefined, ideal: ReadonlySet<string>): boolean {
  return dram?.model === "commands" && !ideal.has("dram");
}

/** Clock cycles one burst keeps the data bus. */
export function burstCyclesOf({ protocol, organization }: DramDevice): number {
  return burstCycles(protocol, organization.burstLength);
}

/** Cycles a byte at the peak rate of one channel; column commands closer than tCCD_S never are. */
export function peakCyclesPerByte(device: DramDevice): Rational {
  return rational(Math.max(burstCyclesOf(device), device.timing.tCCD_S), device.organization.requestBytes);
}

/** Cycles from a request to the end of its data on an idle channel with the bank closed: activate, read, burst. */
export function closedBankReadCycles(device: DramDevice): number {
  const { protocol, timing } = device;
  const activate = isGddr(protocol) || isHbm(protocol) ? timing.tRCDRD : timing.tRCD - timing.AL;
  return activate + timing.AL + timing.CL + burstCyclesOf(device);
}

/** Energy of a byte read and written in bursts on open rows, in pJ: the current above standby, times supply and burst time. */
export function burstPjPerByte(device: DramDevice): { read: number; write: number } {
  const { power, organization, tCkNs } = device;
  // V × mA × ns = pJ.
  const perBurst = power.vddV * burstCyclesOf(device) * tCkNs * organization.devicesPerRank;
  return {
    read: (perBurst * (power.idd4rMa - power.idd3nMa)) / organization.requestBytes,
    write: (perBurst * (power.idd4wMa - power.idd3nMa)) / organization.requestBytes,
  };
}
