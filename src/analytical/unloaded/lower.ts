/** Instruction → flow: the table of stages of docs/timing.md section 3, one row a case. */
import type { Instruction, InstructionOf, Space } from "../../isa/index.js";
import { termOf } from "../terms.js";
import { isIdeal, type UnloadedContext } from "./context.js";
import { cutBlock, cutRuns, type FixedHold, type FlowForm, type PacketPlan, type Passes } from "./flow.js";
import { mvmFacts } from "./mvm.js";
import { type StageMaker, stageMaker } from "./stages.js";

/** The far side's way in: stages from DRAM or the global buffer to `cores`, or out of the core's own local memory. */
function readFrom(make: StageMaker, space: Space, cores: readonly number[]): void {
  if (space === "gm") {
    make.latencyFirst();
    make.dram();
    make.net("memory", cores);
  } else if (space === "gb") {
    make.global("globalRead");
    make.net("memory", cores);
  } else make.local("localRead");
}

/** The way out of a core to the global buffer or DRAM; nothing but a local write for local memory. */
function writeTo(make: StageMaker, space: Space, core: number): void {
  if (space === "lm") {
    make.local("localWrite");
    return;
  }
  make.net(core, ["memory"]);
  if (space === "gb") make.global("globalWrite");
  else {
    make.dram();
    make.latencyLast();
  }
}

/** Cycles of one pulse group: passes · pulse + reads · read (section 6). */
function pulseForm(context: UnloadedContext, groups: number): { cycles: number; each?: (group: number) => number } {
  const { pulseCycles, verify } = context.chip.core.arrays.write;
  if (isIdeal(context, "write")) return { cycles: 1 };
  if (verify.kind === "none") return { cycles: pulseCycles };
  const pass = pulseCycles + verify.readCycles;
  if (verify.kind === "read") return { cycles: pass };
  const passes: Passes = context.passes ?? "best";
  if (passes === "best") return { cycles: pass };
  if (passes === "worst") return { cycles: pass * verify.maxPasses };
  if (passes.length < groups) throw new RangeError(`${groups} pulse groups, passes for ${passes.length}`);
  return { cycles: pass, each: (group) => passes[group]! * pass };
}

function weightWrite(instruction: InstructionOf<"WWR">, context: UnloadedContext): FlowForm {
  const { write, cellBits } = context.chip.core.arrays;
  const ideal = isIdeal(context, "write");
  const rowBytes = Math.ceil((instruction.columns * cellBits) / 8);
  const rowsPerPulse = ideal ? Math.max(1, instruction.rows) : write.rowsPerPulse;
  const make = stageMaker(instruction, context);
  const plan = cutRuns(1, instruction.rows * rowBytes, rowsPerPulse * rowBytes);
  if (instruction.source.space === "wb") {
    if (!ideal) make.weightBuffer();
  } else readFrom(make, instruction.source.space, [context.core]);
  const pulse = pulseForm(context, plan.packetsPerRun);
  make.fixed("pulse", pulse.cycles, pulse.each);
  return make.finish(() => plan);
}

function matrixVector(instruction: InstructionOf<"MVM">, context: UnloadedContext): FlowForm {
  const facts = mvmFacts(instruction, context);
  const make = stageMaker(instruction, context);
  readFrom(make, instruction.source.address.space, [context.core]);
  const flow = make.finish((packetBytes) => cutRuns(instruction.vectors, facts.inputBytes, packetBytes));
  return { ...flow, compute: facts.compute, trail: facts.tail };
}

/** The flow of an instruction, or undefined for one that is none (WAIT, POST, BAR and those passed over). */
export function flowOf(instruction: Instruction, context: UnloadedContext): FlowForm | undefined {
  const make = stageMaker(instruction, context);
  const { core, chip } = context;
  const bitsToBytes = (elements: number, bits: number) => Math.ceil((elements * bits) / 8);
  const run = (bytes: number) => (packetBytes: number) => cutRuns(1, bytes, packetBytes);
  const block =
    (rows: number, rowBytes: number, stride: number) =>
    (packetBytes: number): PacketPlan =>
      cutBlock(rows, rowBytes, stride, packetBytes);
  switch (instruction.op) {
    case "LD":
      readFrom(make, instruction.source.address.space, [core]);
      make.local("localWrite");
      return make.finish(block(instruction.rows, instruction.rowBytes, instruction.source.stride));
    case "ST":
      make.local("localRead");
      writeTo(make, instruction.destination.address.space, core);
      return make.finish(block(instruction.rows, instruction.rowBytes, instruction.destination.stride));
    case "WLD":
      readFrom(make, instruction.source.space, instruction.cores);
      return make.finish(run(instruction.bytes));
    case "WWR":
      return weightWrite(instruction, context);
    case "WVF": {
      const { verify } = chip.core.arrays.write;
      const ideal = isIdeal(context, "write");
      make.fixed("pulse", ideal || verify.kind === "none" ? 1 : verify.readCycles);
      return make.finish(() => cutRuns(ideal ? 1 : instruction.rows, 1, 1));
    }
    case "WSWAP":
      make.fixed("swap", chip.core.arrays.write.swapCycles);
      return make.finish(() => cutRuns(1, 1, 1));
    case "SEND":
      make.local("localRead");
      make.net(core, instruction.cores);
      return make.finish(block(instruction.rows, instruction.rowBytes, instruction.source.stride));
    case "RECV":
      make.local("localWrite");
      return make.finish(block(instruction.rows, instruction.rowBytes, instruction.destination.stride));
    case "CPY":
      make.local("localRead");
      make.vector();
      make.local("localWrite");
      return make.finish(block(instruction.rows, instruction.rowBytes, instruction.source.stride));
    case "FILL":
      make.vector();
      make.local("localWrite");
      return make.finish(block(instruction.rows, instruction.rowBytes, instruction.destination.stride));
    case "VEC": {
      const read =
        instruction.kind === "requant"
          ? { num: chip.core.accumulatorBits, den: instruction.elementBits }
          : { num: instruction.b ? 2 : 1, den: 1 };
      make.local("localRead", read);
      make.vector();
      make.local("localWrite");
      return make.finish(run(instruction.rows * bitsToBytes(instruction.rowElements, instruction.elementBits)));
    }
    case "ACC.ADD":
      make.local("localRead", { num: 2, den: 1 });
      make.vector();
      make.local("localWrite");
      return make.finish(run(bitsToBytes(instruction.elements, chip.core.accumulatorBits)));
    case "ACC.OUT": {
      const bits = instruction.params === "raw" ? chip.core.accumulatorBits : instruction.elementBits;
      make.vector();
      writeTo(make, instruction.destination.space, core);
      return make.finish(run(bitsToBytes(instruction.elements, bits)));
    }
    case "RECOVER":
      make.vector();
      return make.finish(run(bitsToBytes(instruction.elements, chip.core.accumulatorBits)));
    case "POOL": {
      const window = { num: instruction.kernelRows * instruction.kernelColumns, den: 1 };
      make.local("localRead", window);
      make.vector(window);
      make.local("localWrite");
      return make.finish(run(instruction.outputs * bitsToBytes(instruction.channels, instruction.elementBits)));
    }
    case "MVM":
      return matrixVector(instruction, context);
    default:
      return undefined;
  }
}

/** The hold of an instruction that is no flow: WAIT, POST and BAR take one tick, the rest are passed over. */
export function syncHold(instruction: Instruction): FixedHold | undefined {
  if (instruction.op !== "WAIT" && instruction.op !== "POST" && instruction.op !== "BAR") return undefined;
  return { kind: "sync", term: termOf(instruction, "sync"), cycles: 1 };
}
