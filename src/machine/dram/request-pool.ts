/** Requests a controller has been given and has not answered yet, by the id it was given them under. */
import { widened } from "./columns.js";

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
    this.next = widened(this.next, size);
    this.slot = widened(this.slot, size);
    this.posted = widened(this.posted, size);
    this.address = widened(this.address, size);
    this.write = widened(this.write, size);
    this.queued = widened(this.queued, size);
    this.accepted = widened(this.accepted, size);
  }
}
