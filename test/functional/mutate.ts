/** Programs with one dependency removed or one address shifted. */
import { type RandomStream, randomStream, uniformInt } from "../../src/base/index.js";
import { type Address, type Instruction, type Program, packCode } from "../../src/isa/index.js";

/** A changed program, and what was changed. */
export interface Mutant {
  program: Program;
  kind: "wait" | "post" | "barrier" | "address";
  what: string;
  /** Index of the stream, and of the instruction in its code. */
  stream: number;
  at: number;
  /** Of a shift: which of the instruction's addresses. */
  address?: number;
}

/** The program with the address of a shift moved otherwise; undefined where it would lie below 0. */
export function otherBytes(program: Program, { stream, at, address = -1 }: Mutant, shift: number): Program | undefined {
  const { code } = program.streams[stream]!;
  const list = Array.from({ length: code.length }, (_, index) => code.at(index));
  const moved = addressesOf(list[at]!)[address];
  if (moved === undefined || moved.base + shift < 0) return undefined;
  moved.base += shift;
  const changed = packCode(list);
  return { ...program, streams: program.streams.map((s, i) => (i === stream ? { ...s, code: changed } : s)) };
}

/** Addresses an instruction carries. */
function addressesOf(instruction: Instruction): Address[] {
  const found: Address[] = [];
  for (const value of Object.values(instruction)) {
    if (typeof value !== "object" || value === null) continue;
    if ("space" in value) found.push(value as Address);
    else if ("address" in value) found.push(value.address as Address);
  }
  return found;
}

const SHIFTS = [1, 8, 64, -1, -8, -64];

/** What a change was, and of a shift which address. */
interface Change {
  detail: string;
  address?: number;
}

/** Changes one place of an instruction; undefined where it has none of this kind. */
function change(instruction: Instruction, kind: Mutant["kind"], random: RandomStream): Change | undefined {
  if (kind === "address") {
    const addresses = addressesOf(instruction);
    if (addresses.length === 0) return undefined;
    const chosen = uniformInt(random, 0, addresses.length - 1);
    const address = addresses[chosen]!;
    const shift = SHIFTS[uniformInt(random, 0, SHIFTS.length - 1)]!;
    // Once around a ring is the same address.
    if (address.ring !== undefined && shift % address.ring.bytes === 0) return undefined;
    address.base += shift;
    return address.base < 0 ? undefined : { detail: `${address.space} by ${shift}`, address: chosen };
  }
  if (kind === "barrier") return instruction.op === "BAR" ? { detail: "" } : undefined;
  const tokens = kind === "wait" ? instruction.waits : instruction.posts;
  if (!tokens?.length) return undefined;
  const [removed] = tokens.splice(uniformInt(random, 0, tokens.length - 1), 1);
  return { detail: `semaphore ${removed!.semaphore}, ${removed!.count} tokens` };
}

/** One random mutant of a program; the same seed gives the same. */
export function mutantOf(program: Program, seed: number): Mutant {
  const random = randomStream(seed, "mutation");
  for (;;) {
    const stream = uniformInt(random, 0, program.streams.length - 1);
    const { code, core, unit } = program.streams[stream]!;
    if (code.length === 0) continue;
    const list = Array.from({ length: code.length }, (_, index) => code.at(index));
    const at = uniformInt(random, 0, list.length - 1);
    const kind = (["wait", "post", "address", "barrier"] as const)[uniformInt(random, 0, 3)]!;
    const instruction = list[at]!;
    const changed = change(instruction, kind, random);
    if (changed === undefined) continue;
    const { detail, address } = changed;
    if (kind === "barrier") {
      const { waits = [], posts = [] } = instruction;
      list[at] = { op: "POST", waits, posts };
    }
    const mutated = packCode(list);
    return {
      program: { ...program, streams: program.streams.map((s, i) => (i === stream ? { ...s, code: mutated } : s)) },
      ...{ kind, stream, at, ...(address === undefined ? {} : { address }) },
      what: `${kind} of core ${core} ${unit} code index ${at} ${instruction.op}: ${detail}`,
    };
  }
}
