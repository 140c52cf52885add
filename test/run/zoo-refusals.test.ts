/** Graphs with operators that move data: read where the network has a form for them, refused with operator and node elsewhere. */
import { describe, expect, it } from "vitest";
import { readOnnx } from "../../src/workload/index.js";
import { extraNetworks } from "./zoo-networks.js";

/** What is said; networks that are not named here are read. */
const said: Record<string, RegExp> = {
  "resize nearest": /^node "resize_\d+_node" \(Resize\): operator Resize is not supported/,
  upsample: /^node "upsample_\d+_node" \(Upsample\): operator Upsample is not supported/,
  "transposed convolution": /\(ConvTranspose\): operator ConvTranspose is not supported/,
  shuffle: /\(Reshape\): it turns \[1, 8, 8, 8\].* into \[1, 2, 4, 8, 8\], which moves data or splits an axis/,
  split: /\(Split\): operator Split is not supported/,
  slice: /\(Slice\): it cuts an activation; accepted: a list of extents/,
  "space to depth": /\(SpaceToDepth\): operator SpaceToDepth is not supported/,
  difference: /\(Sub\): Sub of two activations; accepted: Add, Mul/,
  "largest of two": /\(Max\): operator Max is not supported/,
  "sum of three": /\(Sum\): it adds 3 inputs; accepted: 1 or 2/,
  "pool with gaps": /^node "maxpool_\d+_node" \(MaxPool\): dilations are \[2, 2\]; accepted: a pool without gaps/,
  "pad, reflected": /\(Pad\): mode is reflect; accepted: constant/,
  "padded sum": /\(Add\): a Pad can be taken over only by a convolution or a pool/,
  "constant map": /\(Add\): its constant is 1x8x8x8 .*accepted: one number, or 8 along the channels/,
  "instance norm": /\(InstanceNormalization\): operator InstanceNormalization is not supported/,
  attention: /\(MatMul\): MatMul of two activations has no weights/,
  "largest over both": /\(ReduceMax\): operator ReduceMax is not supported/,
  "gelu by hand": /\(Erf\): operator Erf is not supported/,
};

describe("operators that move data", () => {
  it.each(extraNetworks().map(({ name, bytes }) => ({ name, bytes })))("$name", ({ name, bytes }) => {
    const message = said[name];
    if (message === undefined) expect(readOnnx(bytes).layers.length).toBeGreaterThan(0);
    else expect(() => readOnnx(bytes)).toThrow(message);
  });
});
