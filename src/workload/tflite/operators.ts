/**
 * The operators a tflite file may use, each with its conversion.
 * Inputs: an operator name. Invariants: what is not listed here is refused with the nearest name that is.
 */
import type { OperatorContext } from "./context.js";
import { convertDequantize } from "./convert-constant.js";
import { convertFromBatches, convertToBatches } from "./convert-dealt.js";
import { convertConv, convertDepthwise, convertFullyConnected } from "./convert-matrix.js";
import { convertBound, convertDifference, convertPrelu, convertQuotient } from "./convert-operand.js";
import {
  convertActivation,
  convertConcat,
  convertElementwise,
  convertLargest,
  convertLast,
  convertLeakyRelu,
  convertMean,
  convertPool,
  convertQuantize,
} from "./convert-other.js";
import { convertExtents, convertPad, convertTranspose, convertView } from "./convert-view.js";

const conversions: Record<string, (context: OperatorContext) => void> = {
  ADD: convertElementwise("add"),
  ARG_MAX: convertLast,
  AVERAGE_POOL_2D: convertPool("avgpool"),
  BATCH_TO_SPACE_ND: convertFromBatches,
  CONCATENATION: convertConcat,
  CONV_2D: convertConv,
  DEPTHWISE_CONV_2D: convertDepthwise,
  DEQUANTIZE: convertDequantize,
  DIV: convertQuotient,
  ELU: convertActivation("elu"),
  EXPAND_DIMS: convertView,
  FULLY_CONNECTED: convertFullyConnected,
  GELU: (context) => convertActivation((context.operator.options?.byte(0) ?? 0) === 0 ? "gelu" : "gelutanh")(context),
  HARD_SWISH: convertActivation("hardswish"),
  LEAKY_RELU: convertLeakyRelu,
  LOGISTIC: convertActivation("sigmoid"),
  LOG_SOFTMAX: convertLast,
  MAXIMUM: convertBound("min"),
  MAX_POOL_2D: convertPool("maxpool"),
  MEAN: convertMean,
  MINIMUM: convertBound("max"),
  MUL: convertElementwise("mul"),
  PACK: convertExtents,
  PAD: convertPad,
  PADV2: convertPad,
  PRELU: convertPrelu,
  QUANTIZE: convertQuantize,
  REDUCE_MAX: convertLargest,
  RELU: convertActivation("relu"),
  RELU6: convertActivation("relu6"),
  RELU_0_TO_1: convertActivation("clip", { min: 0, max: 1 }),
  RELU_N1_TO_1: convertActivation("clip", { min: -1, max: 1 }),
  RESHAPE: convertView,
  SHAPE: convertExtents,
  SOFTMAX: convertLast,
  SPACE_TO_BATCH_ND: convertToBatches,
  SQUEEZE: convertView,
  STRIDED_SLICE: convertExtents,
  SUB: convertDifference,
  TANH: convertActivation("tanh"),
  TRANSPOSE: convertTranspose,
};

/** The names of all tflite operators that can be read, sorted. */
export const tfliteOperators: readonly string[] = Object.keys(conversions);

/** The conversion of an operator; undefined when it cannot be read. */
export function conversionOf(operator: string): ((context: OperatorContext) => void) | undefined {
  return Object.hasOwn(conversions, operator) ? conversions[operator] : undefined;
}
