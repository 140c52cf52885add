/**
 * The operators an ONNX file may use, each with its conversion.
 * Inputs: an operator name. Invariants: what is not listed here is refused with the nearest name that is.
 */
import type { NodeContext } from "./context.js";
import * as activation from "./convert-activation.js";
import { convertActivation, convertLast } from "./convert-activation.js";
import { convertConstant, convertGather, convertShape, convertSlice, foldArithmetic } from "./convert-constant.js";
import { convertArithmetic, convertBatchNormalization, convertSum } from "./convert-elementwise.js";
import { convertConv, convertGemm, convertMatMul } from "./convert-mac.js";
import { convertBound } from "./convert-operand.js";
import {
  convertAveragePool,
  convertGlobalAveragePool,
  convertGlobalMaxPool,
  convertMaxPool,
  convertReduce,
} from "./convert-pool.js";
import * as quantized from "./convert-quantized.js";
import {
  convertConcat,
  convertFlatten,
  convertIdentity,
  convertMoved,
  convertPad,
  convertReshape,
  convertSqueeze,
  convertTranspose,
  convertUnsqueeze,
} from "./convert-view.js";

/** Turns one node into layers, views or constants; throws a Refusal when it cannot. */
export type Conversion = (context: NodeContext) => void;

/** Arithmetic on activations, or on constants where both operands are. */
function arithmetic(convert: Conversion, apply: (a: number, b: number) => number): Conversion {
  return (context) => {
    const constant =
      context.node.inputs.length === 2 && [0, 1].every((index) => context.value(index).kind === "constant");
    if (constant) foldArithmetic(context, apply);
    else convert(context);
  };
}

const conversions: Record<string, Conversion> = {
  Add: arithmetic(convertArithmetic("Add"), (a, b) => a + b),
  ArgMax: convertLast,
  AveragePool: (context) => void convertAveragePool(context),
  BatchNormalization: convertBatchNormalization,
  Cast: convertIdentity,
  Clip: activation.convertClip,
  Concat: convertConcat,
  Constant: convertConstant,
  Conv: convertConv,
  ConvInteger: quantized.convertInteger("conv"),
  DepthToSpace: convertMoved,
  DequantizeLinear: quantized.convertDequantize,
  Div: arithmetic(convertArithmetic("Div"), (a, b) => a / b),
  Dropout: convertIdentity,
  DynamicQuantizeLinear: quantized.convertDynamicQuantize,
  Elu: convertActivation("elu", activation.eluNumbers),
  FastGelu: activation.convertGelu,
  Flatten: convertFlatten,
  Gather: convertGather,
  Gelu: activation.convertGelu,
  Gemm: convertGemm,
  GlobalAveragePool: (context) => void convertGlobalAveragePool(context),
  GlobalMaxPool: convertGlobalMaxPool,
  HardSigmoid: activation.convertHardSigmoid,
  HardSwish: convertActivation("hardswish"),
  Identity: convertIdentity,
  LeakyRelu: convertActivation("leakyrelu", activation.leakySlope),
  LogSoftmax: convertLast,
  MatMul: convertMatMul,
  MatMulInteger: quantized.convertInteger("matmul"),
  Max: arithmetic(convertBound("min"), Math.max),
  MaxPool: convertMaxPool,
  Min: arithmetic(convertBound("max"), Math.min),
  Mish: convertActivation("mish"),
  Mul: arithmetic(convertArithmetic("Mul"), (a, b) => a * b),
  PRelu: activation.convertPRelu,
  Pad: convertPad,
  QGemm: quantized.convertQGemm,
  QLinearAdd: quantized.convertQLinearElementwise("add"),
  QLinearAveragePool: quantized.convertQLinearPool("window"),
  QLinearConcat: quantized.convertQLinearConcat,
  QLinearConv: quantized.convertQLinearConv,
  QLinearGlobalAveragePool: quantized.convertQLinearPool("global"),
  QLinearLeakyRelu: quantized.convertQLinearCurve((context) => ({
    activation: "leakyrelu",
    coefficients: activation.leakySlope(context),
  })),
  QLinearMatMul: quantized.convertQLinearMatMul,
  QLinearMul: quantized.convertQLinearElementwise("mul"),
  QLinearSigmoid: quantized.convertQLinearCurve(() => ({ activation: "sigmoid" })),
  QLinearSoftmax: convertLast,
  QuantizeLinear: quantized.convertQuantize,
  QuickGelu: convertActivation("swish", activation.steepness(1.702)),
  ReduceMax: convertReduce("maxpool"),
  ReduceMean: convertReduce("avgpool"),
  Relu: convertActivation("relu"),
  Reshape: convertReshape,
  Selu: convertActivation("elu", activation.seluNumbers),
  Shape: convertShape,
  Sigmoid: convertActivation("sigmoid"),
  Slice: convertSlice,
  Softmax: convertLast,
  Softplus: convertActivation("softplus"),
  Softsign: convertActivation("softsign"),
  SpaceToDepth: convertMoved,
  Squeeze: convertSqueeze,
  Sub: arithmetic(convertArithmetic("Sub"), (a, b) => a - b),
  Sum: convertSum,
  Swish: convertActivation("swish", activation.steepness(1)),
  Tanh: convertActivation("tanh"),
  TopK: convertLast,
  Transpose: convertTranspose,
  Unsqueeze: convertUnsqueeze,
};

/** The names of all operators that can be read, sorted. */
export const onnxOperators: readonly string[] = Object.keys(conversions);

/** The conversion of an operator; undefined when it cannot be read. */
export function conversionOf(op: string): Conversion | undefined {
  return Object.hasOwn(conversions, op) ? conversions[op] : undefined;
}
