/** Requests a controller has been given and has not answered yet, by the id it was given them under. */

const NONE = -1;

/** Rows of requests under way; ids are used again. */
export class RequestPool {
  private next = new Int32Array(256);
  private firstFree = NONE;
  private used = 0;
  /** Slot of the packet it belongs to, and whether that was told already when the request was accepted. */
  slot = new Int32Array(256);
  posted = new Uint8Array(256);
  address = new Float64Array(256);
  write = new Uint8Array(256);
  /** First cycle it could be offered in, and that in which it was taken. */
  queued = new Float64Array(256);
  accepted = new Float64Array(256);

  /** A row for a request. */
  take(slot: number, posted: boolean, address: number, write: boolean, queued: number, accepted: number): number {
    let id = this.firstFree;
    if (id !== NONE) this.firstFree = this.next[id]!;
    else {
      if (this.used === this.slot.length) this.grow();
      id = this.used++;
    }
    this.slot[id] = slot;
    this.posted[id] = posted ? 1 : 0;
    this.address[id] = address;
    this.write[id] = write ? 1 : 0;
    this.queued[id] = queued;
    this.accepted[id] = accepted;
    return id;
  }

  /** Gives a row back. */
  free(id: number): void {
    this.next[id] = this.firstFree;
    this.firstFree = id;
  }

  private grow(): void {
    const size = this.slot.length * 2;
    const wider = <T extends Int32Array | Float64Array | Uint8Array>(old: T, fresh: T): T => {
      fresh.set(old as never);
      return fresh;
    };
    this.next = wider(this.next, new Int32Array(size));
    this.slot = wider(this.slot, new Int32Array(size));
    this.posted = wider(this.posted, new Uint8Array(size));
    this.address = wider(this.address, new Float64Array(size));
    this.write = wider(this.write, new Uint8Array(size));
    this.queued = wider(this.queued, new Float64Array(size));
    this.accepted = wider(this.accepted, new Float64Array(size));
  }
}
