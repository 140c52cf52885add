/** A buffer of waiting requests in the order of their acceptance, at most 32; slots and bit masks, nothing allocated per request. */
import { KEY } from "./bounds.js";

/** Entries of the read buffer, and of the write buffer. */
export const BUFFER_ENTRIES = 32;
const LAST = BUFFER_ENTRIES - 1;

/** Requests waiting for their first row command or their column command. */
export class RequestBuffer {
  count = 0;
  /** By slot. */
  readonly id = new Float64Array(BUFFER_ENTRIES);
  readonly address = new Float64Array(BUFFER_ENTRIES);
  readonly accepted = new Float64Array(BUFFER_ENTRIES);
  readonly bank = new Int32Array(BUFFER_ENTRIES);
  readonly row = new Int32Array(BUFFER_ENTRIES);
  readonly column = new Int32Array(BUFFER_ENTRIES);
  /** The command an entry needs next, as a key of the bounds. */
  readonly key = new Int32Array(BUFFER_ENTRIES);
  /** Slots from the oldest on, a ring from `head`. */
  readonly order = new Int32Array(BUFFER_ENTRIES);
  head = 0;
  private free = -1;
  /** Slots of each bank. */
  private readonly ofBank: Int32Array;
  /** How many addresses fall into each of 256 classes, so that most look-ups end here. */
  private readonly classes = new Uint8Array(256);
  private readonly columnKind: number;

  constructor(
    banks: number,
    write: boolean,
    private readonly requestBytes: number,
  ) {
    this.ofBank = new Int32Array(banks);
    this.columnKind = write ? KEY.write : KEY.read;
  }

  /** The slot of the `place`-th oldest entry. */
  slotAt(place: number): number {
    return this.order[(this.head + place) & LAST];
  }

  /** Whether an entry has exactly this address. */
  holds(address: number): boolean {
    if (this.classes[this.classOf(address)] === 0) return false;
    for (let place = 0; place < this.count; place++) if (this.address[this.slotAt(place)] === address) return true;
    return false;
  }

  /** Puts a request behind all others and returns its slot; there must be room. */
  append(
    id: number,
    address: number,
    accepted: number,
    bank: number,
    row: number,
    column: number,
    openRow: number,
  ): number {
    const bit = this.free & -this.free;
    const slot = 31 - Math.clz32(bit);
    this.free &= ~bit;
    this.id[slot] = id;
    this.address[slot] = address;
    this.accepted[slot] = accepted;
    this.bank[slot] = bank;
    this.row[slot] = row;
    this.column[slot] = column;
    this.key[slot] = this.keyOf(bank, row, openRow);
    this.ofBank[bank] |= bit;
    this.classes[this.classOf(address)]++;
    this.order[(this.head + this.count++) & LAST] = slot;
    return slot;
  }

  /** Takes out the `place`-th oldest entry; its slot's values stay readable until the next `append`. */
  remove(place: number): void {
    const { order, head } = this;
    const slot = order[(head + place) & LAST];
    if (place < this.count >> 1) {
      for (let at = place; at > 0; at--) order[(head + at) & LAST] = order[(head + at - 1) & LAST];
      this.head = (head + 1) & LAST;
    } else for (let at = place + 1; at < this.count; at++) order[(head + at - 1) & LAST] = order[(head + at) & LAST];
    this.count--;
    const bit = 1 << slot;
    this.free |= bit;
    this.ofBank[this.bank[slot]] &= ~bit;
    this.classes[this.classOf(this.address[slot])]--;
  }

  /** A bank's row changed (−1: closed): its entries need other commands now. */
  rowChanged(bank: number, openRow: number): void {
    for (let mask = this.ofBank[bank]; mask !== 0; mask &= mask - 1) {
      const slot = 31 - Math.clz32(mask & -mask);
      this.key[slot] = this.keyOf(bank, this.row[slot], openRow);
    }
  }

  private keyOf(bank: number, row: number, openRow: number): number {
    return (bank << 2) | (openRow < 0 ? KEY.act : row === openRow ? this.columnKind : KEY.precharge);
  }

  private classOf(address: number): number {
    return (address / this.requestBytes) & 255;
  }
}
