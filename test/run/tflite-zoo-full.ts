/** tflite files of the size and form of the MLPerf Tiny and micro examples, with seeded numbers: slow, for the long mode. */
import { Builder, type TfliteModel } from "./tflite-zoo.js";

/** MobileNet v1, a quarter of the width, 96 × 96 pixels, two classes. */
function visualWakeWords(): Uint8Array {
  const b = new Builder("visual wake words", "int8");
  const six = 0.02353;
  let x = b.input(b.value([1, 96, 96, 3], 1 / 255, -128));
  let size = 48;
  let channels = 8;
  x = b.conv(x, [8, 3, 3, 3], b.value([1, 48, 48, 8], six, -128), 2, 0, 3);
  for (const [out, stride] of [
    [16, 1],
    [32, 2],
    [32, 1],
    [64, 2],
    [64, 1],
    [128, 2],
    [128, 1],
    [128, 1],
    [128, 1],
    [128, 1],
    [128, 1],
    [256, 2],
    [256, 1],
  ] as const) {
    size /= stride;
    x = b.depthwise(x, [1, 3, 3, channels], b.value([1, size, size, channels], six, -128), stride, 1, 3);
    x = b.conv(x, [out, 1, 1, channels], b.value([1, size, size, out], six, -128), 1, 0, 3);
    channels = out;
  }
  x = b.pool("AVERAGE_POOL_2D", x, b.value([1, 1, 1, 256], six, -128), [3, 3], 3);
  x = b.op("RESHAPE", [x, b.list([-1, 256])], b.value([1, 256], six, -128));
  x = b.full(x, [2, 256], b.value([1, 2], 0.08, 3));
  return b.bytes(b.op("SOFTMAX", [x], b.value([1, 2], 1 / 256, -128)));
}

/** The autoencoder of 640 numbers; with normalisations that nobody folded where asked. */
function anomalies(unfolded: boolean): Uint8Array {
  const b = new Builder(`anomalies ${unfolded}`, "int8");
  let x = b.input(b.value([1, 640], 0.4, 89));
  let width = 640;
  const widths = [128, 128, 128, 128, 8, 128, 128, 128, 128, 640];
  for (const [index, next] of widths.entries()) {
    const last = index === widths.length - 1;
    const map = (zero = -128) => b.value([1, next], last ? 0.5 : 0.3, zero);
    if (unfolded && !last) {
      x = b.full(x, [next, width], map(4));
      x = b.op("MUL", [x, b.channels(next, 0.01)], map(0), [{ byte: 0 }]);
      x = b.op("ADD", [x, b.channels(next, 0.02)], map(), [{ byte: 1 }]);
    } else x = b.full(x, [next, width], map(last ? 95 : -128), last ? 0 : 1);
    width = next;
  }
  return b.bytes(x);
}

/** One convolution with eight filters over a spectrogram, and four words. */
function microSpeech(): Uint8Array {
  const b = new Builder("micro speech", "int8");
  const flat = b.input(b.value([1, 1960], 0.1, -128));
  const x = b.op("RESHAPE", [flat, b.list([-1, 49, 40, 1])], b.value([1, 49, 40, 1], 0.1, -128));
  const filtered = b.depthwise(x, [1, 10, 8, 8], b.value([1, 25, 20, 8], 0.4, -128), 2, 8, 1);
  const logits = b.full(filtered, [4, 4000], b.value([1, 4], 1.5, 14));
  return b.bytes(b.op("SOFTMAX", [logits], b.value([1, 4], 1 / 256, -128)));
}

/** The sine of a number. */
function sine(): Uint8Array {
  const b = new Builder("sine", "int8");
  let x = b.input(b.value([1, 1], 0.0246, -128));
  x = b.full(x, [16, 1], b.value([1, 16], 0.0144, -128), 1);
  x = b.full(x, [16, 16], b.value([1, 16], 0.0166, -128), 1);
  return b.bytes(b.full(x, [1, 16], b.value([1, 1], 0.0083, 4)));
}

/** Every model. */
export function fullTfliteModels(): TfliteModel[] {
  return [
    { name: "sine", bytes: sine() },
    { name: "micro speech", bytes: microSpeech() },
    { name: "anomalies", bytes: anomalies(false) },
    { name: "anomalies, normalisations unfolded", bytes: anomalies(true) },
    { name: "visual wake words", bytes: visualWakeWords() },
  ];
}
