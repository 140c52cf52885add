/**
 * Activations as ONNX nodes on real numbers, between DequantizeLinear and QuantizeLinear.
 * Inputs: a layer and the integers before it. Invariants: the last node writes the layer's tensor.
 */
import type { Activation, Layer } from "../network.js";
import type { GraphWriter } from "./write.js";

const microsoft = "com.microsoft";

/** An activation on real numbers between two changes of representation. */
export function writeCurve(graph: GraphWriter, layer: Layer, source: string, from: [string, string]): void {
  const output = graph.nameOf(layer.output);
  const real = graph.unique(`${output}_real`);
  graph.node({ op: "DequantizeLinear", name: `${layer.name}_dequantize`, inputs: [source, ...from], outputs: [real] });
  const result = activate(graph, layer, real);
  const inputs = [result, ...graph.quantizationOf(layer.output)];
  graph.node({ op: "QuantizeLinear", name: `${layer.name}_quantize`, inputs, outputs: [output] });
}

function activate(graph: GraphWriter, layer: Layer, x: string): string {
  const { name, activation, clip, coefficients = {} } = layer;
  const { alpha, beta } = coefficients;
  const y = graph.unique(`${x}_${activation}`);
  const node = (op: string, inputs: string[], attributes = {}) =>
    graph.node({ op, name: `${name}_${op.toLowerCase()}`, inputs, outputs: [y], attributes });
  const bounds = (min: number | undefined, max: number | undefined) => {
    if (min === undefined && max === undefined) return x;
    const bound = (kind: string, value: number | undefined) =>
      value === undefined ? "" : graph.constant(`${y}_${kind}`, [], Float32Array.of(value));
    const high = bound("max", max);
    node("Clip", high === "" ? [x, bound("min", min)] : [x, bound("min", min), high]);
    return y;
  };
  const list = (kind: string, numbers: number[] = [0], scale = 1) => {
    const dims = numbers.length === 1 ? [] : graph.isFlat(layer.output) ? [numbers.length] : [numbers.length, 1, 1];
    return graph.constant(
      `${y}_${kind}`,
      dims,
      Float32Array.from(numbers, (number) => number * scale),
    );
  };
  const simple = simpleOperators[activation];
  if (simple !== undefined) {
    node(simple, [x]);
    return y;
  }
  switch (activation) {
    case "leakyrelu":
      node("PRelu", [x, list("slope", coefficients.slopes ?? [0.01], coefficients.slopeScale)]);
      return y;
    case "plus":
    case "times":
      node(activation === "plus" ? "Add" : "Mul", [x, list("operand", coefficients.slopes, coefficients.slopeScale)]);
      return y;
    case "affine": {
      const scaled = graph.unique(`${y}_scaled`);
      const slopes = list("slope", coefficients.slopes);
      graph.node({ op: "Mul", name: `${name}_mul`, inputs: [x, slopes], outputs: [scaled] });
      node("Add", [scaled, list("shift", coefficients.shifts)]);
      return y;
    }
    case "elu": {
      const attributes = { alpha: { float: alpha ?? 1 } };
      if (beta === undefined) node("Elu", [x], attributes);
      else node("Selu", [x], { ...attributes, gamma: { float: beta } });
      return y;
    }
    case "gelu":
    case "gelutanh":
      graph.node({
        op: activation === "gelu" ? "Gelu" : "FastGelu",
        domain: microsoft,
        name: `${name}_gelu`,
        inputs: [x],
        outputs: [y],
      });
      return y;
    case "mish": {
      const [soft, gate] = [graph.unique(`${x}_softplus`), graph.unique(`${x}_gate`)];
      graph.node({ op: "Softplus", name: `${name}_softplus`, inputs: [x], outputs: [soft] });
      graph.node({ op: "Tanh", name: `${name}_tanh`, inputs: [soft], outputs: [gate] });
      node("Mul", [x, gate]);
      return y;
    }
    case "relu6":
      return bounds(0, 6);
    case "clip":
      return bounds(clip?.min, clip?.max);
    case "hardsigmoid":
      node("HardSigmoid", [x], { alpha: { float: alpha ?? 1 / 6 }, beta: { float: beta ?? 0.5 } });
      return y;
    case "swish": {
      const [steep, gate] = [graph.unique(`${x}_steep`), graph.unique(`${x}_gate`)];
      if (alpha !== undefined)
        graph.node({ op: "Mul", name: `${name}_alpha`, inputs: [x, list("alpha", [alpha])], outputs: [steep] });
      const from = alpha === undefined ? x : steep;
      graph.node({ op: "Sigmoid", name: `${name}_sigmoid`, inputs: [from], outputs: [gate] });
      node("Mul", [x, gate]);
      return y;
    }
    default:
      return x;
  }
}

/** Activations that are one operator without numbers. */
const simpleOperators: Partial<Record<Activation, string>> = {
  relu: "Relu",
  sigmoid: "Sigmoid",
  hardswish: "HardSwish",
  tanh: "Tanh",
  softplus: "Softplus",
  softsign: "Softsign",
};
