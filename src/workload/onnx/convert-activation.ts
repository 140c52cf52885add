/**
 * Activations: fused into the layer before where nothing else reads it, otherwise layers of their own.
 * Inputs: a node with one activation. Invariants: a fused layer's tensor takes the name behind the activation and waits
 * for a new quantisation.
 */
import type { Activation, ClipRange } from "../network.js";
import type { NodeContext } from "./context.js";
import type { Constant, ConstantQuantization } from "./numbers.js";
import { demand, Refusal } from "./refusal.js";

/** Relu, Sigmoid, HardSwish: operators without parameters. */
export function convertActivation(activation: Activation): (context: NodeContext) => void {
  return (context) => applyActivation(context, 0, activation);
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
  else if (min === 0 && max === 6) applyActivation(context, 0, "relu6");
  else if (min === 0 && max === undefined) applyActivation(context, 0, "relu");
  else
    applyActivation(context, 0, "clip", {
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
    });
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

/** HardSigmoid with the slope 1/6 and offset 1/2 that the field uses. */
export function convertHardSigmoid(context: NodeContext): void {
  const alpha = context.float("alpha", 0.2);
  const beta = context.float("beta", 0.5);
  if (Math.abs(alpha - 1 / 6) > 1e-4 || beta !== 0.5)
    throw new Refusal("HardSigmoid has another slope or offset", {
      seen: `alpha ${alpha}, beta ${beta}`,
      accepted: "alpha 1/6, beta 0.5",
    });
  applyActivation(context, 0, "hardsigmoid");
}

/** Softmax and its kin: dropped at the end of a network, refused elsewhere by whoever reads them. */
export function convertLast(context: NodeContext): void {
  context.passOn(0, context.bound(0, { last: true }), { last: context.node.op, integer: false });
}

/** Fuses an activation into the producer of input `index`, or adds a layer for it; returns the tensor. */
export function applyActivation(
  context: NodeContext,
  index: number,
  activation: Activation,
  clip?: ClipRange,
  exclusive = context.exclusive(index),
): number {
  const value = context.bound(index);
  const { draft } = context;
  const producer = draft.producerOf(value.tensor);
  let { tensor } = value;
  // Behind an integer operator only a clamp of its integers changes nothing by being fused.
  const open = !draft.isSettled(tensor) || (integerClip(context) && producer?.op !== "concat");
  if (producer !== undefined && exclusive && open && producer.activation === "none") {
    producer.activation = activation;
    if (clip !== undefined) producer.clip = clip;
    context.fuse(tensor);
  } else {
    const layer = { op: "activation" as const, name: context.node.label, inputs: [tensor], activation };
    tensor = draft.add({ ...layer, ...(clip === undefined ? {} : { clip }) }, context.outputName);
  }
  context.produce(tensor, value.view, value.integer);
  return tensor;
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
    const activation = producer.activation === "sigmoid" ? "swish" : "hardswish";
    // The gate and this product are the two readers that may be there.
    const exclusive = x.direct && context.uses(context.node.inputs[plain]!) === 2;
    context.draft.remove(producer);
    applyActivation(context, plain, activation, undefined, exclusive);
    return true;
  }
  return false;
}
