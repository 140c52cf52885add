/**
 * The numbering of a chip's shared resources and the servers behind them.
 * Memories with shared ports or banks are one server for both directions; others are two.
 */
import type { Chip, Sram } from "../hardware/index.js";
import type { ResourceRow } from "../trace/index.js";
import { READ, type ServerSpec, WRITE } from "./arbiter/servers.js";
import { linkCount, linkName } from "./network/mesh.js";

/** Where each resource kind's servers begin. */
export interface Resources {
  specs: ServerSpec[];
  rows: ResourceRow[];
  localRead: Int32Array;
  localWrite: Int32Array;
  globalRead: number;
  globalWrite: number;
  /** The bus, or the first link. */
  network: number;
  /** The first DRAM channel; played by commands it has a trace row, but no server. */
  dram: number;
  /** First trace id of ADC groups, core by core; −1 where there are none of their own. */
  adc: number;
  adcPerCore: number;
}

const TICK = { num: 1, den: 1 };

function sramServers(memory: Sram): { read: ServerSpec; write: ServerSpec | undefined } {
  const { readPorts, writePorts, sharedPorts, banks, arbitration } = memory;
  const ports = (count: number, directions: number): number[] => new Array<number>(count).fill(directions);
  if (sharedPorts === 0 && banks <= 1)
    return {
      read: { ports: ports(readPorts, READ), banks: 1, arbitration, ticksPerCycle: TICK },
      write: { ports: ports(writePorts, WRITE), banks: 1, arbitration, ticksPerCycle: TICK },
    };
  return {
    read: {
      ports: [...ports(readPorts, READ), ...ports(writePorts, WRITE), ...ports(sharedPorts, READ | WRITE)],
      banks,
      arbitration,
      ticksPerCycle: TICK,
    },
    write: undefined,
  };
}

/** Numbers all shared resources of a chip for a program of so many cores. */
export function numberResources(chip: Chip, cores: number): Resources {
  const specs: ServerSpec[] = [];
  const rows: ResourceRow[] = [];
  const add = (spec: ServerSpec, name: string, kind: ResourceRow["kind"], core: number): number => {
    rows.push({ id: specs.length, name, kind, core, ports: spec.ports.length });
    return specs.push(spec) - 1;
  };
  const localRead = new Int32Array(cores);
  const localWrite = new Int32Array(cores);
  const local = sramServers(chip.core.localMemory);
  for (let core = 0; core < cores; core++) {
    const both = local.write === undefined;
    localRead[core] = add(local.read, `core ${core} local memory${both ? "" : " read"}`, "localRead", core);
    localWrite[core] = local.write
      ? add(local.write, `core ${core} local memory write`, "localWrite", core)
      : localRead[core]!;
  }
  let globalRead = -1;
  let globalWrite = -1;
  if (chip.globalBuffer) {
    const global = sramServers(chip.globalBuffer);
    globalRead = add(global.read, `global buffer${global.write ? " read" : ""}`, "globalRead", -1);
    globalWrite = global.write ? add(global.write, "global buffer write", "globalWrite", -1) : globalRead;
  }
  const { network } = chip;
  const networkSpec: ServerSpec = {
    ports: [READ | WRITE],
    banks: 1,
    arbitration: network.arbitration,
    ticksPerCycle: network.clock.ticksPerCycle,
  };
  let first = -1;
  if (network.kind === "bus") first = add(networkSpec, "bus", "bus", -1);
  else
    for (let link = 0; link < linkCount(network); link++) {
      const id = add(networkSpec, linkName(network, link), "link", -1);
      if (link === 0) first = id;
    }
  let dram = -1;
  if (chip.dram?.model === "bandwidth") {
    for (let channel = 0; channel < chip.dram.channels; channel++) {
      const id = add(
        {
          ports: [READ | WRITE],
          banks: 1,
          arbitration: chip.dram.arbitration,
          ticksPerCycle: chip.dram.clock.ticksPerCycle,
        },
        `DRAM channel ${channel}`,
        "dram",
        -1,
      );
      if (channel === 0) dram = id;
    }
  }
  // ADC groups are granted as sets; they have trace rows but no server.
  const { arrays } = chip.core;
  const { timing } = arrays;
  const converter = timing.kind === "composed" ? timing.converter : undefined;
  const shared = converter?.kind === "adc" && converter.arraysPerGroup > 1;
  const adcPerCore = shared ? Math.ceil(arrays.count / converter.arraysPerGroup) : 0;
  let id = specs.length;
  const adc = adcPerCore > 0 ? id : -1;
  for (let core = 0; core < cores; core++)
    for (let group = 0; group < adcPerCore; group++)
      rows.push({ id: id++, name: `core ${core} ADC group ${group}`, kind: "convert", core, ports: 1 });
  if (chip.dram?.model === "commands") {
    dram = id;
    for (let channel = 0; channel < chip.dram.channels; channel++)
      rows.push({ id: id++, name: `DRAM channel ${channel}`, kind: "dram", core: -1, ports: 1 });
  }
  return {
    specs,
    rows,
    localRead,
    localWrite,
    globalRead,
    globalWrite,
    network: first,
    dram,
    adc,
    adcPerCore,
  };
}
