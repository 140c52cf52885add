/** Energy of commands and of the background, from a device's currents (docs/dram.md). */
import type { DramDevice } from "../../hardware/dram/index.js";
import { commandGaps } from "./timing.js";

/** What one command costs, and one cycle of a rank with some bank open or with none. */
export interface DramEnergyTable {
  activate: number;
  read: number;
  write: number;
  refresh: number;
  bankRefresh: number;
  activeCycle: number;
  idleCycle: number;
}

/** Counts that energy hangs on. */
export interface DramEnergyCounts {
  activates: number;
  reads: number;
  writes: number;
  refreshes: number;
  bankRefreshes: number;
  rankActiveCycles: number;
  rankIdleCycles: number;
}

/**
 * Volts × milliamperes × cycles × devices of a rank; times the clock period in nanoseconds that is pJ. DRAMsim3 leaves the
 * factor out and still says pJ: `energyLacksClock` keeps its figures. An ACT pays for the later PRE. Currents that are above the
 * background are charged to commands, the background to cycles; power-down and I/O are not modelled.
 */
export function energyTable(device: DramDevice): DramEnergyTable {
  const { power, timing, organization, quirks } = device;
  const unit = power.vddV * organization.devicesPerRank * (quirks.energyLacksClock ? 1 : device.tCkNs);
  const { burst, actToAct } = commandGaps(device);
  return {
    activate: unit * (power.idd0Ma * actToAct - power.idd3nMa * timing.tRAS - power.idd2nMa * timing.tRP),
    read: unit * (power.idd4rMa - power.idd3nMa) * burst,
    write: unit * (power.idd4wMa - power.idd3nMa) * burst,
    refresh: unit * (power.idd5abMa - power.idd3nMa) * timing.tRFC,
    bankRefresh: unit * (power.idd5pbMa - power.idd3nMa) * timing.tRFCb,
    activeCycle: unit * power.idd3nMa,
    idleCycle: unit * power.idd2nMa,
  };
}

/** Counts times table. */
export function energyOf(counts: DramEnergyCounts, table: DramEnergyTable) {
  const parts = {
    activate: counts.activates * table.activate,
    read: counts.reads * table.read,
    write: counts.writes * table.write,
    refresh: counts.refreshes * table.refresh,
    bankRefresh: counts.bankRefreshes * table.bankRefresh,
    activeBackground: counts.rankActiveCycles * table.activeCycle,
    idleBackground: counts.rankIdleCycles * table.idleCycle,
  };
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}
