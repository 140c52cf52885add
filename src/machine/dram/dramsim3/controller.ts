/** The `dramsim3` policy: all channels of a device behind the contract. */
import type { DramDevice } from "../../../hardware/dram/index.js";
import { type AddressMap, addressMap, burstOf } from "../address-map.js";
import {
  DRAM_COMMAND,
  DRAM_COMMANDS,
  type DramController,
  type DramListener,
  type DramSummary,
} from "../controller.js";
import { energyOf, energyTable } from "../energy.js";
import { Channel } from "./channel.js";

/** Builds the controller. */
export function createDramsim3(device: DramDevice, listener: DramListener): DramController {
  return new Dramsim3(device, listener);
}

class Dramsim3 implements DramController {
  readonly policy = "dramsim3";
  readonly channels: number;
  private readonly all: Channel[];
  private readonly map: AddressMap;
  private next: number;
  private endCycle = 0;

  constructor(
    private readonly device: DramDevice,
    listener: DramListener,
  ) {
    this.channels = device.organization.channels;
    this.map = addressMap(device.addressMap, device.organization);
    this.all = Array.from({ length: this.channels }, (_, number) => new Channel(device, number, listener));
    this.next = this.all[0].next;
  }

  get pending(): number {
    let sum = 0;
    for (const channel of this.all) sum += channel.pending;
    return sum;
  }

  channelOf(address: number): number {
    return (burstOf(address, this.map) >>> this.map.shift.ch) & this.map.mask.ch;
  }

  accepts(address: number, write: boolean): boolean {
    return this.all[this.channelOf(address)].accepts(write);
  }

  accept(id: number, address: number, write: boolean, cycle: number): number {
    const burst = burstOf(address, this.map);
    const channel = this.all[(burst >>> this.map.shift.ch) & this.map.mask.ch];
    channel.accept(id, address, burst, write, cycle);
    if (channel.next < this.next) this.next = channel.next;
    return cycle + 1;
  }

  nextCycle(): number {
    return this.next;
  }

  step(cycle: number): void {
    if (cycle < this.next) return;
    const { all } = this;
    let next = Infinity;
    for (let number = 0; number < all.length; number++) {
      const channel = all[number];
      if (channel.next <= cycle) channel.step(cycle);
      if (channel.next < next) next = channel.next;
    }
    this.next = next;
  }

  bursts(channel: number): number {
    const { commands } = this.all[channel].counters;
    const { RD, RDA, WR, WRA } = DRAM_COMMAND;
    return commands[RD] + commands[RDA] + commands[WR] + commands[WRA];
  }

  finish(cycle: number): void {
    this.endCycle = cycle;
  }

  summary(): DramSummary {
    const commands = new Float64Array(DRAM_COMMANDS.length);
    let readRowHits = 0;
    let writeRowHits = 0;
    let rowMisses = 0;
    let dualCommands = 0;
    let rankActiveCycles = 0;
    for (const { counters, bounds } of this.all) {
      for (let command = 0; command < commands.length; command++) commands[command] += counters.commands[command];
      readRowHits += counters.readRowHits;
      writeRowHits += counters.writeRowHits;
      rowMisses += counters.rowMisses;
      dualCommands += counters.dualCommands;
      rankActiveCycles += bounds.activeUntil(this.endCycle);
    }
    const rankIdleCycles = this.channels * this.device.organization.ranks * this.endCycle - rankActiveCycles;
    const counts = {
      activates: commands[DRAM_COMMAND.ACT],
      reads: commands[DRAM_COMMAND.RD] + commands[DRAM_COMMAND.RDA],
      writes: commands[DRAM_COMMAND.WR] + commands[DRAM_COMMAND.WRA],
      refreshes: commands[DRAM_COMMAND.REF],
      bankRefreshes: commands[DRAM_COMMAND.REFB],
      rankActiveCycles,
      rankIdleCycles,
    };
    return {
      commands: Object.fromEntries(
        [...commands]
          .map((count, command) => [DRAM_COMMANDS[command], count] as const)
          .filter(([, count]) => count > 0),
      ),
      readRowHits,
      writeRowHits,
      rowMisses,
      dualCommands,
      rankActiveCycles,
      rankIdleCycles,
      energyPj: energyOf(counts, energyTable(this.device)),
    };
  }
}
