/** Graphs with operators that move data: read where the network has a form for them, refused with operator and node elsewhere. */
import { describe, expect, it } from "vitest";
import { readOnnx } from "../../src/workload/index.js";
import { extraNetworks } from "./zoo-networks.js";

/** What is said; networks that are not named here are read. */
const said: Record<string, RegExp> = {
  "resize nearest": /^node "resize_\d+_node" \(Resize\): operator Resize is not supported/,
  upsample: /^node "upsample_\d+_node" \(Upsample\): operator Upsample is not supported/,
  "transposed convolution": /\(ConvTranspose\): operator ConvTranspose is not supported/,
  shuffle:
    /\(Conv\): Reshape "reshape_\d+_node" turns \[1, 8, 8, 8\].* into \[1, 2, 4, 8, 8\], which moves data or splits an axis: it is accepted only at the end/,
  split: /\(Split\): operator Split is not supported/,
  slice: /\(Slice\): it cuts an activation; accepted: a list of extents/,
  "space to depth": /\(Conv\): SpaceToDepth is accepted only at the end of a network/,
  difference: /\(Sub\): Sub of two activations; accepted: Add, Mul/,
  "largest of two": /\(Max\): it compares two activations; accepted: an activation and a number/,
  "pool with gaps": /^node "maxpool_\d+_node" \(MaxPool\): dilations are \[2, 2\]; accepted: a pool without gaps/,
  "pad, reflected": /\(Pad\): mode is reflect; accepted: constant/,
  "padded sum": /\(Add\): a Pad can be taken over only by a convolution or a pool/,
  "constant map": /\(Add\): its constant is 1x8x8x8 .*accepted: one number, or 8 along the channels/,
  "instance norm": /\(InstanceNormalization\): operator InstanceNormalization is not supported/,
  attention: /\(MatMul\): MatMul of two activations has no weights/,
  "gelu by hand": /\(Erf\): operator Erf is not supported/,
};

describe("operators that move data", () => {
  it.each(extraNetworks().map(({ name, bytes }) => ({ name, bytes })))("$name", ({ name, bytes }) => {
    const message = said[name];
    if (message === undefined) expect(readOnnx(bytes).layers.length).toBeGreaterThan(0);
    else expect(() => readOnnx(bytes)).toThrow(message);
  });
});
