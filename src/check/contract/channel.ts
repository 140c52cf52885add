/** Which DRAM channel a packet goes to: floor(address of its first byte / interleaveBytes) mod channels (docs/timing.md section 3). */
import type { Chip } from "../../hardware/index.js";
import type { Address, Instruction } from "../../isa/index.js";
import type { Packets } from "./lanes.js";

interface FarSide {
  address: Address;
  rowBytes: number;
  stride: number;
}

/** The operand in DRAM, as rows; undefined where the contract does not say how a packet's address is found (an MVM that gathers from DRAM). */
function farSideOf(instruction: Instruction): FarSide | undefined {
  const line = (address: Address): FarSide => ({ address, rowBytes: Number.MAX_SAFE_INTEGER, stride: 0 });
  switch (instruction.op) {
    case "LD":
      return { ...instruction.source, rowBytes: instruction.rowBytes };
    case "ST":
      return { ...instruction.destination, rowBytes: instruction.rowBytes };
    case "WLD":
    case "WWR":
      return line(instruction.source);
    case "ACC.OUT":
      return line(instruction.destination);
    default:
      return undefined;
  }
}

/** The base of an address in these trips of the loops around it. */
function baseOf(address: Address, trips: readonly number[]): number {
  let base = address.base;
  address.steps?.forEach((step, level) => {
    base += step * (trips[level] ?? 0);
  });
  return base;
}

function wrap(address: Address, value: number): number {
  const { ring } = address;
  if (!ring) return value;
  const offset = (value - ring.base) % ring.bytes;
  return ring.base + (offset < 0 ? offset + ring.bytes : offset);
}

/** The channel of every packet of an instruction in these trips, or undefined where it is not laid down. */
export function channelsOf(
  instruction: Instruction,
  packets: Packets,
  trips: readonly number[],
  chip: Chip,
): ((packet: number) => number) | undefined {
  const { channels, interleaveBytes } = chip.dram!;
  if (channels === 1) return () => 0;
  const far = farSideOf(instruction);
  if (!far) return undefined;
  const base = baseOf(far.address, trips);
  return (packet) => {
    const run = Math.floor(packet / packets.perRun);
    const offset = run * packets.runBytes + (packet % packets.perRun) * packets.fullBytes;
    const row = Math.floor(offset / far.rowBytes);
    const address = wrap(far.address, base + row * far.stride + (offset - row * far.rowBytes));
    return Math.floor(address / interleaveBytes) % channels;
  };
}
