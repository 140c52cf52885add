/**
 * Checks of a network: everything that would make it meaningless, all at once.
 * Inputs: a structurally typed Network. Invariants: after `checkNetwork` the invariants of `network.ts` hold.
 */
import { type Problem, UserError } from "../base/index.js";
import {
  type AvgPoolLayer,
  formatShape,
  isMacLayer,
  type Layer,
  type MaxPoolLayer,
  type Network,
  sameShape,
  type Tensor,
} from "./network.js";
import { topologicalOrder } from "./order.js";
import { inferShape, shapeProblem } from "./shapes.js";
import { layerTotals } from "./totals.js";

/** Every problem of a network, with the layer or tensor it belongs to; `file` goes into the places. */
export function networkProblems(network: Network, file?: string): Problem[] {
  const problems: Problem[] = [];
  const report = (code: string, field: string, message: string) =>
    problems.push({ code, message, place: file === undefined ? { field } : { file, field } });

  network.tensors.forEach((tensor, index) => {
    checkTensor(tensor, index, report);
  });
  if (!checkReferences(network, report)) return problems; // ids lead nowhere: nothing more can be said
  checkEdges(network, report);
  checkOrder(network, report);
  for (const layer of network.layers) checkLayer(network, layer, report);
  return problems;
}

/** Returns the network when it is sound, otherwise throws a UserError with every problem. */
export function checkNetwork(network: Network, file?: string): Network {
  const problems = networkProblems(network, file);
  if (problems.length > 0) throw new UserError(problems);
  return network;
}

type Report = (code: string, field: string, message: string) => void;

const layerField = (layer: Layer) => `layer "${layer.name}"`;
const tensorField = (tensor: Tensor) => `tensor "${tensor.name}"`;

function checkTensor(tensor: Tensor, index: number, report: Report): void {
  const field = tensorField(tensor);
  if (tensor.id !== index) report("network-id", field, `tensor ${index} of the list has id ${tensor.id}`);
  const wrong = shapeProblem(tensor.shape);
  if (wrong !== undefined) report("network-shape", field, wrong);
  checkBits(tensor.bits, field, report);
  const { quantization } = tensor;
  if (quantization === undefined) return;
  if (!(quantization.scale > 0 && Number.isFinite(quantization.scale)))
    report("network-quantization", field, `scale ${quantization.scale} is not a positive number`);
  if (!Number.isInteger(quantization.zeroPoint))
    report("network-quantization", field, `zero point ${quantization.zeroPoint} is not an integer`);
}

function checkBits(bits: number | undefined, field: string, report: Report): void {
  if (bits !== undefined && !(Number.isInteger(bits) && bits >= 1 && bits <= 64))
    report("network-bits", field, `${bits} bits is not an integer from 1 to 64`);
}

function checkReferences(network: Network, report: Report): boolean {
  let sound = true;
  const names = new Set<string>();
  const known = (id: number, field: string) => {
    if (Number.isInteger(id) && id >= 0 && id < network.tensors.length) return;
    report("network-tensor", field, `tensor ${id} does not exist; there are ${network.tensors.length} tensors`);
    sound = false;
  };
  network.layers.forEach((layer, index) => {
    const field = layerField(layer);
    if (layer.id !== index) report("network-id", field, `layer ${index} of the list has id ${layer.id}`);
    if (names.has(layer.name)) report("network-name", field, "two layers have this name");
    names.add(layer.name);
    for (const id of layer.inputs) known(id, field);
    known(layer.output, field);
  });
  for (const id of network.inputs) known(id, "inputs");
  for (const id of network.outputs) known(id, "outputs");
  if (network.layers.length === 0) report("network-empty", "layers", "the network has no layers");
  if (network.inputs.length === 0) report("network-empty", "inputs", "the network has no inputs");
  if (network.outputs.length === 0) report("network-empty", "outputs", "the network has no outputs");
  return sound;
}

/** Each tensor has exactly one source and at least one use. */
function checkEdges(network: Network, report: Report): void {
  const sources = network.tensors.map((): string[] => []);
  const used = new Set<number>(network.outputs);
  for (const id of network.inputs) sources[id]!.push("the network's input");
  for (const layer of network.layers) {
    sources[layer.output]!.push(`layer "${layer.name}"`);
    for (const id of layer.inputs) used.add(id);
  }
  for (const [id, tensor] of network.tensors.entries()) {
    const from = sources[id]!;
    if (from.length === 0) report("network-dangling", tensorField(tensor), "no layer produces it and it is no input");
    if (from.length > 1) report("network-dangling", tensorField(tensor), `produced by ${from.join(" and ")}`);
    if (!used.has(id)) report("network-dangling", tensorField(tensor), "no layer reads it and it is no output");
  }
}

function checkOrder(network: Network, report: Report): void {
  const producer = new Map<number, number>();
  network.layers.forEach((layer, index) => {
    producer.set(layer.output, index);
  });
  const predecessors = network.layers.map((layer) =>
    layer.inputs.map((id) => producer.get(id)).filter((index) => index !== undefined),
  );
  const { cycle } = topologicalOrder(predecessors);
  if (cycle !== undefined) {
    const names = [...cycle, cycle[0]!].map((index) => network.layers[index]!.name);
    report("network-cycle", `layer "${names[0]}"`, `the layers form a cycle: ${names.join(" -> ")}`);
    return;
  }
  network.layers.forEach((layer, index) => {
    for (const before of predecessors[index]!)
      if (before > index)
        report(
          "network-order",
          layerField(layer),
          `reads from "${network.layers[before]!.name}", which stands after it`,
        );
  });
}

function checkLayer(network: Network, layer: Layer, report: Report): void {
  const field = layerField(layer);
  const output = network.tensors[layer.output]!.shape;
  const inferred = inferShape(
    layer,
    layer.inputs.map((id) => network.tensors[id]!.shape),
    output.channels,
  );
  if (typeof inferred === "string") {
    report("network-layer", field, inferred);
    return;
  }
  if (!sameShape(inferred, output))
    report(
      "network-shape",
      field,
      `its output is ${formatShape(inferred)}, but tensor "${network.tensors[layer.output]!.name}" is ${formatShape(output)}`,
    );
  checkNumbers(layer, output.channels, field, report);
  if (layer.op === "maxpool" || layer.op === "avgpool") checkPool(layer, field, report);
  if (sameShape(inferred, output) && isMacLayer(layer)) checkWeights(network, layer, output.channels, field, report);
}

/** The pools of a chip look at neighbours: windows with gaps have no instruction. */
function checkPool(layer: MaxPoolLayer | AvgPoolLayer, field: string, report: Report): void {
  const { kernelHeight, kernelWidth, dilationY, dilationX } = layer;
  if ((kernelHeight > 1 && dilationY > 1) || (kernelWidth > 1 && dilationX > 1))
    report("network-pool", field, `a pool has no dilation, this one ${dilationY}x${dilationX}`);
}

/** Numbers of an activation: one, or one a channel where a layer is nothing else. */
function checkNumbers(layer: Layer, channels: number, field: string, report: Report): void {
  for (const [name, list] of Object.entries(layer.coefficients ?? {})) {
    if (typeof list === "number") continue;
    const wanted = layer.op === "activation" ? [1, channels] : [1];
    if (!wanted.includes(list.length))
      report(
        "network-activation",
        field,
        `${name} has ${list.length} elements, not ${[...new Set(wanted)].join(" or ")}`,
      );
  }
}

function checkWeights(
  network: Network,
  layer: Layer & { op: "conv" | "fc" },
  channels: number,
  field: string,
  report: Report,
): void {
  checkBits(layer.weightBits, `${field} weightBits`, report);
  checkBits(layer.bias?.bits, `${field} bias.bits`, report);
  const count = (what: string, seen: number | undefined, ...wanted: number[]) => {
    if (seen !== undefined && !wanted.includes(seen))
      report("network-weights", field, `${what} has ${seen} elements, not ${[...new Set(wanted)].join(" or ")}`);
  };
  count("weights", layer.weights?.data.length, layerTotals(network, layer).weights);
  count("weight scales", layer.weights?.scales?.length, 1, channels);
  count("weight zero points", layer.weights?.zeroPoints?.length, 1, channels);
  count("bias", layer.bias?.data?.length, channels);
  count("bias scales", layer.bias?.scales?.length, 1, channels);
}
