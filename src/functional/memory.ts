/**
 * Memories as real bytes: flat ones on the chip, DRAM in pages that exist once written.
 */
import { UserError } from "../base/index.js";

/** Bytes at addresses. */
export interface Memory {
  readonly name: string;
  readonly bytes: number;
  read(address: number, into: Uint8Array, at: number, count: number): void;
  write(address: number, from: Uint8Array, at: number, count: number): void;
}

function mustLieInside(memory: Memory, address: number, count: number): void {
  if (Number.isInteger(address) && address >= 0 && address + count <= memory.bytes) return;
  throw new UserError({
    code: "address-outside",
    message: `an access leaves ${memory.name}`,
    seen: `${count} bytes at ${address}`,
    accepted: `0 to ${memory.bytes - 1}`,
  });
}

/** An on-chip memory. */
export class FlatMemory implements Memory {
  readonly data: Uint8Array;

  constructor(
    readonly name: string,
    readonly bytes: number,
  ) {
    this.data = new Uint8Array(bytes);
  }

  read(address: number, into: Uint8Array, at: number, count: number): void {
    mustLieInside(this, address, count);
    if (count <= 16) for (let i = 0; i < count; i++) into[at + i] = this.data[address + i]!;
    else into.set(this.data.subarray(address, address + count), at);
  }

  write(address: number, from: Uint8Array, at: number, count: number): void {
    mustLieInside(this, address, count);
    if (count <= 16) for (let i = 0; i < count; i++) this.data[address + i] = from[at + i]!;
    else this.data.set(from.subarray(at, at + count), address);
  }
}

const PAGE_BYTES = 65536;

/** DRAM: 64 KiB pages, zero until written. */
export class PagedMemory implements Memory {
  private readonly pages = new Map<number, Uint8Array>();

  constructor(
    readonly name: string,
    readonly bytes: number,
  ) {}

  read(address: number, into: Uint8Array, at: number, count: number): void {
    mustLieInside(this, address, count);
    this.eachPage(address, count, (page, from, done, length) => {
      const data = this.pages.get(page);
      if (data === undefined) into.fill(0, at + done, at + done + length);
      else into.set(data.subarray(from, from + length), at + done);
    });
  }

  write(address: number, from: Uint8Array, at: number, count: number): void {
    mustLieInside(this, address, count);
    this.eachPage(address, count, (page, to, done, length) => {
      let data = this.pages.get(page);
      if (data === undefined) {
        data = new Uint8Array(PAGE_BYTES);
        this.pages.set(page, data);
      }
      data.set(from.subarray(at + done, at + done + length), to);
    });
  }

  private eachPage(
    address: number,
    count: number,
    visit: (page: number, offset: number, done: number, length: number) => void,
  ): void {
    for (let done = 0; done < count; ) {
      const page = Math.floor((address + done) / PAGE_BYTES);
      const offset = address + done - page * PAGE_BYTES;
      const length = Math.min(PAGE_BYTES - offset, count - done);
      visit(page, offset, done, length);
      done += length;
    }
  }
}
