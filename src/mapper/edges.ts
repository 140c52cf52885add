/**
 * Decides how every tensor travels: as a stream from core to core inside a partition, or through memory; and so what is stored.
 * A stream needs a consumer in the same partition that takes it as its main operand and only has to keep it, and full-width rows on
 * both sides.
 */
import type { MappedEdge, MappedLayer, Pipeline, SpillReason } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";

/** Whether tensors may stream at all. */
export interface StreamRules {
  stream: boolean;
  pipeline: Pipeline;
}

/** Edges of every partition; also sets `stored` of all layers. Bytes are left 0. */
export function decideEdges(
  view: NetworkView,
  partitions: readonly (readonly MappedLayer[])[],
  rules: StreamRules,
  spilled: ReadonlyMap<string, SpillReason>,
): MappedEdge[][] {
  const edges = partitions.map((layers, index) => edgesOf(view, layers, index, partitions, rules, spilled));
  partitions.forEach((layers, index) => {
    for (const layer of layers) layer.stored = isStored(view, layer, index, partitions, edges);
  });
  for (const [index, layers] of partitions.entries())
    for (const layer of layers)
      if (finishes(layer) && view.readers(layer.output).leaves)
        edges[index]!.push({
          tensor: layer.output,
          from: layer.layer,
          to: -1,
          kind: "memory",
          why: "network",
          bytes: 0,
        });
  return edges;
}

/** Names an edge in the list of spilled ones. */
export function edgeName(partition: number, tensor: number, to: number): string {
  return `${partition} ${tensor} ${to}`;
}

/** Whether a layer makes any channel of its output to the end in this partition, not only raw sums. */
function finishes(layer: MappedLayer): boolean {
  return layer.slices.some(({ sumsTo }) => sumsTo < 0);
}

/** Tensors a layer reads from outside its chain: the head's operands and the other operands of its followers. */
export function operandsOf(view: NetworkView, layer: MappedLayer): { tensor: number; main: boolean }[] {
  const head = view.network.layers[layer.layer]!;
  const operands = head.inputs.map((tensor, index) => ({ tensor, main: index === 0 }));
  for (const stage of view.chain(layer.layer, layer.fused).slice(1))
    if (stage.other && finishes(layer)) operands.push({ tensor: stage.other.tensor, main: false });
  return operands;
}

function edgesOf(
  view: NetworkView,
  layers: readonly MappedLayer[],
  index: number,
  partitions: readonly (readonly MappedLayer[])[],
  { stream, pipeline }: StreamRules,
  spilled: ReadonlyMap<string, SpillReason>,
): MappedEdge[] {
  const edges: MappedEdge[] = [];
  for (const layer of layers) {
    let from = layer.output;
    const fused = finishes(layer) ? view.chain(layer.layer, layer.fused).slice(1) : [];
    for (const stage of fused.reverse()) {
      from = stage.input;
      edges.push({ tensor: from, from: layer.layer, to: stage.layer.id, kind: "fused", why: "none", bytes: 0 });
    }
    for (const { tensor, main } of operandsOf(view, layer)) {
      for (const root of view.roots(tensor)) {
        const producer = layers.find((other) => other.output === root.tensor && other !== layer);
        const why = whyMemory(layer, producer, main, root.tensor);
        edges.push({
          tensor: root.tensor,
          from: producer?.layer ?? headOf(partitions, root.tensor),
          to: layer.layer,
          kind: why === "none" ? "stream" : "memory",
          why,
          bytes: 0,
        });
      }
    }
  }
  return edges;

  function whyMemory(
    layer: MappedLayer,
    producer: MappedLayer | undefined,
    main: boolean,
    tensor: number,
  ): SpillReason | "none" {
    if (!producer) return view.producers[tensor] === undefined ? "network" : "partition";
    if (!main || view.network.layers[layer.layer]!.op === "concat") return "vector-consumer";
    if (!stream) return "streaming-off";
    if (pipeline === "sample") return "sample-pipeline";
    if ([layer, producer].some(({ strips, slices }) => strips > 1 || slices.some(({ pass }) => pass > 0)))
      return "strips";
    return spilled.get(edgeName(index, tensor, layer.layer)) ?? "none";
  }
}

function headOf(partitions: readonly (readonly MappedLayer[])[], tensor: number): number {
  for (const layers of partitions) for (const layer of layers) if (layer.output === tensor) return layer.layer;
  return -1;
}

function isStored(
  view: NetworkView,
  layer: MappedLayer,
  index: number,
  partitions: readonly (readonly MappedLayer[])[],
  edges: readonly (readonly MappedEdge[])[],
): boolean {
  if (view.readers(layer.output).leaves) return true;
  return partitions.some((readers, other) =>
    edges[other]!.some(
      (edge) =>
        edge.tensor === layer.output &&
        edge.kind !== "fused" &&
        (edge.kind === "memory" || other !== index) &&
        readers.some((reader) => reader.layer === edge.to),
    ),
  );
}
