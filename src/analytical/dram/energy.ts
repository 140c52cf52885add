/**
 * Energy of DRAM streams in closed form, from a device's currents: bursts, one activation a row streamed, and what runs all the time.
 * V × mA × ns = pJ; every count is of one rank's devices together.
 */
import { burstPjPerByte, type Dram } from "../../hardware/index.js";

/** pJ of so many bytes read and written over a time of `ticks` of a chip at `clockHz`. */
export function dramStreamPj(
  dram: Dram,
  clockHz: number,
  readBytes: number,
  writeBytes: number,
  ticks: number,
): number {
  const device = dram.device!;
  const { power, timing, organization, tCkNs } = device;
  const { ranks, devicesPerRank } = organization;
  const unit = power.vddV * devicesPerRank * tCkNs;
  const bursts = burstPjPerByte(device);
  const rowBytes = (organization.columns * organization.busWidthBits) / 8;
  const activate =
    unit * (power.idd0Ma * (timing.tRAS + timing.tRP) - power.idd3nMa * timing.tRAS - power.idd2nMa * timing.tRP);
  const rows = (readBytes + writeBytes) / rowBytes;
  const cycles = (ticks / clockHz) * (1e9 / tCkNs);
  // While bytes move a rank has open banks; else all are taken for closed.
  const active = Math.min(cycles, ((readBytes + writeBytes) * dram.cyclesPerByte.num) / dram.cyclesPerByte.den);
  const channels = dram.channels;
  const background = unit * (power.idd2nMa * cycles * ranks * channels + (power.idd3nMa - power.idd2nMa) * active);
  const refreshes = (cycles / timing.tREFI) * ranks * channels;
  const refresh = unit * (power.idd5abMa - power.idd3nMa) * timing.tRFC * refreshes;
  return readBytes * bursts.read + writeBytes * bursts.write + rows * activate + background + refresh;
}
