/** Legality of addresses: right memory, and inside it over all trips of the loops around. */

import { fieldsOf } from "../fields.js";
import type { Address, Block, Instruction } from "../instruction.js";
import type { Context, Rule, Site } from "./context.js";
import { fieldValue } from "./context.js";
import { SPACE_NAMES, sizeOf } from "./limits.js";

/** What an operand touches around its address: [low, high), in runs of `run` bytes (or entries) that do not wrap inside. */
interface Footprint {
  low: number;
  high: number;
  run: number;
}

const contiguous = (size: number): Footprint => ({ low: 0, high: size, run: size });

/** Nested repetitions of `run` bytes: each dimension is (count, stride). */
function repeated(run: number, ...dimensions: [count: number, stride: number][]): Footprint {
  let low = 0;
  let high = run;
  for (const [count, stride] of dimensions) {
    const reach = Math.max(0, count - 1) * stride;
    low += Math.min(0, reach);
    high += Math.max(0, reach);
  }
  return { low, high, run };
}

/** What each address operand of an instruction touches; undefined where it touches nothing. */
function footprintOf(context: Context, instruction: Instruction, field: string, stride: number): Footprint | undefined {
  const { limits, program } = context;
  const bytes = (elements: number, bits: number): number => Math.ceil((elements * bits) / 8);
  switch (instruction.op) {
    case "WLD":
      return contiguous(instruction.bytes);
    case "WWR":
      return contiguous(instruction.rows * bytes(instruction.columns, limits.cellBits));
    case "MVM": {
      if (field === "accumulator") {
        const outputs = instruction.groups.reduce((sum, group) => sum + (program.groups[group]?.outputs ?? 0), 0);
        return contiguous(instruction.vectors * outputs);
      }
      const { segments, segmentStride, parts, partBytes, partStride } = instruction.source;
      if (segments < 1) return undefined;
      return repeated(
        partBytes,
        [parts, partStride],
        [segments, segmentStride],
        [instruction.vectors, instruction.vectorStride],
      );
    }
    case "ACC.ADD":
      return contiguous(bytes(instruction.elements, limits.accumulatorBits));
    case "ACC.OUT": {
      if (field === "accumulator") return contiguous(instruction.elements);
      const bits = instruction.params === "raw" ? limits.accumulatorBits : instruction.elementBits;
      return contiguous(bytes(instruction.elements, bits));
    }
    case "RECOVER":
      return contiguous(instruction.elements);
    case "VEC":
      return repeated(bytes(instruction.rowElements, instruction.elementBits), [instruction.rows, stride]);
    case "POOL": {
      const pixel = bytes(instruction.channels, instruction.elementBits);
      const { kernelRows, kernelColumns, outputs, strideX, padLeft, width, rowStride, pixelStride } = instruction;
      if (field === "destination") return repeated(pixel, [outputs, stride]);
      const columns = Math.min(width, (outputs - 1) * strideX - padLeft + kernelColumns);
      return columns < 1 ? undefined : repeated(pixel, [columns, pixelStride], [kernelRows, rowStride]);
    }
    case "CPY":
    case "FILL":
    case "LD":
    case "ST":
    case "SEND":
    case "RECV":
      return repeated(instruction.rowBytes, [instruction.rows, stride]);
    default:
      return undefined;
  }
}

/** Checks every address operand. */
export function addressRule(context: Context): Rule {
  const { limits } = context;

  const checkRing = (site: Site, field: string, address: Address, size: number, touched: Footprint): void => {
    const { base, bytes } = address.ring!;
    if (bytes < 1 || base < 0 || base + bytes > size)
      context.at(site, "ring-outside-memory", `the ring of ${field} is not inside the ${SPACE_NAMES[address.space]}`, {
        seen: `[${base}, ${base + bytes})`,
        accepted: `[0, ${size})`,
        field,
      });
    else if (touched.run > bytes)
      context.at(site, "ring-too-small", `a row of ${field} is longer than its ring`, {
        seen: `${touched.run} bytes`,
        accepted: `at most ${bytes}`,
        field,
      });
  };

  const checkRange = (site: Site, field: string, address: Address, size: number, touched: Footprint): void => {
    let low = address.base + touched.low;
    let high = address.base + touched.high;
    address.steps?.forEach((step, level) => {
      const reach = step * ((site.trips[level] ?? 1) - 1);
      low += Math.min(0, reach);
      high += Math.max(0, reach);
    });
    if (low < 0 || high > size)
      context.at(site, "outside-memory", `${field} leaves the ${SPACE_NAMES[address.space]}`, {
        seen: `[${low}, ${high}) over all loop trips`,
        accepted: `[0, ${size})`,
        field,
      });
  };

  return {
    visit(site) {
      for (const field of fieldsOf(site.instruction.op)) {
        const value = fieldValue(site, field);
        if (value === undefined) continue;
        if (field.kind !== "address" && field.kind !== "block" && field.kind !== "vector") continue;
        const address = field.kind === "address" ? (value as Address) : (value as Block).address;
        const accepted = "role" in field && field.role ? [limits[field.role]] : field.spaces;
        if (!accepted.includes(address.space)) {
          context.at(site, "wrong-space", `${field.name} cannot lie in the ${SPACE_NAMES[address.space]}`, {
            seen: address.space,
            accepted: accepted.join(", "),
            field: field.name,
          });
          continue;
        }
        const size = sizeOf(address.space, limits);
        if (size === 0) {
          context.at(site, "no-such-memory", `the chip has no ${SPACE_NAMES[address.space]}`, {
            seen: address.space,
            field: field.name,
          });
          continue;
        }
        const depth = site.trips.length;
        if ((address.steps?.length ?? 0) > depth)
          context.at(site, "step-without-loop", `${field.name} has a step for a loop that is not there`, {
            seen: `level ${address.steps!.length - 1}`,
            accepted: depth > 0 ? `levels 0 to ${depth - 1}` : "no steps outside loops",
            field: field.name,
          });
        const stride = field.kind === "block" ? (value as Block).stride : 0;
        const touched = footprintOf(context, site.instruction, field.name, stride);
        if (!touched) continue;
        if (address.ring) checkRing(site, field.name, address, size, touched);
        else checkRange(site, field.name, address, size, touched);
      }
    },
  };
}
