/** Effects of instructions that move bytes: LD, ST, CPY, FILL, SEND, RECV, WLD. */
import { InternalError, UserError } from "../base/index.js";
import type { InstructionOf } from "../isa/index.js";
import type { Context } from "./context.js";
import { packElements } from "./elements.js";

/** LD, ST, CPY: rows from one place to another. */
export function startCopy(
  context: Context,
  instruction: InstructionOf<"LD"> | InstructionOf<"ST"> | InstructionOf<"CPY">,
): void {
  const { rows, rowBytes, source, destination } = instruction;
  const from = context.rows(source.address, rows, rowBytes, source.stride);
  const to = context.rows(destination.address, rows, rowBytes, destination.stride);
  context.write(to, context.read(from));
}

/** FILL: one value over all elements of all rows. */
export function startFill(context: Context, instruction: InstructionOf<"FILL">): void {
  const { rows, rowBytes, destination, value, elementBits } = instruction;
  const elements = Math.floor((rowBytes * 8) / elementBits);
  const row = new Uint8Array(rowBytes);
  packElements(new Int32Array(elements).fill(value), 0, elements, elementBits, row, 0);
  const data = new Uint8Array(rows * rowBytes);
  for (let r = 0; r < rows; r++) data.set(row, r * rowBytes);
  context.write(context.rows(destination.address, rows, rowBytes, destination.stride), data);
}

/** WLD: one read, delivered to the weight buffers of every core named. */
export function startWeightLoad(context: Context, instruction: InstructionOf<"WLD">): void {
  const { source, destination, bytes, cores } = instruction;
  const data = context.read(context.rows(source, 1, bytes, bytes));
  for (const core of cores) context.write(context.rows(destination, 1, bytes, bytes, core), data);
}

/** SEND: bytes that arrive in every destination's channel at completion. */
export function startSend(context: Context, instruction: InstructionOf<"SEND">): void {
  const { cores, channel, rows, rowBytes, source } = instruction;
  const from = context.rows(source.address, rows, rowBytes, source.stride);
  const data = context.read(from);
  const { core, state } = context;
  context.effect.also(() => {
    for (const to of cores) {
      const key = `${core}>${to}#${channel}`;
      const queue = state.messages.get(key);
      if (queue === undefined) state.messages.set(key, [data]);
      else queue.push(data);
    }
  });
}

/** RECV: the oldest arrived message of the channel. */
export function startReceive(context: Context, instruction: InstructionOf<"RECV">): void {
  const { core: from, channel, rows, rowBytes, destination } = instruction;
  const message = context.state.messages.get(`${from}>${context.core}#${channel}`)?.shift();
  if (message === undefined)
    throw new InternalError(`core ${context.core} receives from core ${from} before a message arrived`);
  if (message.length !== rows * rowBytes)
    throw new UserError({
      code: "message-length",
      message: `core ${context.core} receives another length than core ${from} sent on channel ${channel}`,
      seen: `${rows * rowBytes}`,
      accepted: `${message.length}`,
    });
  const to = context.rows(destination.address, rows, rowBytes, destination.stride);
  context.write(to, message);
}
