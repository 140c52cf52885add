/** Where in DRAM the packets of an instruction begin: decides the channel where one remembers more than the tick of its last hold. */
import type { Dram } from "../../hardware/index.js";
import type { Address, Instruction } from "../../isa/index.js";
import type { PacketPlan } from "./flow.js";

/** The DRAM side: an address, and how far apart the rows of so many bytes lie (0: without a gap). */
function farSide(instruction: Instruction, runBytes: number): [address: Address, rowBytes: number, stride: number] {
  switch (instruction.op) {
    case "LD":
      return [instruction.source.address, instruction.rowBytes, instruction.source.stride];
    case "ST":
      return [instruction.destination.address, instruction.rowBytes, instruction.destination.stride];
    case "MVM":
      return [instruction.source.address, runBytes, instruction.vectorStride];
    case "ACC.OUT":
      return [instruction.destination, runBytes, runBytes];
    case "WLD":
    case "WWR":
      return [instruction.source, runBytes, runBytes];
    default:
      return [{ space: "gm", base: 0 }, runBytes, runBytes];
  }
}

/** The channel of each packet of an instruction in the first trip of its loops. */
export function channelOf(instruction: Instruction, plan: PacketPlan, dram: Dram): (packet: number) => number {
  const runBytes = (plan.packetsPerRun - 1) * plan.fullBytes + plan.restBytes;
  const [{ base, ring }, rowBytes, stride] = farSide(instruction, runBytes);
  return (packet) => {
    const run = Math.floor(packet / plan.packetsPerRun);
    const byte = run * runBytes + (packet - run * plan.packetsPerRun) * plan.fullBytes;
    const row = Math.floor(byte / rowBytes);
    let address = base + row * stride + (byte - row * rowBytes);
    if (ring) address = ring.base + ((((address - ring.base) % ring.bytes) + ring.bytes) % ring.bytes);
    return Math.floor(address / dram.interleaveBytes) % dram.channels;
  };
}
