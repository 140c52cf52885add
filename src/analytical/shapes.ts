/**
 * Shapes: instructions of a program alike in everything their time and work depend on. Programs hold hundreds of thousands of
 * instructions of a few hundred shapes, so what is worked out once a shape costs next to nothing.
 */
import type { Chip } from "../hardware/index.js";
import type { Block, Instruction, Program } from "../isa/index.js";
import { tripsOf } from "./walk.js";

/** The instructions of a program by shape. */
export interface ProgramShapes {
  /** One instruction of each shape, and the core of its stream. */
  readonly examples: readonly { instruction: Instruction; core: number }[];
  /** By stream: the shape of every static instruction that runs, −1 of those passed over. */
  readonly shapes: readonly Int32Array[];
  /** By stream: how often every static instruction runs. */
  readonly trips: readonly Float64Array[];
}

/** Finds the shapes of a program's instructions on a chip. */
export function programShapes(program: Program, chip: Chip): ProgramShapes {
  // On a mesh the way depends on the core, and of several channels held by packets it may matter which one an address lies in.
  const onMesh = chip.network.kind === "mesh";
  const byAddress = chip.dram?.model === "bandwidth" && chip.dram.channels > 1;
  const known = new Map<string, number>();
  const examples: { instruction: Instruction; core: number }[] = [];
  const trips = program.streams.map(({ code }) => tripsOf(code));
  const shapes = program.streams.map(({ core, code }, stream) => {
    const ids = new Int32Array(code.length).fill(-1);
    for (let index = 0; index < code.length; index++) {
      if (trips[stream]![index] === 0) continue;
      const instruction = code.at(index);
      let key = byAddress ? wholeKey(instruction) : shapeKey(instruction);
      if (onMesh) key += `@${core}`;
      let shape = known.get(key);
      if (shape === undefined) {
        shape = examples.push({ instruction, core }) - 1;
        known.set(key, shape);
      }
      ids[index] = shape;
    }
    return ids;
  });
  return { examples, shapes, trips };
}

function wholeKey(instruction: Instruction): string {
  const { waits: _waits, posts: _posts, tag: _tag, ...own } = instruction;
  return JSON.stringify(own);
}

function block({ address, stride }: Block): string {
  return `${address.space} ${stride}`;
}

/** Everything but addresses, tags and tokens. */
function shapeKey(instruction: Instruction): string {
  const { op } = instruction;
  switch (op) {
    case "WLD": {
      const { source, bytes, cores } = instruction;
      return `${op} ${source.space} ${bytes} ${cores.join()}`;
    }
    case "WWR": {
      const { source, arrays, rows, columns } = instruction;
      return `${op} ${source.space} ${arrays.join()} ${rows} ${columns}`;
    }
    case "WVF":
      return `${op} ${instruction.array} ${instruction.rows}`;
    case "WSWAP":
      return `${op} ${instruction.array}`;
    case "MVM": {
      const { groups, source, vectors, mode, rowRange: range } = instruction;
      const rows = range ? `${range.row0} ${range.rows}` : "";
      return `${op} ${groups.join()} ${source.address.space} ${vectors} ${mode} ${rows}`;
    }
    case "ACC.ADD":
    case "RECOVER":
      return `${op} ${instruction.elements}`;
    case "ACC.OUT": {
      const { elements, elementBits, destination, params } = instruction;
      return `${op} ${elements} ${elementBits} ${destination.space} ${params === "raw"}`;
    }
    case "VEC": {
      const { kind, rows, rowElements, elementBits, b } = instruction;
      return `${op} ${kind} ${rows} ${rowElements} ${elementBits} ${b === undefined}`;
    }
    case "POOL": {
      const { outputs, channels, elementBits, kernelRows, kernelColumns } = instruction;
      return `${op} ${outputs} ${channels} ${elementBits} ${kernelRows} ${kernelColumns}`;
    }
    case "LD":
    case "ST":
    case "CPY": {
      const { rows, rowBytes, source, destination } = instruction;
      return `${op} ${rows} ${rowBytes} ${block(source)} ${block(destination)}`;
    }
    case "FILL":
    case "RECV": {
      const { rows, rowBytes, destination } = instruction;
      return `${op} ${rows} ${rowBytes} ${block(destination)}`;
    }
    case "SEND": {
      const { rows, rowBytes, source, cores } = instruction;
      return `${op} ${rows} ${rowBytes} ${block(source)} ${cores.join()}`;
    }
    default:
      return op;
  }
}
