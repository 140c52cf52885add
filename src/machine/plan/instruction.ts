/** The plan of any instruction: one switch, from operands to stages (docs/timing.md section 3). */
import { TERM_INDEX, type Term } from "../../base/index.js";
import type { WriteVerify } from "../../hardware/index.js";
import type { Instruction, InstructionOf, Program, Space } from "../../isa/index.js";
import { planMvm } from "./compute.js";
import { COUNT, type Plan, plainPlan, stage } from "./plan.js";
import { type Cut, PathPlan, type PlanContext, pathPacketBytes } from "./transfer.js";

/** One run where the rows lie side by side, else a run a row. */
function cutOf(rows: number, rowBytes: number, stride: number, packetBytes: number): Cut {
  return stride === rowBytes || rows === 1
    ? { runs: 1, runBytes: rows * rowBytes, packetBytes }
    : { runs: rows, runBytes: rowBytes, packetBytes };
}

function oneRun(bytes: number, packetBytes: number): Cut {
  return { runs: 1, runBytes: Math.max(1, bytes), packetBytes };
}

/** Length of one pulse hold with so many passes. */
export function pulseTicks(pulseCycles: number, verify: WriteVerify, passes: number): number {
  const ticks = passes * (pulseCycles + (verify.kind === "none" ? 0 : verify.readCycles));
  return Math.max(1, ticks);
}

function planWeightWrite(instruction: InstructionOf<"WWR">, context: PlanContext): Plan {
  const { chip, ideal } = context;
  const { write, cellBits } = chip.core.arrays;
  const free = ideal.has("write");
  const rowBytes = Math.ceil((instruction.columns * cellBits) / 8);
  const { space } = instruction.source;
  const path = new PathPlan(context, {
    runs: 1,
    runBytes: instruction.rows * rowBytes,
    packetBytes: (free ? instruction.rows : write.rowsPerPulse) * rowBytes,
  });
  if (!(free && space === "wb")) path.readFrom(space, "weightLoad");
  const plan = path.plan();
  const groups = path.packetCount;
  const verify = write.verify;
  const ticks = free ? 1 : pulseTicks(write.pulseCycles, verify, 1);
  plan.stages.push(
    stage({ kind: "pulse", term: TERM_INDEX.write, units: groups, fullTicks: ticks, restTicks: ticks, period: groups }),
  );
  plan.drawn = !free && verify.kind === "program";
  plan.arrays = [...instruction.arrays].sort((a, b) => a - b);
  plan.gate = write.doubleBanked ? "none" : "start";
  const copies = instruction.arrays.length;
  plan.counts[COUNT.rowsWritten]! += instruction.rows * copies;
  // Passes beyond the first, and their reads, are counted where they are drawn.
  plan.counts[COUNT.cellWrites]! += instruction.rows * instruction.columns * copies;
  if (verify.kind !== "none") plan.counts[COUNT.verifyRows]! += instruction.rows * copies;
  return plan;
}

const SYNC = (): Plan => plainPlan([stage({ kind: "sync", term: TERM_INDEX.wait })]);

/** The plan of one instruction on a core; LOOP, ENDL, MARK and HALT have none. */
export function planInstruction(instruction: Instruction, program: Program, context: PlanContext): Plan {
  const { chip, core, ideal } = context;
  const { accumulatorBits, arrays } = chip.core;
  const packet = (spaces: Space[], withVector: boolean, to?: number): number =>
    pathPacketBytes(context, spaces, withVector, to);
  switch (instruction.op) {
    case "WLD": {
      const { source, bytes, cores } = instruction;
      const to = cores[0] ?? core;
      const path = new PathPlan(
        context,
        oneRun(bytes, pathPacketBytes({ ...context, core: to }, [source.space], false)),
      );
      path.counts[COUNT.weightBufferBytes]! += bytes * cores.length;
      if (source.space === "gm") path.latency("weightLoad").dram("read", "weightLoad");
      else path.sram("global", "read", "weightLoad");
      return path.network(-1, to, "weightLoad").plan();
    }
    case "WWR":
      return planWeightWrite(instruction, context);
    case "WVF": {
      const { verify } = arrays.write;
      const free = ideal.has("write");
      const ticks = free || verify.kind === "none" ? 1 : verify.readCycles;
      const plan = plainPlan([
        stage({ kind: "pulse", term: TERM_INDEX.write, units: free ? 1 : instruction.rows, fullTicks: ticks }),
      ]);
      plan.arrays = [instruction.array];
      plan.gate = "start";
      plan.counts[COUNT.verifyRows]! += instruction.rows;
      return plan;
    }
    case "WSWAP": {
      const ticks = Math.max(1, arrays.write.swapCycles);
      const plan = plainPlan([stage({ kind: "swap", term: TERM_INDEX.write, fullTicks: ticks })]);
      plan.arrays = [instruction.array];
      plan.gate = "start";
      return plan;
    }
    case "MVM":
      return planMvm(instruction, program, context);
    case "ACC.ADD": {
      const bytes = Math.ceil((instruction.elements * accumulatorBits) / 8);
      return new PathPlan(context, oneRun(bytes, packet(["lm"], true)))
        .sram("local", "read", "partialSums", { num: 2, den: 1 })
        .vector("partialSums")
        .writeTo("lm", "partialSums")
        .plan();
    }
    case "ACC.OUT": {
      const raw = instruction.params === "raw";
      const bits = raw ? accumulatorBits : instruction.elementBits;
      const space = instruction.destination.space;
      const term: Term = raw ? "partialSums" : "vector";
      return new PathPlan(context, oneRun(Math.ceil((instruction.elements * bits) / 8), packet([space], true)))
        .vector(term)
        .writeTo(space, space === "lm" ? term : "store")
        .plan();
    }
    case "RECOVER":
      return new PathPlan(context, oneRun(Math.ceil((instruction.elements * accumulatorBits) / 8), packet([], true)))
        .vector("vector")
        .plan();
    case "VEC": {
      const { rows, rowElements, elementBits, kind, b } = instruction;
      const bytes = rows * Math.ceil((rowElements * elementBits) / 8);
      const factor =
        kind === "requant" ? { num: accumulatorBits, den: elementBits } : { num: b === undefined ? 1 : 2, den: 1 };
      return new PathPlan(context, oneRun(bytes, packet(["lm"], true)))
        .sram("local", "read", "vector", factor)
        .vector("vector")
        .writeTo("lm", "vector")
        .plan();
    }
    case "POOL": {
      const { outputs, channels, elementBits, kernelRows, kernelColumns } = instruction;
      const window = kernelRows * kernelColumns;
      const bytes = outputs * Math.ceil((channels * elementBits) / 8);
      return new PathPlan(context, oneRun(bytes, packet(["lm"], true)))
        .sram("local", "read", "vector", { num: window, den: 1 })
        .vector("vector", window)
        .writeTo("lm", "vector")
        .plan();
    }
    case "CPY":
      return new PathPlan(
        context,
        cutOf(instruction.rows, instruction.rowBytes, instruction.source.stride, packet(["lm"], true)),
      )
        .sram("local", "read", "vector")
        .vector("vector")
        .writeTo("lm", "vector")
        .plan();
    case "FILL":
      return new PathPlan(
        context,
        cutOf(instruction.rows, instruction.rowBytes, instruction.destination.stride, packet(["lm"], true)),
      )
        .vector("vector")
        .writeTo("lm", "vector")
        .plan();
    case "LD": {
      const { space } = instruction.source.address;
      const cut = cutOf(
        instruction.rows,
        instruction.rowBytes,
        instruction.source.stride,
        packet([space, "lm"], false),
      );
      return new PathPlan(context, cut).readFrom(space, "inputLoad").writeTo("lm", "inputLoad").plan();
    }
    case "ST": {
      const { space } = instruction.destination.address;
      const cut = cutOf(
        instruction.rows,
        instruction.rowBytes,
        instruction.destination.stride,
        packet(["lm", space], false),
      );
      return new PathPlan(context, cut).readFrom("lm", "store").writeTo(space, "store").plan();
    }
    case "SEND": {
      const cut = cutOf(
        instruction.rows,
        instruction.rowBytes,
        instruction.source.stride,
        packet(["lm"], false, instruction.cores[0]!),
      );
      return new PathPlan(context, cut)
        .sram("local", "read", "network")
        .network(core, instruction.cores[0]!, "network")
        .plan();
    }
    case "RECV": {
      const cut = cutOf(instruction.rows, instruction.rowBytes, instruction.destination.stride, packet(["lm"], false));
      return new PathPlan(context, cut).sram("local", "write", "network").plan();
    }
    case "POST":
    case "WAIT":
    case "BAR":
    case "MARK":
    case "LOOP":
    case "ENDL":
    case "HALT":
      return SYNC();
  }
}
