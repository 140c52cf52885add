/** What differs between families of devices. */
import type { DramProtocol } from "./device.js";

const GDDR: readonly DramProtocol[] = ["GDDR5", "GDDR5X", "GDDR6"];
const HBM: readonly DramProtocol[] = ["HBM", "HBM2"];

/** Whether a device is of the GDDR family: tRCDRD and tRCDWR, tPPD, the window of 32 activations. */
export function isGddr(protocol: DramProtocol): boolean {
  return GDDR.includes(protocol);
}

/** Whether a device is of the HBM family: tRCDRD and tRCDWR, two commands a cycle. */
export function isHbm(protocol: DramProtocol): boolean {
  return HBM.includes(protocol);
}

/** Whether a precharge bounds the next precharge of its rank by tPPD. */
export function usesTppd(protocol: DramProtocol): boolean {
  return isGddr(protocol) || protocol === "LPDDR4";
}

/** Beats of data in one clock cycle. */
export function beatsPerCycle(protocol: DramProtocol): number {
  return protocol === "GDDR5" ? 4 : protocol === "GDDR5X" ? 8 : protocol === "GDDR6" ? 16 : 2;
}

/** Clock cycles of one burst. */
export function burstCycles(protocol: DramProtocol, burstLength: number): number {
  return burstLength / beatsPerCycle(protocol);
}

/** Whether Ramulator's generic controller can run a family. */
export function runsOnRamulator(protocol: DramProtocol): boolean {
  return protocol === "DDR3" || protocol === "DDR4";
}
