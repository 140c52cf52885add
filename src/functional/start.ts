/** Starts one instruction: reads what it reads and prepares its effect. */
import { UserError } from "../base/index.js";
import type { Instruction } from "../isa/index.js";
import { startAdd, startOut, startRecover } from "./accumulate.js";
import type { Context, Effect } from "./context.js";
import { startMultiply, startSwap, startVerify, startWrite } from "./matrix.js";
import { startCopy, startFill, startReceive, startSend, startWeightLoad } from "./move.js";
import { startPool, startVector } from "./vector.js";
import type { StreamWalk } from "./walk.js";

/** What the instruction the walk stands on will do at its completion; a user's error is given the instruction's place. */
export function startInstruction(context: Context, core: number, unit: string, walk: StreamWalk): Effect {
  const instruction = context.enter(core, walk);
  try {
    dispatch(context, instruction);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const place = `core ${core} ${unit} instruction ${walk.n} (code index ${walk.pc}, ${instruction.op})`;
    throw new UserError(
      error.problems.map((problem) => ({ ...problem, place: { ...problem.place, instruction: place } })),
    );
  }
  return context.effect;
}

function dispatch(context: Context, instruction: Instruction): void {
  switch (instruction.op) {
    case "LD":
    case "ST":
    case "CPY":
      startCopy(context, instruction);
      break;
    case "FILL":
      startFill(context, instruction);
      break;
    case "WLD":
      startWeightLoad(context, instruction);
      break;
    case "SEND":
      startSend(context, instruction);
      break;
    case "RECV":
      startReceive(context, instruction);
      break;
    case "WWR":
      startWrite(context, instruction);
      break;
    case "WVF":
      startVerify(context, instruction);
      break;
    case "WSWAP":
      startSwap(context, instruction);
      break;
    case "MVM":
      startMultiply(context, instruction);
      break;
    case "ACC.ADD":
      startAdd(context, instruction);
      break;
    case "ACC.OUT":
      startOut(context, instruction);
      break;
    case "RECOVER":
      startRecover(context, instruction);
      break;
    case "VEC":
      startVector(context, instruction);
      break;
    case "POOL":
      startPool(context, instruction);
      break;
    default:
      break;
  }
}
