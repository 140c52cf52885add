/**
 * Walking a stream's code: which instruction the n-th issue is and on which trip of each loop around it.
 * Static instructions are unpacked once a code; the walk keeps counters only, so a stream of any length costs nothing.
 */
import { InternalError } from "../base/index.js";
import { type Address, type Code, type Instruction, isPassedOver, loopsOf, MAX_LOOP_DEPTH } from "../isa/index.js";

/** A code's static instructions and where its loops end. */
interface Listing {
  instructions: Instruction[];
  passedOver: Uint8Array;
  /** By LOOP: index of its ENDL; by ENDL: index of its LOOP. */
  partner: Int32Array;
  trips: Float64Array;
}

const listings = new WeakMap<Code, Listing>();

function listingOf(code: Code): Listing {
  const known = listings.get(code);
  if (known !== undefined) return known;
  const listing: Listing = {
    instructions: Array.from({ length: code.length }, (_, index) => code.at(index)),
    passedOver: Uint8Array.from({ length: code.length }, (_, index) => (isPassedOver(code.opcodeAt(index)) ? 1 : 0)),
    partner: new Int32Array(code.length),
    trips: new Float64Array(code.length),
  };
  for (const loop of loopsOf(code)) {
    listing.partner[loop.start] = loop.end;
    listing.partner[loop.end] = loop.start;
    listing.trips[loop.start] = loop.trips;
  }
  listings.set(code, listing);
  return listing;
}

/** The state of one stream's walk: the next instruction to start. */
export class StreamWalk {
  /** Number of the next instruction in its stream. */
  n = 0;
  /** Its index in the code; the code's length where the stream has ended. */
  pc = 0;
  depth = 0;
  /** Trip of each loop around it, outermost first. */
  readonly trips = new Float64Array(MAX_LOOP_DEPTH);
  private readonly listing: Listing;

  constructor(code: Code) {
    this.listing = listingOf(code);
    this.settle();
  }

  get ended(): boolean {
    return this.pc >= this.listing.instructions.length;
  }

  /** The next instruction. */
  get instruction(): Instruction {
    return this.listing.instructions[this.pc]!;
  }

  /** Steps past the current instruction. */
  advance(): void {
    this.n++;
    this.pc++;
    this.settle();
  }

  /** Passes over LOOP, ENDL, MARK; HALT ends the stream. */
  private settle(): void {
    const { instructions, passedOver, partner, trips } = this.listing;
    while (this.pc < instructions.length && passedOver[this.pc] === 1) {
      const { op } = instructions[this.pc]!;
      if (op === "HALT") this.pc = instructions.length;
      else if (op === "LOOP") {
        if (trips[this.pc]! <= 0) this.pc = partner[this.pc]! + 1;
        else {
          if (this.depth === MAX_LOOP_DEPTH) throw new InternalError("loops nest too deep");
          this.trips[this.depth++] = 0;
          this.pc++;
        }
      } else if (op === "ENDL") {
        const start = partner[this.pc]!;
        if (++this.trips[this.depth - 1]! < trips[start]!) this.pc = start + 1;
        else {
          this.depth--;
          this.pc++;
        }
      } else this.pc++;
    }
  }
}

/** The address an operand names on these trips, before its ring is applied. */
export function effectiveAddress(address: Address, walk: StreamWalk): number {
  let at = address.base;
  const { steps } = address;
  if (steps !== undefined) for (let level = 0; level < steps.length; level++) at += steps[level]! * walk.trips[level]!;
  return at;
}

/** An address brought inside its ring. */
export function inRing(at: number, ring: { base: number; bytes: number } | undefined): number {
  if (ring === undefined) return at;
  const offset = (at - ring.base) % ring.bytes;
  return ring.base + (offset < 0 ? offset + ring.bytes : offset);
}
