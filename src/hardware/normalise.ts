/** From a validated chip file to the normalised Chip: defaults filled in, times in cycles, rates as exact rationals. */
import { parseQuantity, rational } from "../base/index.js";
import type {
  AdcConverter,
  Arrays,
  Bus,
  Chip,
  Clock,
  ComposedTiming,
  Core,
  Dram,
  EnergyTable,
  GivenTiming,
  Mesh,
  Sram,
  WriteVerify,
} from "./chip.js";
import type { DramDevice } from "./dram/device.js";
import { readDramDevice } from "./dram/load.js";
import { burstPjPerByte, closedBankReadCycles, peakCyclesPerByte } from "./dram/rates.js";
import { toBytes, toCycles, toCyclesPerByte, toHertz, toTicksPerByte } from "./quantities.js";
import type { ChipForm } from "./schema.js";

type SramForm = ChipForm["core"]["localMemory"];
type ArraysForm = ChipForm["core"]["arrays"];
type ComposedForm = Extract<ArraysForm["timing"], { kind: "composed" }>;

/** The Chip of a file in which validation and checks found nothing wrong. */
export function normalise(form: ChipForm): Chip {
  const clockHz = toHertz(form.clock)!;
  const memory = form.dram ? dram(form.dram, clockHz) : undefined;
  return {
    name: form.name,
    description: form.description,
    clockHz,
    cores: form.cores,
    core: core(form.core, clockHz),
    ...(form.globalBuffer ? { globalBuffer: sram(form.globalBuffer, clockHz) } : {}),
    network: network(form.network, clockHz),
    ...(memory ? { dram: memory } : {}),
    defaultPrecision: { ...form.defaultPrecision },
    weightBits: ascending(form.weightBits),
    inputBits: ascending(form.inputBits),
    energy: energy(form.energy, memory),
  };
}

function ascending(widths: readonly number[]): number[] {
  return [...widths].sort((a, b) => a - b);
}

function clockOf(text: string | undefined, clockHz: number): Clock {
  const hz = text === undefined ? clockHz : toHertz(text)!;
  return { hz, ticksPerCycle: rational(clockHz, hz) };
}

function sram(form: SramForm, clockHz: number): Sram {
  const packetBytes = toBytes(form.packet)!;
  return {
    bytes: toBytes(form.size)!,
    readPorts: form.readPorts,
    writePorts: form.writePorts,
    sharedPorts: form.sharedPorts,
    ticksPerByte: toCyclesPerByte(form.bandwidth, clockHz)!,
    banks: form.banks,
    interleaveBytes: form.interleave === undefined ? packetBytes : toBytes(form.interleave)!,
    packetBytes,
    arbitration: form.arbitration,
  };
}

function network(form: ChipForm["network"], clockHz: number): Bus | Mesh {
  const clock = clockOf(form.clock, clockHz);
  const shared = {
    ticksPerByte: toTicksPerByte(form.bandwidth, clock.hz, clock.ticksPerCycle)!,
    clock,
    packetBytes: toBytes(form.packet)!,
    arbitration: form.arbitration,
  };
  if (form.kind === "bus") return { kind: "bus", ...shared };
  return {
    kind: "mesh",
    columns: form.columns,
    rows: form.rows,
    ...shared,
    hopCycles: toCycles(form.hopTime, clock.hz)!,
    memoryNode: form.memoryNode,
  };
}

function dram(form: NonNullable<ChipForm["dram"]>, clockHz: number): Dram {
  const device = form.device === undefined ? undefined : deviceOf(form);
  const clock = device && form.clock === undefined ? deviceClock(device, clockHz) : clockOf(form.clock, clockHz);
  const packetBytes = toBytes(form.packet)!;
  return {
    model: form.model,
    ...(device ? { device } : {}),
    policy: form.policy,
    readAheadPackets: Math.max(1, Math.floor(toBytes(form.readAhead)! / packetBytes)),
    bytes: toBytes(form.size)!,
    channels: form.channels ?? device?.organization.channels ?? 1,
    interleaveBytes: form.interleave === undefined ? packetBytes : toBytes(form.interleave)!,
    clock,
    // The device's figures count in its own clock, whatever clock is set.
    cyclesPerByte:
      form.bandwidth === undefined ? peakCyclesPerByte(device!) : toCyclesPerByte(form.bandwidth, clock.hz)!,
    latencyCycles: form.latency === undefined ? closedBankReadCycles(device!) : toCycles(form.latency, clock.hz)!,
    packetBytes,
    arbitration: form.arbitration,
    storeAck: form.storeAck,
  };
}

/** The device a chip's DRAM is made of, with the chip's channels and settings. */
function deviceOf(form: NonNullable<ChipForm["dram"]>): DramDevice {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(form.settings ?? {}))
    if (typeof value === "object")
      for (const [field, inner] of Object.entries(value)) settings[`${name}.${field}`] = inner;
    else settings[name] = value;
  const set = { ...settings, ...(form.channels === undefined ? {} : { "organization.channels": form.channels }) };
  // Presets do not change while the program runs, and a study reads the same one for every chip.
  if (/[\\/]|\.(ya?ml|ini)$/.test(form.device!)) return readDramDevice(form.device!, { set });
  const key = JSON.stringify([form.device, set]);
  const known = DEVICES.get(key) ?? readDramDevice(form.device!, { set });
  DEVICES.set(key, known);
  return structuredClone(known);
}

const DEVICES = new Map<string, DramDevice>();

function deviceClock(device: DramDevice, clockHz: number): Clock {
  return {
    hz: Math.round(1e9 / device.tCkNs),
    ticksPerCycle: rational(Math.round(device.tCkNs * 1e4) * Math.round(clockHz), 1e13),
  };
}

function core(form: ChipForm["core"], clockHz: number): Core {
  const { arrays: arraysForm, weightBuffer, vectorUnit, outstanding } = form;
  return {
    localMemory: sram(form.localMemory, clockHz),
    ...(weightBuffer
      ? {
          weightBuffer: {
            bytes: toBytes(weightBuffer.size)!,
            ticksPerByte: toCyclesPerByte(weightBuffer.bandwidth, clockHz)!,
          },
        }
      : {}),
    arrays: arrays(arraysForm, clockHz),
    vectorUnit: {
      ticksPerByte: toCyclesPerByte(vectorUnit.bandwidth, clockHz)!,
      startCycles: toCycles(vectorUnit.startTime, clockHz)!,
      packetBytes: toBytes(vectorUnit.packet)!,
    },
    mvmIssueCycles: toCycles(form.mvmIssueTime, clockHz)!,
    accumulatorBits: form.accumulatorBits,
    accumulatorEntries: form.accumulatorEntries,
    semaphores: form.semaphores,
    channelCredits: form.channelCredits,
    outstanding: { ...outstanding, mvm: outstanding.mvm ?? arraysForm.count * arraysForm.inputRegisters },
  };
}

function arrays(form: ArraysForm, clockHz: number): Arrays {
  const { write } = form;
  return {
    count: form.count,
    rows: form.rows,
    columns: form.columns,
    depth: form.depth,
    cellBits: form.cellBits,
    railsPerCell: form.railsPerCell,
    modes: [...form.modes],
    inputsFrom: form.inputsFrom,
    weightsFrom: form.weightsFrom,
    outputsTo: form.outputsTo,
    inputRegisters: form.inputRegisters,
    arraysPerInput: form.arraysPerInput,
    timing: form.timing.kind === "composed" ? composed(form.timing, form.rows, clockHz) : given(form.timing, clockHz),
    accumulateCycles: toCycles(form.accumulateTime, clockHz)!,
    write: {
      portsPerCore: write.portsPerCore,
      rowsPerPulse: write.rowsPerPulse,
      pulseCycles: toCycles(write.pulseTime, clockHz)!,
      verify: verify(write.verify, clockHz),
      doubleBanked: write.doubleBanked,
      swapCycles: toCycles(write.swapTime, clockHz)!,
      broadcast: write.broadcast,
    },
  };
}

function composed(form: ComposedForm, rows: number, clockHz: number): ComposedTiming {
  return {
    kind: "composed",
    phaseCycles: toCycles(form.phaseTime, clockHz)!,
    rowsActive: form.rowsActive ?? rows,
    inputBitsPerPhase: form.inputBitsPerPhase,
    converter:
      form.converter.kind === "adc"
        ? adc(form.converter, clockHz)
        : { kind: "adderTree", latencyCycles: toCycles(form.converter.latency, clockHz)! },
  };
}

function adc(form: Extract<ComposedForm["converter"], { kind: "adc" }>, clockHz: number): AdcConverter {
  const { conversionTime, ...rest } = form;
  return { ...rest, conversionCycles: toCycles(conversionTime, clockHz)! };
}

function given(form: Extract<ArraysForm["timing"], { kind: "given" }>, clockHz: number): GivenTiming {
  const { stepTime, ...rest } = form;
  return { ...rest, cyclesPerStep: toCycles(stepTime, clockHz)! };
}

function verify(form: ArraysForm["write"]["verify"], clockHz: number): WriteVerify {
  if (form.kind === "none") return { kind: "none" };
  const { readTime, ...rest } = form;
  return { ...rest, readCycles: toCycles(readTime, clockHz)! };
}

function energy(form: ChipForm["energy"], dram: Dram | undefined): EnergyTable {
  const pj = (text: string) => parseQuantity("energy", text)!;
  // By commands the controller counts what bursts take; as bandwidth the device's figure stands in for it.
  const bursts = dram?.model === "bandwidth" && dram.device ? burstPjPerByte(dram.device) : { read: 0, write: 0 };
  return {
    arrayMvmPj: pj(form.arrayMvm),
    cellPhasePj: pj(form.cellPhase),
    conversionPj: pj(form.conversion),
    cellWritePj: pj(form.cellWrite),
    verifyRowPj: pj(form.verifyRow),
    localMemoryReadPjPerByte: pj(form.localMemoryReadPerByte),
    localMemoryWritePjPerByte: pj(form.localMemoryWritePerByte),
    weightBufferPjPerByte: pj(form.weightBufferPerByte),
    globalBufferReadPjPerByte: pj(form.globalBufferReadPerByte),
    globalBufferWritePjPerByte: pj(form.globalBufferWritePerByte),
    dramReadPjPerByte: form.dramReadPerByte === undefined ? bursts.read : pj(form.dramReadPerByte),
    dramWritePjPerByte: form.dramWritePerByte === undefined ? bursts.write : pj(form.dramWritePerByte),
    networkPjPerByte: pj(form.networkPerByte),
    vectorPjPerByte: pj(form.vectorPerByte),
    staticPowerMw: parseQuantity("power", form.staticPower)!,
  };
}
