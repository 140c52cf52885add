/** A short text of everything a plan depends on, so that each distinct instruction is planned once. */
import type { Block, Instruction } from "../../isa/index.js";

function block(value: Block): string {
  return `${value.address.space},${value.stride}`;
}

/** Equal keys on one chip, program and place in the network have equal plans. `place` tells cores apart where routes differ. */
export function planKey(instruction: Instruction, place: number): string {
  const { op } = instruction;
  switch (op) {
    case "WLD":
      return `${op} ${instruction.source.space} ${instruction.bytes} ${instruction.cores.join()} ${place}`;
    case "WWR":
      return `${op} ${instruction.source.space} ${instruction.arrays.join()} ${instruction.rows} ${instruction.columns} ${place}`;
    case "WVF":
      return `${op} ${instruction.array} ${instruction.rows}`;
    case "WSWAP":
      return `${op} ${instruction.array}`;
    case "MVM": {
      const range = instruction.rowRange;
      return `${op} ${instruction.groups.join()} ${instruction.source.address.space} ${instruction.vectors} ${instruction.mode} ${range ? `${range.row0},${range.rows}` : ""} ${place}`;
    }
    case "ACC.ADD":
      return `${op} ${instruction.elements}`;
    case "ACC.OUT":
      return `${op} ${instruction.elements} ${instruction.elementBits} ${instruction.destination.space} ${instruction.params === "raw"} ${place}`;
    case "RECOVER":
      return `${op} ${instruction.elements}`;
    case "VEC": {
      const { kind, rows, rowElements, elementBits, b } = instruction;
      return `${op} ${kind === "requant"} ${rows} ${rowElements} ${elementBits} ${b === undefined}`;
    }
    case "POOL": {
      const { outputs, channels, elementBits, kernelRows, kernelColumns } = instruction;
      return `${op} ${outputs} ${channels} ${elementBits} ${kernelRows} ${kernelColumns}`;
    }
    case "CPY":
    case "LD":
    case "ST":
      return `${op} ${instruction.rows} ${instruction.rowBytes} ${block(instruction.source)} ${block(instruction.destination)} ${place}`;
    case "FILL":
      return `${op} ${instruction.rows} ${instruction.rowBytes} ${block(instruction.destination)}`;
    case "SEND":
      return `${op} ${instruction.rows} ${instruction.rowBytes} ${block(instruction.source)} ${instruction.cores[0]} ${place}`;
    case "RECV":
      return `${op} ${instruction.rows} ${instruction.rowBytes} ${block(instruction.destination)}`;
    default:
      return op;
  }
}
