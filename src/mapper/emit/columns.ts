/** Growable columns of numbers: what there is one of for every instruction of a large program lies in these, not in objects. */
import { invariant } from "../../base/index.js";

/** A growable list of whole numbers: of 32 bits, or where they may be large of doubles. */
export class Ints {
  private values: Int32Array | Float64Array;
  private used = 0;

  constructor(private readonly kind: typeof Int32Array | typeof Float64Array = Int32Array) {
    this.values = new kind(64);
  }

  get length(): number {
    return this.used;
  }

  at(index: number): number {
    return this.values[index]!;
  }

  set(index: number, value: number): void {
    this.values[index] = value;
    invariant(this.values[index] === value, "a number of a column must fit it");
  }

  push(value: number): void {
    if (this.used === this.values.length) {
      const grown = new this.kind(this.used * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.set(this.used++, value);
  }
}

/** Many short lists in one pool: owner by owner, entries of two numbers in the order they were added. */
export class Lists {
  private readonly firsts = new Ints();
  private readonly lasts = new Ints();
  private readonly nexts = new Ints();
  private readonly as = new Ints();
  private readonly bs: Ints;

  /** `kind` is that of the second numbers. */
  constructor(kind: typeof Int32Array | typeof Float64Array = Int32Array) {
    this.bs = new Ints(kind);
  }

  /** Entries of all lists. */
  get length(): number {
    return this.as.length;
  }

  /** The first entry of an owner; -1 where it has none. */
  first(owner: number): number {
    return owner < this.firsts.length ? this.firsts.at(owner) : -1;
  }

  /** The entry behind another; -1 behind the last. */
  next(entry: number): number {
    return this.nexts.at(entry);
  }

  a(entry: number): number {
    return this.as.at(entry);
  }

  b(entry: number): number {
    return this.bs.at(entry);
  }

  /** Changes an entry. */
  set(entry: number, a: number, b: number): void {
    this.as.set(entry, a);
    this.bs.set(entry, b);
  }

  /** Appends an entry to an owner's list; says which entry it is. */
  add(owner: number, a: number, b: number): number {
    while (this.firsts.length <= owner) {
      this.firsts.push(-1);
      this.lasts.push(-1);
    }
    const entry = this.as.length;
    const last = this.lasts.at(owner);
    if (last < 0) this.firsts.set(owner, entry);
    else this.nexts.set(last, entry);
    this.lasts.set(owner, entry);
    this.as.push(a);
    this.bs.push(b);
    this.nexts.push(-1);
    return entry;
  }
}
