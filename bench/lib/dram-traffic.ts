/** Endless request traffic for the DRAM bench: the six kinds of the reference traces, of any length. */
import { randomStream } from "../../src/base/index.js";
import type { DramRequestBatch } from "../../src/trace/dram/index.js";

/** The kinds of traffic, and what each is. */
export const DRAM_TRAFFIC = {
  sequential: "one stream of reads, back to back",
  random: "reads anywhere in 512 MiB, back to back",
  alternating: "read, write, read, write, of two streams that jump now and then",
  mixed: "16 weight reads, 8 activation reads, 4 output writes in turn, one every 5 cycles",
  sparse: "single requests anywhere, a fifth of them writes, 5 to 120 cycles apart",
  bursts: "8 to 256 in a row, three in ten bursts writing, then a pause of up to 6000 cycles",
} as const;

/** One of the kinds. */
export type DramTraffic = keyof typeof DRAM_TRAFFIC;

const BYTES = 64;
const RANGE = 2 ** 29;

/** A source that fills batches with the next requests of a kind. */
export function dramTraffic(kind: DramTraffic): (batch: DramRequestBatch, count: number) => void {
  const random = randomStream(1, `dram/${kind}`);
  const below = (limit: number) => Math.floor(random() * limit);
  const anywhere = () => below(RANGE / BYTES) * BYTES;
  let index = 0;
  let arrival = 0;
  let [left, writes, head] = [0, 0, 0];
  const streams = [0, RANGE / 4, RANGE / 2];
  const next = (batch: DramRequestBatch, at: number): void => {
    let address = 0;
    let write = 0;
    if (kind === "sequential") address = (index * BYTES) % RANGE;
    else if (kind === "random") address = anywhere();
    else if (kind === "alternating") {
      write = index & 1;
      streams[write] = random() < 0.1 ? anywhere() : (streams[write] + BYTES) % RANGE;
      address = streams[write];
    } else if (kind === "mixed") {
      const turn = index % 28;
      const stream = turn < 16 ? 0 : turn < 24 ? 1 : 2;
      write = stream === 2 ? 1 : 0;
      address = streams[stream];
      streams[stream] += BYTES;
      arrival += 5;
    } else if (kind === "sparse") {
      address = anywhere();
      write = random() < 0.2 ? 1 : 0;
      arrival += 5 + below(116);
    } else {
      if (left === 0) {
        left = 8 + below(249);
        writes = random() < 0.3 ? 1 : 0;
        head = anywhere();
        arrival += below(6001);
      }
      left--;
      write = writes;
      address = head;
      head = (head + BYTES) % RANGE;
    }
    batch.address[at] = address;
    batch.write[at] = write;
    batch.arrival[at] = arrival;
    index++;
  };
  return (batch, count) => {
    batch.count = count;
    for (let at = 0; at < count; at++) next(batch, at);
  };
}

/** An empty batch. */
export function emptyBatch(capacity: number): DramRequestBatch {
  return {
    count: 0,
    address: new Float64Array(capacity),
    write: new Uint8Array(capacity),
    arrival: new Float64Array(capacity),
  };
}
