/** What all parts of an estimate look at. */
import type { Chip } from "../../hardware/index.js";
import type { Mapping } from "../../mapping/index.js";
import type { Network } from "../../workload/index.js";
import type { IdealSet } from "./rates.js";

/** The surroundings of an estimate. */
export interface EstimateContext {
  mapping: Mapping;
  network: Network;
  chip: Chip;
  ideal: IdealSet;
}

/** Bits of an element of a tensor: its own, else those of the mapping. */
export function bitsOf({ mapping, network }: EstimateContext, tensor: number): number {
  return network.tensors[tensor]!.bits ?? mapping.precision.activationBits;
}

/** Bytes of one pixel of so many channels of a tensor: elements are packed, every pixel begins on a byte. */
export function pixelBytes(context: EstimateContext, tensor: number, channels: number): number {
  return Math.ceil((channels * bitsOf(context, tensor)) / 8);
}
