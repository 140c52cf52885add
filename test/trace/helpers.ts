/** Outputs in memory, folders of a test, random records. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fc from "fast-check";
import { UserError } from "../../src/base/index.js";
import {
  type ByteOutput,
  CAUSE_KINDS,
  HOLD_KINDS,
  type HoldRecord,
  type InstructionRecord,
} from "../../src/trace/index.js";

/** Keeps what is written. */
export class MemoryOutput implements ByteOutput {
  parts: Buffer[] = [];
  state = "open";
  write(bytes: Uint8Array): void {
    this.parts.push(Buffer.from(bytes));
  }
  finish(): void {
    this.state = "finished";
  }
  abort(): void {
    this.state = "aborted";
    this.parts = [];
  }
  get text(): string {
    return Buffer.concat(this.parts).toString("utf8");
  }
}

/** A fresh folder under the system's temporary one. */
export function freshFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "wordline-trace-"));
}

/** The UserError an action raises. */
export async function userErrorOf(action: () => unknown): Promise<UserError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("no error was raised");
}

const int = (most = 0x7fffffff) => fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: most }));
const maybeInt = () => fc.oneof(fc.constant(-1), int());
const tick = () =>
  fc.oneof(
    fc.integer({ min: 0, max: 200 }),
    fc.maxSafeNat(),
    fc.constantFrom(2 ** 31 - 1, 2 ** 31, 1e9, 1e10 + 7, 2 ** 53 - 1),
  );
const cause = {
  releaseTick: fc.oneof(fc.constant(-1), tick()),
  causeStream: maybeInt(),
  causeN: maybeInt(),
  causeStage: maybeInt(),
  causePacket: maybeInt(),
};

/** Instructions with any values the format allows. */
export const anyInstruction: fc.Arbitrary<InstructionRecord> = fc.record({
  stream: fc.integer({ min: 0, max: 5 }),
  n: int(),
  pc: int(),
  fetchTick: tick(),
  startTick: tick(),
  endTick: tick(),
  causeKind: fc.integer({ min: -1, max: CAUSE_KINDS.length - 1 }),
  ...cause,
});

/** Holds with any values the format allows. */
export const anyHold: fc.Arbitrary<HoldRecord> = fc.record({
  stream: fc.integer({ min: 0, max: 5 }),
  n: int(),
  stage: maybeInt(),
  packet: maybeInt(),
  kind: fc.integer({ min: 0, max: HOLD_KINDS.length - 1 }),
  resource: fc.integer({ min: -1, max: 3 }),
  bytes: tick(),
  readyTick: tick(),
  startTick: tick(),
  endTick: tick(),
  ...cause,
});
