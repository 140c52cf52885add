/** Addresses of packets: only computed where a channel or bank depends on them. */

import type { Address } from "../isa/index.js";
import { MAX_LOOP_DEPTH } from "../isa/index.js";
import { LANE_DONE } from "./columns.js";
import type { Operand } from "./decode.js";
import { FIELD } from "./plan/table.js";
import type { MachineState } from "./state.js";

/** Base plus steps times trips; wrapping is left to `wrapped`. */
export function effectiveAddress(state: MachineState, stream: number, address: Address): number {
  let value = address.base;
  const steps = address.steps;
  if (steps) {
    for (let level = 0; level < steps.length; level++)
      value += steps[level]! * state.streamTrips[stream * MAX_LOOP_DEPTH + level]!;
  }
  return value;
}

/** Wraps an address into its ring. */
export function wrapped(address: Address, value: number): number {
  const { ring } = address;
  if (!ring) return value;
  const offset = (value - ring.base) % ring.bytes;
  return ring.base + (offset < 0 ? offset + ring.bytes : offset);
}

/** The address of the first byte of a lane's next packet, on the far (DRAM, global buffer) or near (local) side. */
export function packetAddress(state: MachineState, lane: number, row: number, far: boolean): number {
  return packetAddressOf(state, lane, row, far, state.lane[(lane << 2) + LANE_DONE]!);
}

/** The address of the first byte of one of a lane's packets. */
export function packetAddressOf(state: MachineState, lane: number, row: number, far: boolean, unit: number): number {
  const context = lane >> state.stageShift;
  const operand = operandOf(state, context, far);
  if (operand === undefined) return 0;
  const period = state.rows[row + FIELD.period]!;
  const full = state.rows[row + FIELD.fullBytes]!;
  const rest = state.rows[row + FIELD.restBytes]!;
  const run = Math.floor(unit / period);
  const bytes = run * (full * (period - 1) + rest) + (unit - run * period) * full;
  const base = far ? state.contextFar[context]! : state.contextNear[context]!;
  const line = Math.floor(bytes / operand.rowBytes);
  return wrapped(operand.address, base + line * operand.stride + (bytes - line * operand.rowBytes));
}

/** The ring that a lane's far addresses wrap round in, if any. */
export function ringOf(state: MachineState, lane: number): { base: number; bytes: number } | undefined {
  return operandOf(state, lane >> state.stageShift, true)?.address.ring;
}

function operandOf(state: MachineState, context: number, far: boolean): Operand | undefined {
  const position = state.contextPosition[context]!;
  const index = far ? state.decoded.farOperand[position]! : state.decoded.nearOperand[position]!;
  return index < 0 ? undefined : state.decoded.operands[index]!;
}
