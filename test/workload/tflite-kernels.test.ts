/**
 * Functions of 8-bit integers against TensorFlow Lite itself: every result of its kernels for the inputs −128 to 127, recorded from its
 * WebAssembly build (the JavaScript package tfjs-tflite 0.0.1-alpha.10), where its own operators ran and not those of a delegate.
 */
import { expect, it } from "vitest";
import { readTflite } from "../../src/workload/index.js";
import { executeReference, parametersOf } from "../../src/workload/reference/index.js";
import { type OperatorSpec, type TensorSpec, writeTflite } from "./tflite-writer.js";

interface More {
  slope?: number;
  options?: NonNullable<OperatorSpec["options"]>;
}

/** Operator, its code, scale and zero point of input and output, what else it takes, and the 256 results. */
const recorded: [string, number, number, number, number, number, More, string][] = [
  [
    "HARD_SWISH",
    117,
    0.05,
    -3,
    0.04,
    -20,
    {},
    "7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs6+vq6unp6Ojn5+bm5uXl5eTk5OTj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj5OTk5OXl5ebm5ufn6Ojp6erq6+vs7e3u7+/w8fLy8/T19vf4+fr7/P3+/wABAgMEBgcICQsMDQ8QERMUFhcZGhwdHyAiJCUnKSosLjAxMzU3ODk7PD0+QEFCQ0VGR0hKS0xNT1BRUlRVVldZWltcXl9gYWNkZWZoaWprbW5vcHJzdHV3eHl6fH1+f39/f39/f39/f39/fw==",
  ],
  [
    "HARD_SWISH",
    117,
    0.11,
    0,
    0.09,
    -7,
    {},
    "+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+fn5+Pj39/b29vX19fX19fX19fX19vb29/f3+Pj5+vr7/P39/v8AAQIEBQYHCQoLDQ4QERMVFhgaGxweHyAhIyQlJicpKissLi8wMTI0NTY3OTo7PD0/QEFCREVGR0hKS0xNT1BRUlNVVldYWltcXV5gYWJjZWZnaGlrbG1ucHFyc3R2d3h5e3x9fn9/f39/f39/f39/f39/f39/fw==",
  ],
  [
    "HARD_SWISH",
    117,
    0.0107,
    -20,
    0.0099,
    -90,
    {},
    "goKCg4ODg4ODg4SEhISEhIWFhYWFhoaGhoaHh4eHiIiIiImJiYmKioqKi4uLjIyMjY2NjY6Ojo+Pj5CQkZGRkpKSk5OTlJSVlZWWlpeXmJiYmZmampubm5ycnZ2enp+foKChoaKio6OkpKWlpqenqKipqaqqq6ysra2ur6+wsLGysrOztLW1tre3uLm5uru7vL29vr+/wMHCwsPExMXGx8fIycrKy8zNzc7P0NDR0tPU1NXW19jZ2drb3N3e3t/g4eLj5OTl5ufo6err7O3t7u/w8fLz9PX29/j5+vv8/f7/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGRobHB0eHw==",
  ],
  [
    "TANH",
    28,
    0.05,
    -3,
    0.0078125,
    0,
    {},
    "gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgYGBgYGBgYGBgYGCgoKCgoODg4OEhIWFhoaHiIiJiouMjY+QkpOVl5qcn6GkqKuvs7e7wMXKz9Xb4eft8/oABg0TGR8lKzE2O0BFSU1RVVhcX2FkZmlrbW5wcXN0dXZ3eHh5enp7e3x8fX19fX5+fn5+f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/fw==",
  ],
  [
    "LOGISTIC",
    14,
    0.05,
    -3,
    0.00390625,
    -128,
    {},
    "gIGBgYGBgYGBgYGBgYGBgYGBgYGBgYGCgoKCgoKCgoKCg4ODg4ODg4SEhISEhYWFhYaGhoaHh4iIiImJioqLi4yMjY2Oj4+QkZKTk5SVlpeYmpucnZ+goaOkpqipq62vsbO1t7m7vsDCxcfKzc/S1djb3uHk5+rt8PP2+v0AAwYKDRATFhkcHyIlKCsuMTM2OTs+QEJFR0lLTU9RU1VXWFpcXV9gYWNkZWZoaWprbG1tbm9wcXFyc3N0dHV1dnZ3d3h4eHl5enp6ent7e3t8fHx8fH19fX19fX1+fn5+fn5+fn5+f39/f39/f39/f39/f39/f39/f39/f39/f39/fw==",
  ],
  [
    "GELU",
    150,
    0.05,
    -3,
    0.04,
    -100,
    { options: [{ byte: 0 }] },
    "nJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycm5ubm5ubm5ubm5uampqampqZmZmZmZmZmJiYmJiYmJiYmJiYmJiYmZmZmZqam5ucnZ2en6ChoqOkpaanqKmrrK2usLGytLW3uLm7vL6/wMLDxcbHycrMzc7Q0dLU1dbY2drb3d7f4eLj5Obn6Onr7O3u8PHy8/X29/j6+/z9/wABAgQFBgcJCgsMDg8QERMUFRYYGRobHR4fISIjJCYnKCkrLC0uMDEyMzU2Nzg6Ozw9Pw==",
  ],
  [
    "PRELU",
    54,
    0.05,
    -3,
    0.04,
    -20,
    { slope: -37 },
    "QUFAPz8+PT08Ozs6OTg4NzY2NTQ0MzIyMTAwLy4uLSwrKyopKSgnJyYlJSQjIyIhISAfHx4dHBwbGhoZGBgXFhYVFBQTEhIREBAPDg0NDAsLCgkJCAcHBgUFBAMDAgEAAP/+/v38/Pv6+vn4+Pf29vX09PPy8fHw7+/u7e3s7e/w8fL09fb3+fr7/P7/AAEDBAUGCAkKCw0ODxASExQVFxgZGhwdHh8hIiMkJicoKSssLS4wMTIzNTY3ODo7PD0/QEFCREVGR0lKS0xOT1BRU1RVVlhZWltdXl9gYmNkZWdoaWpsbW5vcXJzdHZ3eHl7fH1+f39/f39/f39/f39/fw==",
  ],
  [
    "PRELU",
    54,
    0.03,
    40,
    0.05,
    -20,
    { slope: 61 },
    "o6OjpKSlpaamp6enqKipqaqqqqurrKytra6urq+vsLCxsbGysrOztLS1tbW2tre3uLi4ubm6uru7vLy8vb2+vr+/v8DAwcHCwsPDw8TExcXGxsbHx8jIycnJysrLy8zMzc3Nzs7Pz9DQ0NHR0tLT09TU1NXV1tbX19fY2NnZ2trb29vc3N3d3t7e39/g4OHh4uLi4+Pk5OXl5ebm5+fo6Onp6erq6+vs7O3t7u7v8PDx8fLz8/T09fb29/f4+fn6+vv8/P39/v//AAABAgIDAwQFBQYGBwgICQkKCwsMDA0ODg8PEBEREhITFBQVFRYXFxgYGRoaGxscHR0eHh8gIA==",
  ],
  [
    "LEAKY_RELU",
    98,
    0.05,
    -3,
    0.0003,
    -20,
    { options: [{ float: 0.01 }] },
    "gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIGDhYaIiouNj5CSlJWXmZqcnp+ho6SmqKmrra6wsrO1t7i6vL2/wcLExsfJy8zO0NHT1dbY2tvd3+Di5OXn6ersf39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/fw==",
  ],
  [
    "RELU",
    19,
    0.05,
    -3,
    0.021,
    -128,
    {},
    "gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgoWHioyOkZOVmJqdn6GkpqirrbCytLe5vL7Aw8XHyszP0dPW2Nrd3+Lk5unr7vDy9ff5/P4BAwUICgwPERQWGBsdICIkJykrLjAzNTc6PD5BQ0ZISk1PUlRWWVtdYGJlZ2lsbnBzdXh6fH9/f39/f39/f39/f39/f39/f39/f39/fw==",
  ],
];

it.each(recorded)(
  "%s (%d) of scale %d, zero point %d to %d, %d",
  (_, code, ...[scale, zero, to, toZero, more, results]) => {
    const dims = [1, 256, 1];
    const tensors: TensorSpec[] = [
      { name: "x", dims, scales: [scale], zeroPoints: [zero] },
      { name: "y", dims, scales: [to], zeroPoints: [toZero] },
    ];
    const { slope, options = [] } = more;
    if (slope !== undefined) tensors.push({ name: "a", dims: [1, 1], scales: [0.013], zeroPoints: [5], data: [slope] });
    const inputs = slope === undefined ? [0] : [0, 2];
    const network = readTflite(
      writeTflite({ tensors, operators: [{ code, inputs, outputs: [1], options }], inputs: [0], outputs: [1] }),
    );
    const parameters = parametersOf(network, { seed: 1, precision: { weightBits: 8, activationBits: 8 } });
    const x = Int32Array.from({ length: 256 }, (_, index) => index - 128);
    const values = executeReference(network, parameters, new Map([[network.inputs[0]!, x]]));
    expect([...values.get(network.outputs[0]!)!]).toEqual([...new Int8Array(Buffer.from(results, "base64"))]);
  },
);
