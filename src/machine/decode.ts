/**
 * Decoding: every stream's static instructions as integer columns the machine can walk without unpacking.
 * Everything that depends on names or tables (channels, tiles, sets of arrays) is resolved here, once.
 */
import { UserError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import {
  type Address,
  type Instruction,
  MAX_LOOP_DEPTH,
  OPCODES,
  type Program,
  UNITS,
  type Unit,
} from "../isa/index.js";
import { planInstruction } from "./plan/instruction.js";
import { planKey } from "./plan/key.js";
import type { IdealPart } from "./plan/plan.js";
import { PlanTable } from "./plan/table.js";
import { TileRegions } from "./tiles.js";

/** What fetch does with a code position. */
export const FETCH = { instruction: 0, loop: 1, endLoop: 2, skip: 3, halt: 4 } as const;

const OPCODE = Object.fromEntries(OPCODES.map((op, index) => [op, index])) as Record<Instruction["op"], number>;

/** Opcode numbers by name. */
export { OPCODE };

/** A point-to-point message channel. */
export interface Channel {
  from: number;
  to: number;
  channel: number;
}

/** Where an instruction's bytes are: the address with its loop steps, rows and stride. */
export interface Operand {
  address: Address;
  rowBytes: number;
  stride: number;
}

/** The decoded program. */
export interface Decoded {
  plans: PlanTable;
  /** First code position of each stream; one more entry at the end. */
  codeStart: Int32Array;
  fetch: Uint8Array;
  opcode: Uint8Array;
  plan: Int32Array;
  tag: Int32Array;
  /** ENDL: the position behind its LOOP; trips at both. */
  loopTarget: Int32Array;
  trips: Float64Array;
  /** Waits as (semaphore id, count) pairs, posts likewise, from start[pos] to start[pos + 1]. */
  waitStart: Int32Array;
  waits: Int32Array;
  postStart: Int32Array;
  posts: Int32Array;
  /** SEND: channels; RECV: channel; WWR and MVM: tile regions; BAR: barrier; from extraStart[pos]. */
  extraStart: Int32Array;
  extras: Int32Array;
  /** Message bytes of SEND and RECV. */
  messageBytes: Float64Array;
  /** Operand of the shared far memory (DRAM, global buffer) and of the local memory, index into `operands`, −1 none. */
  farOperand: Int32Array;
  nearOperand: Int32Array;
  operands: Operand[];
  channels: Channel[];
  /** The semaphores in use; waits and posts name them by index. */
  semaphores: { core: number; semaphore: number }[];
  barriers: { barrier: number; count: number }[];
  tiles: TileRegions;
  vectors: Float64Array;
}

/** Decodes a program for a chip. */
export function decode(program: Program, chip: Chip, ideal: ReadonlySet<IdealPart>): Decoded {
  const plans = new PlanTable();
  const tiles = new TileRegions(program, chip);
  const total = program.streams.reduce((sum, stream) => sum + stream.code.length, 0);
  const out: Decoded = {
    plans,
    codeStart: new Int32Array(program.streams.length + 1),
    fetch: new Uint8Array(total),
    opcode: new Uint8Array(total),
    plan: new Int32Array(total).fill(-1),
    tag: new Int32Array(total),
    loopTarget: new Int32Array(total),
    trips: new Float64Array(total),
    waitStart: new Int32Array(total + 1),
    waits: new Int32Array(0),
    postStart: new Int32Array(total + 1),
    posts: new Int32Array(0),
    extraStart: new Int32Array(total + 1),
    extras: new Int32Array(0),
    messageBytes: new Float64Array(total),
    farOperand: new Int32Array(total).fill(-1),
    nearOperand: new Int32Array(total).fill(-1),
    operands: [],
    channels: [],
    semaphores: [],
    barriers: [],
    tiles,
    vectors: new Float64Array(total).fill(1),
  };
  const waits: number[] = [];
  const posts: number[] = [];
  const extras: number[] = [];
  const channelIds = new Map<string, number>();
  const channelOf = (from: number, to: number, channel: number): number => {
    const key = `${from}>${to}#${channel}`;
    let id = channelIds.get(key);
    if (id === undefined) {
      id = out.channels.length;
      channelIds.set(key, id);
      out.channels.push({ from, to, channel });
    }
    return id;
  };
  const barrierOf = (barrier: number, count: number): number => {
    const found = out.barriers.findIndex((b) => b.barrier === barrier);
    if (found >= 0) return found;
    return out.barriers.push({ barrier, count }) - 1;
  };
  const needsFar =
    chip.dram?.model === "commands" || (chip.dram?.channels ?? 1) > 1 || (chip.globalBuffer?.banks ?? 1) > 1;
  const needsNear = chip.core.localMemory.banks > 1;
  // Only semaphores that are used get a place.
  const semaphoreIds = new Map<number, number>();
  const semaphoreOf = (core: number, semaphore: number): number => {
    const key = core * chip.core.semaphores + semaphore;
    let id = semaphoreIds.get(key);
    if (id === undefined) {
      id = out.semaphores.push({ core, semaphore }) - 1;
      semaphoreIds.set(key, id);
    }
    return id;
  };
  // The regions an MVM reads through a group: many MVMs read the same.
  const groupRegions = new Map<number, number[]>();
  const regionsOf = (core: number, group: number): number[] => {
    const key = group * program.cores + core;
    let regions = groupRegions.get(key);
    if (regions === undefined) {
      regions = program.groups[group]!.pieces.map((piece) => tiles.expected(core, piece));
      groupRegions.set(key, regions);
    }
    return regions;
  };
  // On a mesh routes differ from core to core; on a bus all cores share their plans.
  const planCache = new Map<string, number>();
  const onMesh = chip.network.kind === "mesh";

  let position = 0;
  program.streams.forEach((stream, s) => {
    out.codeStart[s] = position;
    const start = position;
    const open: number[] = [];
    for (let pc = 0; pc < stream.code.length; pc++, position++) {
      const instruction = stream.code.at(pc);
      out.opcode[position] = OPCODE[instruction.op];
      out.waitStart[position] = waits.length;
      out.postStart[position] = posts.length;
      out.extraStart[position] = extras.length;
      if (instruction.op === "LOOP") {
        out.fetch[position] = FETCH.loop;
        out.trips[position] = instruction.trips;
        open.push(position);
        if (open.length > MAX_LOOP_DEPTH) throw deepLoop(stream.core, stream.unit, pc);
        continue;
      }
      if (instruction.op === "ENDL") {
        out.fetch[position] = FETCH.endLoop;
        const begin = open.pop();
        if (begin === undefined) throw deepLoop(stream.core, stream.unit, pc);
        out.loopTarget[position] = begin + 1;
        out.trips[position] = out.trips[begin]!;
        continue;
      }
      if (instruction.op === "MARK" || instruction.op === "HALT") {
        out.fetch[position] = instruction.op === "MARK" ? FETCH.skip : FETCH.halt;
        continue;
      }
      for (const wait of instruction.waits ?? []) waits.push(semaphoreOf(stream.core, wait.semaphore), wait.count);
      for (const post of instruction.posts ?? []) posts.push(semaphoreOf(post.core, post.semaphore), post.count);
      out.tag[position] = instruction.tag ?? 0;
      const key = planKey(instruction, onMesh ? stream.core : -1);
      let plan = planCache.get(key);
      if (plan === undefined) {
        plan = plans.intern(planInstruction(instruction, program, { chip, core: stream.core, ideal }));
        planCache.set(key, plan);
      }
      out.plan[position] = plan;
      switch (instruction.op) {
        case "SEND":
          for (const to of instruction.cores) extras.push(channelOf(stream.core, to, instruction.channel));
          out.messageBytes[position] = instruction.rows * instruction.rowBytes;
          break;
        case "RECV":
          extras.push(channelOf(instruction.core, stream.core, instruction.channel));
          out.messageBytes[position] = instruction.rows * instruction.rowBytes;
          break;
        case "BAR":
          extras.push(barrierOf(instruction.barrier, instruction.count));
          break;
        case "WWR":
          for (const array of instruction.arrays) extras.push(tiles.written(stream.core, array, instruction));
          break;
        case "MVM":
          out.vectors[position] = instruction.vectors;
          for (const group of instruction.groups)
            for (const region of regionsOf(stream.core, group)) extras.push(region);
          break;
        default:
          break;
      }
      if (needsFar || needsNear)
        eachOperand(instruction, (address, rowBytes, stride) => {
          const far = address.space === "gm" || address.space === "gb";
          if (!(far ? needsFar : needsNear)) return;
          const index = out.operands.push({ address, rowBytes, stride }) - 1;
          if (far) out.farOperand[position] = index;
          else out.nearOperand[position] = index;
        });
    }
    if (open.length > 0) throw deepLoop(stream.core, stream.unit, open[0]! - start);
  });
  out.codeStart[program.streams.length] = position;
  out.waitStart[total] = waits.length;
  out.postStart[total] = posts.length;
  out.extraStart[total] = extras.length;
  // From a plain array the constructor copies at once, where `from` would iterate.
  out.waits = new Int32Array(waits);
  out.posts = new Int32Array(posts);
  out.extras = new Int32Array(extras);
  tiles.seal();
  return out;
}

function deepLoop(core: number, unit: Unit, pc: number): UserError {
  return new UserError({
    code: "bad-loop",
    message: `LOOP and ENDL do not match, or nest deeper than ${MAX_LOOP_DEPTH}`,
    place: { instruction: `core ${core} ${UNITS[UNITS.indexOf(unit)]} #${pc}` },
  });
}

/** Tells which bytes of shared and local memory an instruction's packets come from or go to; of two in one memory the last counts. */
function eachOperand(
  instruction: Instruction,
  tell: (address: Address, rowBytes: number, stride: number) => void,
): void {
  const whole = Number.MAX_SAFE_INTEGER;
  switch (instruction.op) {
    case "WLD":
      tell(instruction.source, whole, 0);
      return;
    case "WWR":
      if (instruction.source.space !== "wb") tell(instruction.source, whole, 0);
      return;
    case "LD":
    case "ST":
    case "CPY":
      tell(instruction.source.address, instruction.rowBytes, instruction.source.stride);
      tell(instruction.destination.address, instruction.rowBytes, instruction.destination.stride);
      return;
    case "SEND":
      tell(instruction.source.address, instruction.rowBytes, instruction.source.stride);
      return;
    case "RECV":
    case "FILL":
      tell(instruction.destination.address, instruction.rowBytes, instruction.destination.stride);
      return;
    case "VEC":
    case "POOL":
      tell(instruction.destination.address, whole, 0);
      return;
    case "ACC.ADD":
    case "ACC.OUT":
      tell(instruction.destination, whole, 0);
      return;
    case "MVM":
      tell(
        instruction.source.address,
        instruction.source.partBytes,
        instruction.source.parts === 1 ? instruction.source.segmentStride : instruction.source.partStride,
      );
      return;
    default:
      return;
  }
}
