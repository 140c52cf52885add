/**
 * Chip: the validated, normalised description of one accelerator, read by mapper, machine and estimate alike (law 11).
 * All times are whole on-chip clock cycles (one tick = one cycle of the fastest on-chip clock), all sizes bytes, all rates exact
 * rationals. Values only: nothing here computes how long an instruction takes.
 */
import type { Rational } from "../base/index.js";
import type { DramDevice, DramPolicy } from "./dram/device.js";

/** How an arbiter chooses among requesters: oldest request first, the next after the last winner, or the lowest id. */
export type Arbitration = "oldest" | "round-robin" | "fixed";

/** A memory an operand can name: local memory, global buffer, DRAM, weight buffer. */
export type MemoryName = "localMemory" | "globalBuffer" | "dram" | "weightBuffer";

/** A clock domain as exact ticks a cycle; period 1/1 is the chip's own clock. */
export interface Clock {
  hz: number;
  ticksPerCycle: Rational;
}

/** An on-chip SRAM with ports and banks. */
export interface Sram {
  bytes: number;
  /** Ports that only read, only write, or do either; a packet holds one port for its grant. */
  readPorts: number;
  writePorts: number;
  sharedPorts: number;
  /** Ticks one byte takes on one port. */
  ticksPerByte: Rational;
  /** Banks, interleaved every `interleaveBytes`; a packet holds the bank of its first byte. */
  banks: number;
  interleaveBytes: number;
  /** Grain: bytes of one grant. */
  packetBytes: number;
  arbitration: Arbitration;
}

/** The buffer that holds weights on their way to the arrays; one private read port, filled at network speed. */
export interface WeightBuffer {
  bytes: number;
  ticksPerByte: Rational;
}

/** A shared bus: one packet at a time, any source to any set of destinations. */
export interface Bus {
  kind: "bus";
  ticksPerByte: Rational;
  clock: Clock;
  packetBytes: number;
  arbitration: Arbitration;
}

/** A two-dimensional mesh with XY routing; core k sits at (k mod columns, floor(k / columns)). */
export interface Mesh {
  kind: "mesh";
  columns: number;
  rows: number;
  ticksPerByte: Rational;
  clock: Clock;
  /** Router delay a hop; one packet of a transfer is in a router at a time. */
  hopCycles: number;
  packetBytes: number;
  arbitration: Arbitration;
  /** The node where DRAM and the global buffer are attached. */
  memoryNode: number;
}

/**
 * DRAM, as bandwidth and latency (`bandwidth`) or command by command through a controller (`commands`, then with a `device`).
 * For `commands`, rate and latency are the device's peak rate and the latency of a read from a closed bank, for estimates.
 */
export interface Dram {
  model: "bandwidth" | "commands";
  /** The device, its channels and its controller's settings. */
  device?: DramDevice;
  /** Scheduling policy of `commands`. */
  policy: DramPolicy;
  /** `commands`: packets a transfer may have asked for beyond those handed on. */
  readAheadPackets: number;
  bytes: number;
  channels: number;
  /** Addresses go round the channels every so many bytes. */
  interleaveBytes: number;
  clock: Clock;
  /** DRAM cycles a byte on one channel. */
  cyclesPerByte: Rational;
  /** DRAM cycles from request to first data, paid once a transfer. */
  latencyCycles: number;
  /** Grain: bytes of one grant. */
  packetBytes: number;
  arbitration: Arbitration;
  /** When a store is complete: its last packet accepted, or written (`bandwidth`: latency later; `commands`: as the controller says). */
  storeAck: "accepted" | "written";
}

/** Analogue-to-digital converters, shared by the columns of one or several arrays. */
export interface AdcConverter {
  kind: "adc";
  bits: number;
  /** Arrays that share one group of converters. */
  arraysPerGroup: number;
  convertersPerGroup: number;
  conversionCycles: number;
  /** Whether phase k+1 may settle while phase k converts (a second sample-and-hold). */
  pipelined: boolean;
  /** What one grant of a shared group covers. */
  grain: "phase" | "mvm";
  arbitration: Arbitration;
}

/** A digital adder tree in every array: no conversions, its latency is paid once after the last phase. */
export interface AdderTreeConverter {
  kind: "adderTree";
  latencyCycles: number;
}

/** MVM timing composed of bit phases and row groups. */
export interface ComposedTiming {
  kind: "composed";
  /** Driving rows, settling and sampling of one phase (digital: the phase itself). */
  phaseCycles: number;
  /** Wordlines driven at once. */
  rowsActive: number;
  /** Input bits fed in one phase (DAC bits). */
  inputBitsPerPhase: number;
  converter: AdcConverter | AdderTreeConverter;
}

/** MVM timing given as cycles a step of so many rows by so many columns (weights). */
export interface GivenTiming {
  kind: "given";
  rowsPerStep: number;
  columnsPerStep: number;
  cyclesPerStep: number;
}

/** Verification of a weight write. */
export type WriteVerify =
  | { kind: "none" }
  /** One read-back after each pulse group. */
  | { kind: "read"; readCycles: number }
  /** Pulse and read until right: passes drawn from 1..maxPasses with success chance `passProbability` each. */
  | { kind: "program"; readCycles: number; maxPasses: number; passProbability: number };

/** The write port of the arrays of a core. */
export interface WritePort {
  /** Writes under way at once in a core. */
  portsPerCore: number;
  rowsPerPulse: number;
  pulseCycles: number;
  verify: WriteVerify;
  /** A second bank takes writes while the active one computes; WSWAP exchanges them. */
  doubleBanked: boolean;
  swapCycles: number;
  /** Whether one write can go to several arrays of the core together (WBC). */
  broadcast: boolean;
}

/** Modes an MVM can run in: plain, or one of the two-rail modes of complementary cells. */
export const MVM_MODES = ["normal", "double", "dualBroadcast", "split"] as const;
/** One of the MVM modes. */
export type MvmMode = (typeof MVM_MODES)[number];

/** The arrays of a core: crossbars or macros. */
export interface Arrays {
  count: number;
  rows: number;
  /** Physical columns. */
  columns: number;
  /** Weights behind each multiplier, one of them active at a time. */
  depth: number;
  cellBits: number;
  /** Rails a cell drives: 2 where a cell holds a weight and its complement. */
  railsPerCell: 1 | 2;
  modes: MvmMode[];
  inputsFrom: Exclude<MemoryName, "weightBuffer">;
  weightsFrom: Exclude<MemoryName, "localMemory">;
  outputsTo: Exclude<MemoryName, "weightBuffer">;
  /** Input registers an array has: 2 lets the next vector load while one computes. */
  inputRegisters: 1 | 2;
  /** Arrays that one input transfer reaches (macros sharing one input). */
  arraysPerInput: number;
  timing: ComposedTiming | GivenTiming;
  /** Shift-and-add and accumulation after the last phase of a vector; pipelined. */
  accumulateCycles: number;
  write: WritePort;
}

/** The vector unit of a core. */
export interface VectorUnit {
  /** Ticks a byte of result takes. */
  ticksPerByte: Rational;
  startCycles: number;
  packetBytes: number;
}

/** Instructions a unit may have under way at once. */
export interface Outstanding {
  weightLoad: number;
  load: number;
  store: number;
  mvm: number;
  send: number;
  receive: number;
}

/** One core; all cores of a chip are alike. */
export interface Core {
  localMemory: Sram;
  weightBuffer?: WeightBuffer;
  arrays: Arrays;
  vectorUnit: VectorUnit;
  /** Cycles between two MVM issues of the core. */
  mvmIssueCycles: number;
  accumulatorBits: number;
  /** Accumulator entries, each `accumulatorBits` wide. */
  accumulatorEntries: number;
  semaphores: number;
  /** Messages a channel holds before a sender waits. */
  channelCredits: number;
  outstanding: Outstanding;
}

/** Energy of one count of each kind, in pJ, and the static power in mW. Counts are integers and are multiplied once (law 6). */
export interface EnergyTable {
  /** One array computing one MVM vector, whatever its use of rows and columns. */
  arrayMvmPj: number;
  /** One cell of an active row in one phase. */
  cellPhasePj: number;
  conversionPj: number;
  /** One cell receiving one write pulse. */
  cellWritePj: number;
  /** One row read back for verification. */
  verifyRowPj: number;
  localMemoryReadPjPerByte: number;
  localMemoryWritePjPerByte: number;
  weightBufferPjPerByte: number;
  globalBufferReadPjPerByte: number;
  globalBufferWritePjPerByte: number;
  dramReadPjPerByte: number;
  dramWritePjPerByte: number;
  /** One byte over the bus, or over one mesh link. */
  networkPjPerByte: number;
  /** One byte of vector-unit result. */
  vectorPjPerByte: number;
  staticPowerMw: number;
}

/** Bit widths of a network that states none. */
export interface Precision {
  weightBits: number;
  activationBits: number;
}

/** A whole chip. */
export interface Chip {
  name: string;
  description: string;
  /** The on-chip clock; one tick is one of its cycles. */
  clockHz: number;
  cores: number;
  core: Core;
  globalBuffer?: Sram;
  network: Bus | Mesh;
  dram?: Dram;
  defaultPrecision: Precision;
  /** Weight and input widths the arrays run. */
  weightBits: number[];
  inputBits: number[];
  energy: EnergyTable;
}
