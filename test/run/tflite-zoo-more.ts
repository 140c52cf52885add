/** tflite files of further networks, in small: what the converter makes of MobileNet v2 and v3 and of residual networks with PADs. */
import { Builder, type TfliteModel } from "./tflite-zoo.js";

type Kind = "int8" | "uint8";

const six = 0.02353;

/** Inverted residual blocks; sums without activation, a mean and a product at the end. */
function mobileNet2(kind: Kind): Uint8Array {
  const b = new Builder(`mobilenet v2 ${kind}`, kind);
  let x = b.input(b.value([1, 16, 16, 3], 1 / 128, 0));
  // Keras pads by itself in front of a stride of two.
  x = b.op("PAD", [x, b.list([0, 0, 0, 1, 0, 1, 0, 0])], b.value([1, 17, 17, 3], 1 / 128, 0));
  x = b.conv(x, [8, 3, 3, 3], b.value([1, 8, 8, 8], six, -128), 2, 1, 3);
  const block = (from: number, [inside, out]: [number, number], size: number, stride: number) => {
    let y = b.conv(from, [inside, 1, 1, 8], b.value([1, size, size, inside], six, -128), 1, 0, 3);
    const next = size / stride;
    y = b.depthwise(y, [1, 3, 3, inside], b.value([1, next, next, inside], six, -128), stride, 1, 3);
    return b.conv(y, [out, 1, 1, inside], b.value([1, next, next, out], 0.06, 4), 1, 0);
  };
  x = block(x, [16, 8], 8, 2);
  x = b.op("ADD", [x, block(x, [24, 8], 4, 1)], b.value([1, 4, 4, 8], 0.08, -3), [{ byte: 0 }]);
  x = b.conv(x, [32, 1, 1, 8], b.value([1, 4, 4, 32], six, -128), 1, 0, 3);
  // One scale on both sides, as Keras's global pool leaves it.
  x = b.op("MEAN", [x, b.list([1, 2])], b.value([1, 32], six, -128), [{ byte: 0 }]);
  x = b.full(x, [10, 32], b.value([1, 10], 0.07, -11), 0, true, kind === "int8");
  return b.bytes(b.op("SOFTMAX", [x], b.value([1, 10], 1 / 256, -128)));
}

/** Squeeze and excitation with a kept mean, hard swish and hard sigmoid as the converter writes them. */
function mobileNet3(): Uint8Array {
  const b = new Builder("mobilenet v3", "int8");
  let x = b.input(b.value([1, 12, 12, 3], 1 / 128, 0));
  x = b.conv(x, [8, 3, 3, 3], b.value([1, 6, 6, 8], 0.05, -4), 2, 0);
  x = b.op("HARD_SWISH", [x], b.value([1, 6, 6, 8], 0.03, -116));
  const start = x;
  x = b.depthwise(x, [1, 5, 5, 8], b.value([1, 6, 6, 8], 0.03, -128), 1, 1, 1);
  let gate = b.op("MEAN", [x, b.list([1, 2])], b.value([1, 1, 1, 8], 0.02, -128), [{ byte: 1 }]);
  gate = b.conv(gate, [4, 1, 1, 8], b.value([1, 1, 1, 4], 0.02, -128), 1, 0, 1);
  gate = b.conv(gate, [8, 1, 1, 4], b.value([1, 1, 1, 8], 0.03, 5), 1, 0);
  const three = b.op("ADD", [gate, b.channels(1, 0.03)], b.value([1, 1, 1, 8], six, -128), [{ byte: 3 }]);
  gate = b.op("MUL", [three, b.channels(1, 0.002)], b.value([1, 1, 1, 8], 0.004, -128), [{ byte: 0 }]);
  x = b.op("MUL", [x, gate], b.value([1, 6, 6, 8], 0.02, -128), [{ byte: 0 }]);
  x = b.conv(x, [8, 1, 1, 8], b.value([1, 6, 6, 8], 0.04, 3), 1, 0);
  x = b.op("ADD", [x, start], b.value([1, 6, 6, 8], 0.05, -20), [{ byte: 0 }]);
  x = b.pool("AVERAGE_POOL_2D", x, b.value([1, 1, 1, 8], 0.05, -20), [6, 6], 6);
  x = b.conv(x, [5, 1, 1, 8], b.value([1, 1, 1, 5], 0.06, 0), 1, 0);
  return b.bytes(b.op("RESHAPE", [x, b.list([1, 5])], b.value([1, 5], 0.06, 0)));
}

/** A residual network: PADs before the strides, a projected shortcut, overlapping windows, a class at the end. */
function residual(): Uint8Array {
  const b = new Builder("residual", "int8");
  let x = b.input(b.value([1, 18, 18, 3], 1 / 64, -10));
  x = b.op("PAD", [x, b.list([0, 0, 3, 3, 3, 3, 0, 0])], b.value([1, 24, 24, 3], 1 / 64, -10));
  x = b.conv(x, [8, 7, 7, 3], b.value([1, 9, 9, 8], 0.06, -128), 2, 1, 1);
  x = b.op("PAD", [x, b.list([0, 0, 1, 1, 1, 1, 0, 0])], b.value([1, 11, 11, 8], 0.06, -128));
  x = b.pool("MAX_POOL_2D", x, b.value([1, 5, 5, 8], 0.06, -128), [3, 3], 2);
  let y = b.conv(x, [16, 3, 3, 8], b.value([1, 3, 3, 16], 0.06, -128), 2, 0, 1);
  y = b.conv(y, [16, 3, 3, 16], b.value([1, 3, 3, 16], 0.09, 7), 1, 0);
  const side = b.conv(x, [16, 1, 1, 8], b.value([1, 3, 3, 16], 0.07, -1), 2, 0);
  x = b.op("ADD", [y, side], b.value([1, 3, 3, 16], 0.08, -128), [{ byte: 1 }]);
  x = b.op("MEAN", [x, b.list([1, 2])], b.value([1, 16], 0.05, -128), [{ byte: 0 }]);
  return b.bytes(b.full(x, [4, 16], b.value([1, 4], 0.1, 1), 0, true, true));
}

/** Every model. */
export function moreTfliteModels(): TfliteModel[] {
  return [
    { name: "mobilenet v2 int8", bytes: mobileNet2("int8") },
    { name: "mobilenet v2 uint8", bytes: mobileNet2("uint8") },
    { name: "mobilenet v3", bytes: mobileNet3() },
    { name: "residual", bytes: residual() },
  ];
}
