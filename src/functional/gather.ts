/** The input vector of an MVM, gathered from memory as its `VectorSource` says. */
import { UserError } from "../base/index.js";
import type { ArrayGroup, VectorSource } from "../isa/index.js";
import type { Context } from "./context.js";
import { packedBytes, unpackElements } from "./elements.js";
import { spaceNumber } from "./state.js";
import { effectiveAddress, inRing } from "./walk.js";

/** A vector source with its address stepped and its parts merged where they lie side by side without padding. */
export interface Source extends VectorSource {
  base: number;
  group: ArrayGroup;
  /** Elements of one part, and elements before and behind the segments that exist. */
  elements: number;
  head: number;
  tail: number;
}

/** Resolves a vector source for the group that takes its elements. */
export function resolveSource(context: Context, source: VectorSource, group: ArrayGroup): Source {
  const { segments, headRows, tailRows, parts, partBytes } = source;
  const elements = group.inputs / ((headRows + segments + tailRows) * parts);
  const fits = Number.isInteger(elements) && packedBytes(elements, group.inputBits) <= partBytes;
  if (!fits)
    throw new UserError({
      code: "vector-size",
      message: `the vector of group ${group.name} does not fit its source`,
      seen: `${headRows}+${segments}+${tailRows} segments of ${parts} parts of ${partBytes} bytes for ${group.inputs} elements of ${group.inputBits} bits`,
      accepted: "the same number of elements in every part, no more than its bytes hold",
    });
  const base = effectiveAddress(source.address, context.walk);
  const merged = {
    ...source,
    base,
    group,
    elements,
    head: headRows * parts * elements,
    tail: tailRows * parts * elements,
  };
  if (elements * group.inputBits === partBytes * 8 && source.partStride === partBytes) {
    merged.elements *= parts;
    merged.partBytes *= parts;
    merged.parts = 1;
  }
  return merged;
}

const scratch = { bytes: new Uint8Array(0) };

/** Gathers one vector, `shift` bytes further on than the first. */
export function gather(context: Context, source: Source, shift: number, vector: Int32Array): void {
  const { address, group, elements, partBytes } = source;
  const memory = context.state.memory(address.space, context.core);
  const space = spaceNumber(address.space, context.core);
  if (scratch.bytes.length < partBytes) scratch.bytes = new Uint8Array(partBytes);
  const { bytes } = scratch;
  vector.fill(source.padValue, 0, source.head);
  let at = source.head;
  const { ring } = address;
  for (let s = 0; s < source.segments; s++)
    for (let p = 0; p < source.parts; p++) {
      let from = inRing(source.base + shift + s * source.segmentStride + p * source.partStride, ring);
      for (let done = 0; done < partBytes; ) {
        const count = ring === undefined ? partBytes : Math.min(partBytes - done, ring.base + ring.bytes - from);
        context.observer?.read(space, from, count);
        memory.read(from, bytes, done, count);
        done += count;
        from = inRing(from + count, ring);
      }
      unpackElements(bytes, 0, elements, group.inputBits, group.inputSigned, vector, at);
      at += elements;
    }
  vector.fill(source.padValue, at, at + source.tail);
}
