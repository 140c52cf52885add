/** tflite files with the habits of converters and older tools around the same layers: types at the ends, one-dimensional layers, constants, views. */
import { Builder, type TfliteModel } from "./tflite-zoo.js";

const six = 0.02353;

/** Bytes at both ends, as `inference_input_type` and `inference_output_type` leave them around a network of signed integers. */
function bytesAtTheEnds(): Uint8Array {
  const b = new Builder("bytes at the ends", "int8");
  let x = b.input(b.value([1, 12, 12, 3], 1 / 255, -128, "uint8"));
  x = b.op("QUANTIZE", [x], b.value([1, 12, 12, 3], 1 / 255, -128));
  x = b.conv(x, [8, 3, 3, 3], b.value([1, 6, 6, 8], six, -128), 2, 0, 3);
  x = b.pool("AVERAGE_POOL_2D", x, b.value([1, 1, 1, 8], six, -128), [6, 6], 6);
  x = b.op("RESHAPE", [x, b.list([-1, 8])], b.value([1, 8], six, -128));
  x = b.full(x, [4, 8], b.value([1, 4], 0.05, 3));
  x = b.op("SOFTMAX", [x], b.value([1, 4], 1 / 256, -128));
  return b.bytes(b.op("QUANTIZE", [x], b.value([1, 4], 1 / 256, -128, "uint8")));
}

/** The same without a curve at the end: the last change of type is a layer. */
function bytesOut(): Uint8Array {
  const b = new Builder("bytes out", "int8");
  let x = b.input(b.value([1, 20], 0.03, 4, "uint8"));
  x = b.op("QUANTIZE", [x], b.value([1, 20], 0.03, 4));
  x = b.full(x, [12, 20], b.value([1, 12], 0.05, -128), 1);
  x = b.full(x, [6, 12], b.value([1, 6], 0.05, 9));
  return b.bytes(b.op("QUANTIZE", [x], b.value([1, 6], 0.05, 9, "uint8")));
}

/** Convolutions over time as Keras writes them: an extent inserted before each, taken out behind it. */
function overTime(): Uint8Array {
  const b = new Builder("over time", "int8");
  const steps = (count: number, channels: number, scale: number, zero: number) =>
    b.value([1, count, channels], scale, zero);
  const conv = (
    from: number,
    [kernel, inside, out]: [number, number, number],
    count: number,
    next: number,
    scale: number,
    zero: number,
    stride: number,
    act: number,
  ) => {
    const flat = b.op(
      "EXPAND_DIMS",
      [from, b.list([1])],
      b.value([1, 1, count, inside], scaleOf[from]!, zeroOf[from]!),
    );
    const y = b.conv(flat, [out, 1, kernel, inside], b.value([1, 1, next, out], scale, zero), stride, 0, act);
    const z = b.op("RESHAPE", [y, b.list([-1, next, out])], steps(next, out, scale, zero));
    scaleOf[z] = scale;
    zeroOf[z] = zero;
    return z;
  };
  const scaleOf: Record<number, number> = {};
  const zeroOf: Record<number, number> = {};
  const start = b.input(steps(32, 6, 0.05, -7));
  scaleOf[start] = 0.05;
  zeroOf[start] = -7;
  let x = conv(start, [5, 6, 8], 32, 16, 0.06, -128, 2, 1);
  const y = conv(x, [3, 8, 8], 16, 16, 0.07, 5, 1, 0);
  x = b.op("ADD", [x, y], steps(16, 8, 0.08, -128), [{ byte: 1 }]);
  // Pools over time insert the other extent.
  let p = b.op("EXPAND_DIMS", [x, b.list([2])], b.value([1, 16, 1, 8], 0.08, -128));
  p = b.op("MAX_POOL_2D", [p], b.value([1, 8, 1, 8], 0.08, -128), [{ byte: 1 }, 1, 2, 1, 2, { byte: 0 }]);
  x = b.op("SQUEEZE", [p], steps(8, 8, 0.08, -128));
  scaleOf[x] = 0.08;
  zeroOf[x] = -128;
  x = conv(x, [3, 8, 12], 8, 8, 0.05, -128, 1, 1);
  x = b.op("MEAN", [x, b.list([1])], b.value([1, 12], 0.04, -128), [{ byte: 0 }]);
  return b.bytes(b.full(x, [5, 12], b.value([1, 5], 0.1, 2)));
}

/** A streaming recogniser: windows as high as wide is one, separable, flattened at the end. */
function streaming(): Uint8Array {
  const b = new Builder("streaming", "int8");
  let x = b.input(b.value([1, 30, 1, 10], 0.004, -128));
  const pair = (from: number, height: number, kernel: number, [inside, out]: [number, number], stride: number) => {
    const next = Math.ceil((height - kernel + 1) / stride);
    const own = [inside, 0.05, -128] as const;
    void own;
    const y = b.op(
      "DEPTHWISE_CONV_2D",
      [from, ...b.matrix([1, kernel, 1, inside], 3, true, from, true)],
      b.value([1, next, 1, inside], 0.05, 4),
      [{ byte: 1 }, stride, stride, 1, { byte: 0 }],
    );
    return [b.conv(y, [out, 1, 1, inside], b.value([1, next, 1, out], 0.05, -128), 1, 1, 1), next] as const;
  };
  let height = 30;
  for (const [kernel, inside, out, stride] of [
    [3, 10, 12, 1],
    [5, 12, 12, 1],
    [10, 12, 8, 1],
    [15, 8, 8, 1],
  ] as const)
    [x, height] = pair(x, height, kernel, [inside, out], stride);
  x = b.op("RESHAPE", [x, b.list([-1, height * 8])], b.value([1, height * 8], 0.05, -128));
  x = b.full(x, [3, height * 8], b.value([1, 3], 0.1, 2));
  return b.bytes(b.op("SOFTMAX", [x], b.value([1, 3], 1 / 256, -128)));
}

/** Means taken off and spreads divided out at the front, curves written as products, gates kept as maps of one pixel. */
function normalisedFront(): Uint8Array {
  const b = new Builder("normalised front", "int8");
  let x = b.input(b.value([1, 10, 10, 3], 1, -128));
  x = b.op("MUL", [x, b.channels(1, 0.00004)], b.value([1, 10, 10, 3], 1 / 255, -128), [{ byte: 0 }]);
  x = b.op("SUB", [x, b.channels(3, 0.005)], b.value([1, 10, 10, 3], 0.006, -40), [{ byte: 0 }]);
  x = b.op("MUL", [x, b.channels(3, 0.03)], b.value([1, 10, 10, 3], 0.02, -30), [{ byte: 0 }]);
  x = b.op("PAD", [x, b.list([0, 0, 0, 1, 0, 1, 0, 0])], b.value([1, 11, 11, 3], 0.02, -30));
  const swish = (from: number, dims: number[]) =>
    b.op("MUL", [from, b.op("LOGISTIC", [from], b.value(dims, 1 / 256, -128))], b.value(dims, 0.03, -118), [
      { byte: 0 },
    ]);
  x = swish(b.conv(x, [8, 3, 3, 3], b.value([1, 5, 5, 8], 0.05, 2), 2, 1), [1, 5, 5, 8]);
  x = swish(b.depthwise(x, [1, 3, 3, 8], b.value([1, 5, 5, 8], 0.05, 7), 1, 1), [1, 5, 5, 8]);
  let gate = b.op("MEAN", [x, b.list([1, 2])], b.value([1, 8], 0.02, -120), [{ byte: 0 }]);
  gate = b.op("RESHAPE", [gate, b.list([-1, 1, 1, 8])], b.value([1, 1, 1, 8], 0.02, -120));
  gate = swish(b.conv(gate, [4, 1, 1, 8], b.value([1, 1, 1, 4], 0.03, 0)), [1, 1, 1, 4]);
  gate = b.conv(gate, [8, 1, 1, 4], b.value([1, 1, 1, 8], 0.05, 3));
  gate = b.op("LOGISTIC", [gate], b.value([1, 1, 1, 8], 1 / 256, -128));
  x = b.op("MUL", [x, gate], b.value([1, 5, 5, 8], 0.02, -110), [{ byte: 0 }]);
  x = b.conv(x, [6, 1, 1, 8], b.value([1, 5, 5, 6], 0.06, -9));
  x = b.op("MEAN", [x, b.list([1, 2])], b.value([1, 6], 0.05, -9), [{ byte: 0 }]);
  return b.bytes(b.full(x, [4, 6], b.value([1, 4], 0.05, 0), 0, true, true));
}

/** Bounds as operators of their own: the larger and the smaller of a value and a number; the largest of a map. */
function bounds(): Uint8Array {
  const b = new Builder("bounds", "int8");
  const x = b.input(b.value([1, 8, 8, 4], 0.02, 3));
  const map = () => b.value([1, 8, 8, 8], 0.04, -5);
  const number = (value: number, dims: number[] = []) =>
    b.tensor({ dims, type: "int8", scales: [0.04], zeroPoints: [-5], data: [value] });
  let y = b.op("MAXIMUM", [b.conv(x, [8, 3, 3, 4], map()), number(-5)], map());
  y = b.op("MINIMUM", [y, number(90, [1, 1, 1, 1])], map());
  const most = b.op("REDUCE_MAX", [y, b.list([1, 2])], b.value([1, 8], 0.04, -5), [{ byte: 0 }]);
  const z = b.op(
    "MINIMUM",
    [number(20), b.pool("MAX_POOL_2D", y, b.value([1, 4, 4, 8], 0.04, -5), [2, 2], 2)],
    b.value([1, 4, 4, 8], 0.04, -5),
  );
  return b.bytes(
    b.full(most, [4, 8], b.value([1, 4], 0.05, 0)),
    b.conv(z, [4, 3, 3, 8], b.value([1, 4, 4, 4], 0.08, 0)),
  );
}

/** A picture with channels first at the input and the output, turned by the network. */
function turned(): Uint8Array {
  const b = new Builder("turned", "int8");
  let x = b.input(b.value([1, 3, 10, 8], 0.02, 3));
  x = b.op("TRANSPOSE", [x, b.list([0, 2, 3, 1])], b.value([1, 10, 8, 3], 0.02, 3));
  x = b.conv(x, [8, 3, 3, 3], b.value([1, 5, 4, 8], 0.04, -128), 2, 0, 1);
  x = b.conv(x, [4, 1, 1, 8], b.value([1, 5, 4, 4], 0.04, 6));
  const y = b.op("TRANSPOSE", [x, b.list([0, 3, 1, 2])], b.value([1, 4, 5, 4], 0.04, 6));
  const mean = b.op("MEAN", [x, b.list([1, 2])], b.value([1, 1, 1, 4], 0.04, 6), [{ byte: 1 }]);
  const row = b.op("TRANSPOSE", [mean, b.list([0, 3, 1, 2])], b.value([1, 4, 1, 1], 0.04, 6));
  const flat = b.op("RESHAPE", [row, b.list([1, 4])], b.value([1, 4], 0.04, 6));
  return b.bytes(y, b.full(flat, [3, 4], b.value([1, 3], 0.05, 0)));
}

/** Gaps between the taps of a kernel as old converters wrote them: the map dealt into batches, convolved, put together again. */
function dealt(): Uint8Array {
  const b = new Builder("dealt", "int8");
  let x = b.input(b.value([1, 9, 8, 4], 0.02, 3));
  x = b.conv(x, [8, 3, 3, 4], b.value([1, 9, 8, 8], 0.04, -128), 1, 0, 1);
  // SAME: two zeros around, then as many as make the extents divisible.
  let y = b.op(
    "SPACE_TO_BATCH_ND",
    [x, b.list([2, 2]), b.tensor({ dims: [2, 2], type: "int32", data: [2, 3, 2, 2] })],
    b.value([4, 7, 6, 8], 0.04, -128),
  );
  y = b.conv(y, [6, 3, 3, 8], b.value([4, 5, 4, 6], 0.06, -128), 1, 1, 1);
  y = b.op(
    "BATCH_TO_SPACE_ND",
    [y, b.list([2, 2]), b.tensor({ dims: [2, 2], type: "int32", data: [0, 1, 0, 0] })],
    b.value([1, 9, 8, 6], 0.06, -128),
  );
  const options = [{ byte: 0 }, 1, 1, 1, { byte: 3 }, 2, 2];
  const z = b.op(
    "DEPTHWISE_CONV_2D",
    [y, ...b.matrix([1, 3, 3, 6], 3, true, y, true)],
    b.value([1, 9, 8, 6], 0.05, -20),
    options,
  );
  return b.bytes(b.op("ADD", [y, z], b.value([1, 9, 8, 6], 0.07, -50), [{ byte: 0 }]));
}

/** Products over rows, without biases, that keep their dimensions. */
function rows(): Uint8Array {
  const b = new Builder("rows", "int8");
  let x = b.input(b.value([1, 6, 12], 0.03, 4));
  x = b.op("FULLY_CONNECTED", [x, ...b.matrix([16, 12], 0, true, x, false)], b.value([1, 6, 16], 0.05, -3), [
    { byte: 0 },
    { byte: 0 },
    { byte: 1 },
  ]);
  x = b.op("GELU", [x], b.value([1, 6, 16], 0.03, -110), [{ byte: 0 }]);
  x = b.op("FULLY_CONNECTED", [x, ...b.matrix([8, 16], 0, false, x, true)], b.value([1, 6, 8], 0.06, 7), [
    { byte: 1 },
    { byte: 0 },
    { byte: 1 },
  ]);
  x = b.op("RESHAPE", [x, b.list([1, 48])], b.value([1, 48], 0.06, 7));
  return b.bytes(
    b.op("FULLY_CONNECTED", [x, b.matrix([5, 48], 0, false, x, false)[0]!], b.value([1, 5], 0.1, 0), [{ byte: 0 }]),
  );
}

/** Two inputs, an output in the middle, one that is read by others. */
function severalEnds(): Uint8Array {
  const b = new Builder("several ends", "int8");
  const x = b.input(b.value([1, 8, 8, 3], 0.02, 0));
  const side = b.input(b.value([1, 10], 0.05, -9));
  const y = b.conv(x, [8, 3, 3, 3], b.value([1, 4, 4, 8], 0.04, -128), 2, 0, 1);
  const z = b.conv(y, [6, 3, 3, 8], b.value([1, 4, 4, 6], 0.06, 3));
  const mean = b.op("MEAN", [z, b.list([1, 2])], b.value([1, 6], 0.05, 3), [{ byte: 0 }]);
  const other = b.full(side, [6, 10], b.value([1, 6], 0.07, -2));
  const joined = b.op("CONCATENATION", [mean, other], b.value([1, 12], 0.07, 0), [1, { byte: 0 }]);
  return b.bytes(b.full(joined, [4, 12], b.value([1, 4], 0.1, 5)), y, mean);
}

/** A value of 16 bits between weights of eight, with biases of 64. */
export function wide(): Uint8Array {
  const b = new Builder("sixteen bits", "int8");
  const value = (dims: number[], scale: number) => b.tensor({ dims, type: "int16", scales: [scale], zeroPoints: [0] });
  const bias = (count: number, scale: number) =>
    b.tensor({ dims: [count], type: "int64", scales: [scale], zeroPoints: [0], data: b.numbers(count, -90000, 90000) });
  let x = b.input(value([1, 6, 6, 3], 0.0001));
  const first = b.matrix([8, 3, 3, 3], 0, true, x, false)[0]!;
  x = b.op("CONV_2D", [x, first, bias(8, 1e-6)], value([1, 6, 6, 8], 0.0002), [{ byte: 0 }, 1, 1, { byte: 1 }]);
  x = b.op("MEAN", [x, b.list([1, 2])], value([1, 8], 0.0002), [{ byte: 0 }]);
  return b.bytes(
    b.op("FULLY_CONNECTED", [x, b.matrix([4, 8], 0, false, x, false)[0]!, bias(4, 2e-6)], value([1, 4], 0.0003), [
      { byte: 0 },
    ]),
  );
}

/** A network of real numbers: weights as they are, in half precision, or as integers with a scale, each behind a DEQUANTIZE. */
export function real(form: "single" | "half" | "integers" | "hybrid"): Uint8Array {
  const b = new Builder(`real ${form}`, "int8");
  const weights = (dims: number[], reach: number): number => {
    const count = dims.reduce((a, c) => a * c, 1);
    if (form === "single")
      return b.tensor({ dims, type: "float32", data: b.numbers(count, -100, 100).map((one) => (one * reach) / 100) });
    if (form === "half") {
      // Half precision between 2^-5 and 2^-1, either sign.
      const data = b.numbers(count, 10 * 1024, 13 * 1024).map((bits, index) => bits + (index % 3 === 0 ? 0x8000 : 0));
      return b.op("DEQUANTIZE", [b.tensor({ dims, type: "float16", data })], b.real(dims));
    }
    const own = b.tensor({
      dims,
      type: "int8",
      scales: [reach / 127],
      zeroPoints: [0],
      data: b.numbers(count, -127, 127),
    });
    return form === "hybrid" ? own : b.op("DEQUANTIZE", [own], b.real(dims));
  };
  const bias = (count: number) =>
    b.tensor({ dims: [count], type: "float32", data: b.numbers(count, -100, 100).map((one) => one / 1000) });
  const options = (stride: number, act: number) => [{ byte: 0 }, stride, stride, { byte: act }];
  let x = b.input(b.real([1, 10, 10, 3]));
  x = b.op("SUB", [x, b.tensor({ dims: [3], type: "float32", data: [0.1, -0.2, 0.3] })], b.real([1, 10, 10, 3]), [
    { byte: 0 },
  ]);
  x = b.op("DIV", [x, b.tensor({ dims: [], type: "float32", data: [0.7] })], b.real([1, 10, 10, 3]), [{ byte: 0 }]);
  x = b.op("CONV_2D", [x, weights([8, 3, 3, 3], 0.3), bias(8)], b.real([1, 5, 5, 8]), options(2, 3));
  x = b.op("DEPTHWISE_CONV_2D", [x, weights([1, 3, 3, 8], 0.4), bias(8)], b.real([1, 5, 5, 8]), [
    { byte: 0 },
    1,
    1,
    1,
    { byte: 1 },
  ]);
  x = b.op("MEAN", [x, b.list([1, 2])], b.real([1, 8]), [{ byte: 0 }]);
  x = b.op("FULLY_CONNECTED", [x, weights([4, 8], 0.4), bias(4)], b.real([1, 4]), [{ byte: 0 }]);
  return b.bytes(b.op("SOFTMAX", [x], b.real([1, 4])));
}

/** A quantised network of the first converters: bytes throughout, one scale a tensor, ends squeezed, sums of unlike scales joined. */
function firstConverters(): Uint8Array {
  const b = new Builder("first converters", "uint8");
  let x = b.input(b.value([1, 16, 16, 3], 0.0078125, 0));
  x = b.conv(x, [8, 3, 3, 3], b.value([1, 8, 8, 8], six, -128), 2, 0, 3);
  x = b.depthwise(x, [1, 3, 3, 8], b.value([1, 8, 8, 8], six, -128), 1, 1, 3);
  const a = b.conv(x, [6, 1, 1, 8], b.value([1, 8, 8, 6], 0.03, -128), 1, 0, 1);
  const c = b.conv(x, [6, 3, 3, 8], b.value([1, 8, 8, 6], 0.05, -128), 1, 0, 1);
  const most = b.pool("MAX_POOL_2D", x, b.value([1, 8, 8, 8], six, -128), [3, 3], 1, 0);
  x = b.op("CONCATENATION", [a, c, most], b.value([1, 8, 8, 20], 0.05, -128), [3, { byte: 0 }]);
  x = b.pool("AVERAGE_POOL_2D", x, b.value([1, 1, 1, 20], 0.05, -128), [8, 8], 1);
  x = b.conv(x, [5, 1, 1, 20], b.value([1, 1, 1, 5], 0.1, -40));
  x = b.op("SQUEEZE", [x], b.value([1, 5], 0.1, -40));
  return b.bytes(b.op("SOFTMAX", [x], b.value([1, 5], 1 / 256, -128)));
}

/** Channels one after another in a picture of one colour: the first layer is a depthwise one that multiplies channels, the last a convolution. */
function persons(): Uint8Array {
  const b = new Builder("persons", "int8");
  let x = b.input(b.value([1, 24, 24, 1], 1 / 128, 0));
  x = b.depthwise(x, [1, 3, 3, 8], b.value([1, 12, 12, 8], six, -128), 2, 8, 3);
  x = b.depthwise(x, [1, 3, 3, 8], b.value([1, 12, 12, 8], six, -128), 1, 1, 3);
  x = b.conv(x, [16, 1, 1, 8], b.value([1, 12, 12, 16], six, -128), 1, 0, 3);
  x = b.pool("AVERAGE_POOL_2D", x, b.value([1, 1, 1, 16], six, -128), [12, 12], 2);
  x = b.conv(x, [2, 1, 1, 16], b.value([1, 1, 1, 2], 0.05, 9));
  x = b.op("RESHAPE", [x, b.list([-1, 2])], b.value([1, 2], 0.05, 9));
  return b.bytes(b.op("SOFTMAX", [x], b.value([1, 2], 1 / 256, -128)));
}

/** Movements: few channels, wide kernels, pools whose strides are not their sizes, a window larger than the map. */
function movements(): Uint8Array {
  const b = new Builder("movements", "int8");
  let x = b.input(b.value([1, 32, 3, 1], 0.03, -2));
  x = b.conv(x, [8, 4, 3, 1], b.value([1, 32, 3, 8], 0.05, -128), 1, 0, 1);
  x = b.pool("MAX_POOL_2D", x, b.value([1, 10, 1, 8], 0.05, -128), [3, 3], 3);
  x = b.conv(x, [16, 4, 1, 8], b.value([1, 10, 1, 16], 0.06, -128), 1, 0, 1);
  x = b.pool("MAX_POOL_2D", x, b.value([1, 4, 1, 16], 0.06, -128), [3, 1], 3, 0);
  x = b.op("RESHAPE", [x, b.list([-1, 64])], b.value([1, 64], 0.06, -128));
  x = b.full(x, [8, 64], b.value([1, 8], 0.07, -128), 1);
  return b.bytes(b.full(x, [4, 8], b.value([1, 4], 0.1, 0)));
}

/** Every model. */
export function habitualTfliteModels(): TfliteModel[] {
  const makers = {
    "bytes at the ends": bytesAtTheEnds,
    "bytes out": bytesOut,
    "over time": overTime,
    streaming,
    "normalised front": normalisedFront,
    bounds,
    turned,
    dealt,
    rows,
    "several ends": severalEnds,
    "first converters": firstConverters,
    persons,
    movements,
  };
  return Object.entries(makers).map(([name, make]) => ({ name, bytes: make() }));
}

/** Networks of real numbers. */
export function realTfliteModels(): TfliteModel[] {
  return (["single", "half", "integers"] as const).map((form) => ({ name: `real, ${form}`, bytes: real(form) }));
}

/** What may be refused. */
export function oddTfliteModels(): TfliteModel[] {
  return [
    { name: "hybrid", bytes: real("hybrid") },
    { name: "sixteen bits", bytes: wide() },
  ];
}
