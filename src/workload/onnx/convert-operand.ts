/**
 * Constants beside activations that are layers of their own or bounds: Max, Min, and what the QLinear family adds or multiplies.
 * Inputs: a node with an activation and a constant. Invariants: integers that were rounded before stay as they are, nothing is folded into weights.
 */
import type { NodeContext } from "./context.js";
import { applyActivation } from "./convert-activation.js";
import { affineCurve, perChannel } from "./convert-elementwise.js";
import type { Constant } from "./numbers.js";
import { demand } from "./refusal.js";

/** Max and Min of an activation and a number: a bound. */
export function convertBound(side: "min" | "max"): (context: NodeContext) => void {
  return (context) => {
    const count = context.node.inputs.length;
    demand(count === 1 || count === 2, `it compares ${count} inputs`, "1 or 2");
    if (count === 1) {
      context.passOn(0, context.bound(0));
      return;
    }
    const index = context.value(0).kind === "activation" ? 0 : 1;
    demand(context.value(1 - index).kind === "constant", "it compares two activations", "an activation and a number");
    const { known } = perChannel(context, context.bound(index), context.constant(1 - index));
    demand(known?.every((one) => one === known[0]) === true, "its constant is no single number", "a number");
    const bound = known![0]!;
    if (side === "min" && bound === 0) applyActivation(context, index, { activation: "relu" });
    else applyActivation(context, index, { activation: "clip", clip: { [side]: bound } });
  };
}

/** A layer of its own that adds a constant to integers, or multiplies them by it. */
export function addConstant(context: NodeContext, op: "add" | "mul", index: number, constant: Constant): number {
  const value = context.bound(index);
  const operand = perChannel(context, value, constant);
  demand(operand.known !== undefined, "the numbers of its constant are not in the file");
  const curve = op === "add" ? affineCurve(undefined, operand) : affineCurve(operand, undefined);
  const layer = { op: "activation" as const, name: context.node.label, inputs: [value.tensor], ...curve };
  const tensor = context.draft.add(layer, context.outputName);
  context.produce(tensor, value.view);
  return tensor;
}
