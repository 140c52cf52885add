/**
 * Shadow memory: for every byte (accumulators: entry) who wrote it last, who added since, who read since.
 * Readers and adders are chains shared by neighbouring bytes; an access that knows an earlier one of a chain to be over replaces it.
 */
import { UNKNOWN_INSTRUCTION } from "./identity.js";

const PAGE = 2048;

/** Longest chain kept; behind it the oldest are forgotten and counted. */
const LONGEST_CHAIN = 64;

/** Chains of instruction numbers, linked from the newest to the oldest. */
export class Chains {
  private ids = new Uint32Array(4096);
  private nexts = new Uint32Array(4096);
  private count = 1;
  /** Accesses forgotten because a chain grew too long. */
  forgotten = 0;

  get length(): number {
    return this.count;
  }

  /** Visits the members of a chain, newest first. */
  each(chain: number, visit: (id: number) => void): void {
    for (let at = chain; at !== 0; at = this.nexts[at]!) visit(this.ids[at]!);
  }

  /** The chain with a newer member, without those it makes needless. */
  extend(chain: number, id: number, needless: (id: number) => boolean): number {
    const kept: number[] = [];
    for (let at = chain; at !== 0; at = this.nexts[at]!) {
      const member = this.ids[at]!;
      if (member === id) return chain;
      if (!needless(member)) kept.push(member);
    }
    if (kept.length > LONGEST_CHAIN) {
      this.forgotten += kept.length - LONGEST_CHAIN;
      kept.length = LONGEST_CHAIN;
    }
    let result = 0;
    for (let i = kept.length - 1; i >= 0; i--) result = this.node(kept[i]!, result);
    return this.node(id, result);
  }

  private node(id: number, next: number): number {
    if (this.count === this.ids.length) {
      const ids = new Uint32Array(this.count * 2);
      const nexts = new Uint32Array(this.count * 2);
      ids.set(this.ids);
      nexts.set(this.nexts);
      this.ids = ids;
      this.nexts = nexts;
    }
    this.ids[this.count] = id;
    this.nexts[this.count] = next;
    return this.count++;
  }

  /** A copy that holds only the chains still in use; `remap` brings each to its new place. */
  compacted(): { chains: Chains; remap: (chain: number) => number } {
    const chains = new Chains();
    chains.forgotten = this.forgotten;
    const moved = new Map<number, number>();
    const remap = (chain: number): number => {
      if (chain === 0) return 0;
      let to = moved.get(chain);
      if (to === undefined) {
        to = chains.node(this.ids[chain]!, remap(this.nexts[chain]!));
        moved.set(chain, to);
      }
      return to;
    };
    return { chains, remap };
  }
}

/** What a shadow asks of whoever keeps it. */
export interface ShadowListener {
  /** The instruction that is starting. */
  readonly id: number;
  /** Whether it knows an earlier one to be over. */
  knows(id: number): boolean;
  /** A conflicting access of an instruction known to be over. */
  ordered?(other: number): void;
  /** A conflicting access of an instruction not known to be over. */
  race(kind: string, other: number, space: number, address: number): void;
  /** A read of something nobody wrote. */
  unwritten(space: number, address: number): void;
  /** An instruction's result was read. */
  used(id: number): void;
}

interface Page {
  writers: Uint32Array;
  readers: Uint32Array;
  adders: Uint32Array | undefined;
}

/** The shadow of one space. */
export class Shadow {
  private readonly pages = new Map<number, Page>();
  private readonly loaded: { from: number; to: number }[] = [];
  private sorted = true;

  constructor(
    private readonly space: number,
    private readonly listener: ShadowListener,
    private readonly owner: { chains: Chains },
  ) {}

  /** Declares a range as defined before the program starts. */
  load(address: number, count: number): void {
    this.loaded.push({ from: address, to: address + count });
    this.sorted = false;
  }

  private isLoaded(address: number): boolean {
    if (!this.sorted) {
      this.loaded.sort((a, b) => a.from - b.from);
      this.sorted = true;
    }
    let low = 0;
    let high = this.loaded.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.loaded[middle]!.from <= address) low = middle + 1;
      else high = middle;
    }
    return low > 0 && address < this.loaded[low - 1]!.to;
  }

  private page(index: number): Page {
    let page = this.pages.get(index);
    if (page === undefined) {
      page = { writers: new Uint32Array(PAGE), readers: new Uint32Array(PAGE), adders: undefined };
      this.pages.set(index, page);
    }
    return page;
  }

  private each(
    address: number,
    count: number,
    visit: (page: Page, from: number, to: number, base: number) => void,
  ): void {
    for (let done = 0; done < count; ) {
      const index = Math.floor((address + done) / PAGE);
      const from = address + done - index * PAGE;
      const length = Math.min(PAGE - from, count - done);
      visit(this.page(index), from, from + length, index * PAGE);
      done += length;
    }
  }

  /** The instruction that is starting reads. */
  read(address: number, count: number): void {
    const { listener, owner } = this;
    this.each(address, count, (page, from, to, base) => {
      const { writers, readers, adders } = page;
      let lastWriter = -1;
      let lastAdders = 0;
      let lastChain = -1;
      let extended = 0;
      for (let i = from; i < to; i++) {
        const writer = writers[i]!;
        if (writer !== lastWriter || writer === 0) {
          lastWriter = writer;
          if (writer === 0) {
            if (!this.isLoaded(base + i)) listener.unwritten(this.space, base + i);
          } else this.mustFollow(writer, "read after write", base + i);
        }
        if (adders !== undefined && adders[i] !== lastAdders) {
          lastAdders = adders[i]!;
          owner.chains.each(lastAdders, (id) => this.mustFollow(id, "read after add", base + i));
        }
        const chain = readers[i]!;
        if (chain !== lastChain) {
          lastChain = chain;
          extended = owner.chains.extend(chain, listener.id, (id) => listener.knows(id));
        }
        readers[i] = extended;
      }
    });
  }

  private mustFollow(other: number, kind: string, address: number): void {
    const { listener } = this;
    listener.used(other);
    if (other === listener.id || other === UNKNOWN_INSTRUCTION) return;
    if (listener.knows(other)) listener.ordered?.(other);
    else listener.race(kind, other, this.space, address);
  }

  /** The instruction that is starting writes. */
  write(address: number, count: number): void {
    const { listener } = this;
    this.each(address, count, (page, from, to, base) => {
      this.checkOrder(page, from, to, base, true);
      page.writers.fill(listener.id, from, to);
      page.readers.fill(0, from, to);
      page.adders?.fill(0, from, to);
    });
  }

  /** The instruction that is starting adds: order against other adds does not matter. */
  add(address: number, count: number): void {
    const { listener, owner } = this;
    this.each(address, count, (page, from, to, base) => {
      this.checkOrder(page, from, to, base, false);
      page.adders ??= new Uint32Array(PAGE);
      const { adders, writers, readers } = page;
      let lastChain = -1;
      let extended = 0;
      for (let i = from; i < to; i++) {
        if (writers[i] === 0 && !this.isLoaded(base + i)) listener.unwritten(this.space, base + i);
        const chain = adders[i]!;
        if (chain !== lastChain) {
          lastChain = chain;
          // Everyone who reads the sum must know all adders: one that this add knows is known through it, and counts as used.
          extended = owner.chains.extend(chain, listener.id, (id) => {
            const known = listener.knows(id);
            if (known) listener.used(id);
            return known;
          });
        }
        adders[i] = extended;
        readers[i] = 0;
      }
      let lastWriter = 0;
      for (let i = from; i < to; i++)
        if (writers[i] !== lastWriter) {
          lastWriter = writers[i]!;
          if (lastWriter !== 0) listener.used(lastWriter);
        }
    });
  }

  /** A write must follow the last writer, all adders and all readers; an add need not follow other adds. */
  private checkOrder(page: Page, from: number, to: number, base: number, againstAdds: boolean): void {
    const { listener, owner } = this;
    const { writers, readers, adders } = page;
    const against = (id: number, kind: string, address: number) => {
      if (id === 0 || id === listener.id || id === UNKNOWN_INSTRUCTION) return;
      if (listener.knows(id)) listener.ordered?.(id);
      else listener.race(kind, id, this.space, address);
    };
    let lastWriter = 0;
    let lastReaders = 0;
    let lastAdders = 0;
    const verb = againstAdds ? "write" : "add";
    for (let i = from; i < to; i++) {
      if (writers[i] !== lastWriter) {
        lastWriter = writers[i]!;
        against(lastWriter, `${verb} after write`, base + i);
      }
      if (readers[i] !== lastReaders) {
        lastReaders = readers[i]!;
        owner.chains.each(lastReaders, (id) => against(id, `${verb} after read`, base + i));
      }
      if (againstAdds && adders !== undefined && adders[i] !== lastAdders) {
        lastAdders = adders[i]!;
        owner.chains.each(lastAdders, (id) => against(id, "write after add", base + i));
      }
    }
  }

  /** Calls `used` for every result in a range, without an access: someone outside reads it. */
  use(address: number, count: number): void {
    this.each(address, count, (page, from, to) => {
      let last = 0;
      for (let i = from; i < to; i++)
        if (page.writers[i] !== last) {
          last = page.writers[i]!;
          if (last !== 0) this.listener.used(last);
        }
    });
  }

  /** Follows the chains to where they have been moved. */
  remap(remap: (chain: number) => number): void {
    for (const { readers, adders } of this.pages.values()) {
      for (let i = 0; i < PAGE; i++) if (readers[i] !== 0) readers[i] = remap(readers[i]!);
      if (adders !== undefined) for (let i = 0; i < PAGE; i++) if (adders[i] !== 0) adders[i] = remap(adders[i]!);
    }
  }
}
