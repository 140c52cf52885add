/**
 * Parsing a trace of memory requests, chunk by chunk: `0xADDRESS READ|WRITE CYCLE`, one request a line (docs/dram.md).
 * Memory: one line, one batch and at most MOST_PROBLEMS problems.
 */
import { nearestName, UserError } from "../../base/index.js";
import { LineParser, quoted } from "./line-parser.js";

/** Requests one after another, in arrays that are filled again after `take`. */
export interface DramRequestBatch {
  count: number;
  /** Byte addresses. */
  readonly address: Float64Array;
  /** 1 for a write. */
  readonly write: Uint8Array;
  /** Arrival in cycles, never before the request ahead. */
  readonly arrival: Float64Array;
}

/** What addresses may be. */
export interface DramRequestLimits {
  /** Bytes of the device. */
  capacityBytes: number;
  /** Take addresses beyond modulo the device's bytes, as both peers do, instead of refusing them. */
  wrap: boolean;
}

const BATCH = 8192;
/** A longer line is no request. */
const MOST_LINE_BYTES = 4096;
const FORM = "0xADDRESS READ|WRITE CYCLE, e.g. 0x1f40 READ 12";

/** A parser that is fed chunks and hands on batches of requests. */
export class DramRequestParser extends LineParser {
  private readonly batch: DramRequestBatch = {
    count: 0,
    address: new Float64Array(BATCH),
    write: new Uint8Array(BATCH),
    arrival: new Float64Array(BATCH),
  };
  private requests = 0;
  private lastArrival = 0;
  private rest: Buffer | undefined;

  constructor(
    file: string,
    private readonly limits: DramRequestLimits,
    private readonly take: (batch: DramRequestBatch) => void,
  ) {
    super(file);
  }

  /** Takes the next bytes. */
  chunk(bytes: Buffer): void {
    const data = this.rest ? Buffer.concat([this.rest, bytes]) : bytes;
    let start = 0;
    for (;;) {
      const end = data.indexOf(10, start);
      if (end < 0) break;
      this.lineOf(data, start, end);
      start = end + 1;
    }
    this.rest = start < data.length ? Buffer.from(data.subarray(start)) : undefined;
    if (this.rest && this.rest.length > MOST_LINE_BYTES) {
      this.line++;
      this.problem("dram-trace-line", `this line is longer than ${MOST_LINE_BYTES} bytes`, { accepted: FORM });
      throw new UserError(this.problems);
    }
  }

  /** All bytes were given: the last requests are handed on, or every problem is thrown. */
  finish(): void {
    if (this.rest) this.lineOf(this.rest, 0, this.rest.length);
    if (this.requests === 0 && this.problems.length === 0) {
      this.line = 1;
      this.problem("dram-trace-empty", "this file has no requests", { accepted: FORM });
    }
    if (this.problems.length > 0) throw new UserError(this.problems);
    this.handOn();
  }

  private handOn(): void {
    if (this.batch.count > 0) this.take(this.batch);
    this.batch.count = 0;
  }

  private lineOf(data: Buffer, start: number, end: number): void {
    this.line++;
    const stop = end > start && data[end - 1] === 13 ? end - 1 : end;
    if (!this.parse(data, start, stop)) this.explain(data.toString("latin1", start, stop));
  }

  /** Reads a line that is as it should be; false where it is not, and nothing was taken. */
  private parse(data: Buffer, start: number, end: number): boolean {
    let at = start;
    if (data[at] !== 48 || (data[at + 1] | 32) !== 120) return false;
    at += 2;
    const firstDigit = at;
    let address = 0;
    for (; at < end; at++) {
      const digit = hexDigit(data[at]);
      if (digit < 0) break;
      address = address * 16 + digit;
    }
    if (at === firstDigit || at - firstDigit > 13) return false;
    const afterAddress = at;
    at = skipBlanks(data, at, end);
    if (at === afterAddress) return false;
    let write: number;
    if (data[at] === 82 && data[at + 1] === 69 && data[at + 2] === 65 && data[at + 3] === 68) {
      write = 0;
      at += 4;
    } else if (
      data[at] === 87 &&
      data[at + 1] === 82 &&
      data[at + 2] === 73 &&
      data[at + 3] === 84 &&
      data[at + 4] === 69
    ) {
      write = 1;
      at += 5;
    } else return false;
    const afterWord = at;
    at = skipBlanks(data, at, end);
    const firstArrival = at;
    if (at === afterWord) return false;
    let arrival = 0;
    for (; at < end && data[at] >= 48 && data[at] <= 57; at++) arrival = arrival * 10 + data[at] - 48;
    if (at === firstArrival || at - firstArrival > 15 || skipBlanks(data, at, end) !== end) return false;
    if (arrival < this.lastArrival) return false;
    if (address >= this.limits.capacityBytes) {
      if (!this.limits.wrap) return false;
      address %= this.limits.capacityBytes;
    }
    this.lastArrival = arrival;
    this.requests++;
    if (this.problems.length > 0) return true;
    const { batch } = this;
    batch.address[batch.count] = address;
    batch.write[batch.count] = write;
    batch.arrival[batch.count] = arrival;
    if (++batch.count === BATCH) this.handOn();
    return true;
  }

  /** Says what is wrong with a line. */
  private explain(text: string): void {
    const [address, word, arrival, ...more] = text.trim().split(/[ \t]+/);
    if (address === "" || arrival === undefined || more.length > 0)
      this.problem("dram-trace-line", "a request has three fields: address, READ or WRITE, and arrival", {
        seen: quoted(text),
        accepted: FORM,
      });
    else if (!/^0[xX][0-9a-fA-F]{1,13}$/.test(address!))
      this.problem("dram-trace-address", "this is no address", {
        field: "address",
        seen: quoted(address!),
        accepted: "0x and up to 13 hexadecimal digits",
      });
    else if (word !== "READ" && word !== "WRITE") {
      const nearest = nearestName(word!, ["READ", "WRITE"]);
      this.problem("dram-trace-word", "a request reads or writes", {
        field: "kind",
        seen: quoted(word!),
        accepted: "READ or WRITE",
        ...(nearest === undefined ? {} : { nearest }),
      });
    } else if (!/^\d{1,15}$/.test(arrival))
      this.problem("dram-trace-arrival", "this is no arrival", {
        field: "arrival",
        seen: quoted(arrival),
        accepted: "a whole number of cycles, from 0, of at most 15 digits",
      });
    else if (Number(arrival) < this.lastArrival)
      this.problem("dram-trace-order", "arrivals go backwards", {
        field: "arrival",
        seen: `${Number(arrival)} after ${this.lastArrival}`,
        accepted: "requests in the order of their arrival",
      });
    else if (Number.parseInt(address!, 16) >= this.limits.capacityBytes)
      this.problem("dram-trace-beyond", "this address is beyond the device", {
        field: "address",
        seen: address!,
        accepted: `below 0x${this.limits.capacityBytes.toString(16)}, or --wrap to drop the bits above as the peers do`,
      });
    else
      this.problem("dram-trace-line", "this is no request: a blank in front, or a field misplaced", {
        seen: quoted(text),
        accepted: FORM,
      });
  }
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function skipBlanks(data: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && (data[at] === 32 || data[at] === 9)) at++;
  return at;
}
