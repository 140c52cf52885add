/**
 * Activations: fused into the layer before where nothing else reads it, otherwise layers of their own.
 * Inputs: a node with one activation. Invariants: a fused layer's tensor takes the name behind the activation and waits
 * for a new quantisation.
 */
import type { Activation, ClipRange, Coefficients, Curve, Layer } from "../network.js";
import { needsTable, tablesOf } from "../reference/index.js";
import type { NodeContext } from "./context.js";
import { isAffine, perChannel } from "./convert-elementwise.js";
import type { Constant, ConstantQuantization } from "./numbers.js";
import { demand } from "./refusal.js";

/** Relu, Sigmoid, Tanh: operators without parameters, or with some that are read here. */
export function convertActivation(
  activation: Activation,
  numbers: (context: NodeContext) => Coefficients = () => ({}),
): (context: NodeContext) => void {
  return (context) => void applyActivation(context, 0, { activation, ...withNumbers(numbers(context)) });
}

/** Coefficients as a curve has them: left out where there are none. */
function withNumbers(coefficients: Coefficients): Pick<Curve, "coefficients"> {
  return Object.keys(coefficients).length === 0 ? {} : { coefficients };
}

/** The slope of LeakyRelu. */
export const leakySlope = (context: NodeContext): Coefficients => ({ slopes: [context.float("alpha", 0.01)] });

/** Alpha of Elu. */
export const eluNumbers = (context: NodeContext): Coefficients => ({ alpha: context.float("alpha", 1) });

/** Alpha and gamma of Selu. */
export const seluNumbers = (context: NodeContext): Coefficients => ({
  alpha: context.float("alpha", 1.6732632),
  beta: context.float("gamma", 1.050701),
});

/** The steepness of Swish and QuickGelu, whose usual values differ. */
export const steepness =
  (usual: number) =>
  (context: NodeContext): Coefficients => {
    const alpha = context.float("alpha", usual);
    return alpha === 1 ? {} : { alpha };
  };

/** PRelu: a slope, or one a channel. */
export function convertPRelu(context: NodeContext): void {
  const value = context.bound(0);
  const { known } = perChannel(context, value, context.constant(1));
  demand(known !== undefined, "its slopes are not in the file");
  const slopes = known.every((slope) => slope === known[0]) ? [known[0]!] : known;
  applyActivation(context, 0, { activation: "leakyrelu", coefficients: { slopes: slopes.map(Math.fround) } });
}

/** Gelu by the error function or by its approximation; FastGelu may bring a bias. */
export function convertGelu(context: NodeContext): void {
  demand(!context.has(1), "it has a bias", "none");
  const approximate = context.node.op === "FastGelu" || context.text("approximate", "none") === "tanh";
  applyActivation(context, 0, { activation: approximate ? "gelutanh" : "gelu" });
}

/** Clip, with bounds from attributes or inputs; 0…6 becomes relu6, 0…∞ relu. */
export function convertClip(context: NodeContext): void {
  const bound = (index: number, name: string) => {
    if (!context.has(index)) return context.node.attributes.get(name)?.float;
    const list = context.numbers(index);
    demand(list.length === 1, `its ${name} has ${list.length} numbers`, "1");
    const { quantization = integersOf(context, context.constant(index)) } = context.constant(index);
    return quantization === undefined
      ? list[0]!
      : (list[0]! - (quantization.zeroPoints?.[0] ?? 0)) * (quantization.scales?.[0] ?? 1);
  };
  // The bounds' defaults are the ends of the number range: no bounds at all.
  const finite = (value: number | undefined) => (value === undefined || Math.abs(value) > 3e38 ? undefined : value);
  const min = finite(bound(1, "min"));
  const max = finite(bound(2, "max"));
  if (min === undefined && max === undefined) context.passOn(0, context.activation(0));
  else if (min === 0 && max === 6) applyActivation(context, 0, { activation: "relu6" });
  else if (min === 0 && max === undefined) applyActivation(context, 0, { activation: "relu" });
  else {
    const clip = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
    applyActivation(context, 0, { activation: "clip", clip });
  }
}

/** Whether a node clips integers as they are. */
function integerClip(context: NodeContext): boolean {
  const bound = [1, 2].find((index) => context.has(index));
  return context.node.op === "Clip" && bound !== undefined && context.constant(bound).bits !== undefined;
}

/** Integer bounds of an integer tensor mean what its scale and zero point say. */
function integersOf(context: NodeContext, bound: Constant): ConstantQuantization | undefined {
  const value = context.value(0);
  if (bound.bits === undefined || value.kind !== "activation") return undefined;
  const own = context.draft.tensors[value.tensor]!.quantization;
  return own === undefined ? undefined : { scales: [own.scale], zeroPoints: [own.zeroPoint], axis: 0 };
}

/** HardSigmoid; its usual slope is 1/5, that of most networks 1/6. */
export function convertHardSigmoid(context: NodeContext): void {
  const alpha = context.float("alpha", 0.2);
  const beta = context.float("beta", 0.5);
  demand(alpha > 0 && Number.isFinite(beta), `alpha is ${alpha}, beta ${beta}`, "a positive slope");
  const usual = Math.abs(alpha - 1 / 6) < 1e-4 && beta === 0.5;
  applyActivation(context, 0, { activation: "hardsigmoid", ...(usual ? {} : { coefficients: { alpha, beta } }) });
}

/** Softmax and its kin, TopK with both its outputs: dropped at the end of a network, refused elsewhere by whoever reads them. */
export function convertLast(context: NodeContext): void {
  const value = context.bound(0, { last: true });
  for (const output of context.node.outputs.keys())
    context.set({ ...value, direct: context.exclusive(0), last: context.node.op, integer: false }, output);
}

/** Fuses an activation into the producer of input `index`, or adds a layer for it; returns the tensor. */
export function applyActivation(
  context: NodeContext,
  index: number,
  curve: Curve,
  exclusive = context.exclusive(index),
): number {
  const value = context.bound(index);
  const { draft } = context;
  const producer = draft.producerOf(value.tensor);
  let { tensor } = value;
  // Behind an integer operator only a clamp of its integers changes nothing by being fused.
  const open = !draft.isSettled(tensor) || integerClip(context);
  if (producer !== undefined && exclusive && open && takes(producer, curve)) {
    if (producer.activation === "none") Object.assign(producer, curve);
    else producer.clip = boundsOf(curve);
    context.fuse(tensor);
  } else {
    const layer = { op: "activation" as const, name: context.node.label, inputs: [tensor], ...curve };
    tensor = draft.add(layer, context.outputName);
  }
  context.produce(tensor, value.view, value.integer);
  return tensor;
}

/** Whether a layer can end in a function: concatenations move bytes, pools only divide, one table serves all channels. */
function takes({ op, activation, clip }: Layer, curve: Curve): boolean {
  if (op === "concat") return false;
  if (activation !== "none") return isAffine(activation) && clip === undefined && !needsTable(curve.activation);
  return !needsTable(curve.activation) || (op !== "maxpool" && op !== "avgpool" && tablesOf(curve) === 1);
}

/** The bounds of a clamp. */
function boundsOf({ activation, clip }: Curve): ClipRange {
  if (activation === "relu") return { min: 0 };
  return activation === "relu6" ? { min: 0, max: 6 } : { ...clip };
}

/** x · sigmoid(x) and x · hardsigmoid(x) as one activation; false when a product is not of this form. */
export function applyGated(context: NodeContext): boolean {
  for (const [plain, gated] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const x = context.value(plain);
    const gate = context.value(gated);
    if (x.kind !== "activation" || gate.kind !== "activation") continue;
    // A gate that was rounded to integers is one more rounding than the activation has.
    if (context.draft.isSettled(gate.tensor)) continue;
    const producer = context.draft.producerOf(gate.tensor);
    if (producer?.op !== "activation" || producer.inputs[0] !== x.tensor || !context.exclusive(gated)) continue;
    if (producer.activation !== "sigmoid" && producer.activation !== "hardsigmoid") continue;
    if (producer.coefficients !== undefined) continue;
    const activation = producer.activation === "sigmoid" ? "swish" : "hardswish";
    // The gate and this product are the two readers that may be there.
    const exclusive = x.direct && context.uses(context.node.inputs[plain]!) === 2;
    context.draft.remove(producer);
    applyActivation(context, plain, { activation }, exclusive);
    return true;
  }
  return false;
}
