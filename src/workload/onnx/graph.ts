/**
 * Order and liveness of an ONNX graph: which nodes matter for the outputs, and in what order to visit them.
 * Inputs: a decoded graph. Invariants: the nodes returned are live, in topological order, and each name they read is
 * produced once; cycles and dangling names are reported, not thrown.
 */
import { nearestName, type Problem } from "../../base/index.js";
import { topologicalOrder } from "../order.js";
import type { OnnxGraph, OnnxNode } from "./wire.js";

/** A node with its position in the file and a label for messages. */
export interface GraphNode extends OnnxNode {
  index: number;
  label: string;
}

/** A graph ready to be walked. */
export interface OrderedGraph {
  nodes: GraphNode[];
  /** How many times live nodes and graph outputs read each name. */
  uses: Map<string, number>;
}

/** Orders the live nodes; problems go to `report`, and the walk may go on when it returns a graph. */
export function orderGraph(
  graph: OnnxGraph,
  report: (problem: Omit<Problem, "place">, node?: string) => void,
): OrderedGraph {
  const all = graph.nodes.map((node, index): GraphNode => ({ ...node, index, label: labelOf(node, index) }));
  const given = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name));
  const producer = new Map<string, GraphNode>();
  for (const node of all)
    for (const output of node.outputs) {
      if (output === "") continue;
      const other = producer.get(output);
      if (other !== undefined)
        report({ code: "onnx-graph", message: `"${output}" is also produced by ${other.label}` }, node.label);
      else producer.set(output, node);
    }

  const live = liveNodes(graph, producer);
  const uses = new Map<string, number>();
  const use = (name: string) => uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const { name } of graph.outputs) {
    use(name);
    if (!producer.has(name) && !given.has(name)) dangling(name, "the graph's outputs");
  }
  const nodes = all.filter((node) => live.has(node));
  for (const node of nodes)
    for (const input of node.inputs) {
      if (input === "") continue; // an optional input left out
      if (node.op !== "Shape") use(input); // asking for a shape reads no data
      if (!producer.has(input) && !given.has(input)) dangling(input, node.label);
    }

  function dangling(name: string, reader: string): void {
    const nearest = nearestName(name, [...given, ...producer.keys()]);
    const problem = { code: "onnx-graph", message: `reads "${name}", which nothing produces` };
    report(nearest === undefined ? problem : { ...problem, nearest }, reader);
  }

  const position = new Map(nodes.map((node, index) => [node, index]));
  const predecessors = nodes.map((node) =>
    node.inputs.map((name) => position.get(producer.get(name)!)).filter((index) => index !== undefined),
  );
  const { order, cycle } = topologicalOrder(predecessors);
  if (order !== undefined) return { nodes: order.map((index) => nodes[index]!), uses };
  const path = [...cycle, cycle[0]!].map((index) => nodes[index]!.label);
  report({ code: "onnx-cycle", message: `the nodes form a cycle: ${path.join(" -> ")}` }, path[0]);
  return { nodes: [], uses };
}

function liveNodes(graph: OnnxGraph, producer: Map<string, GraphNode>): Set<GraphNode> {
  const live = new Set<GraphNode>();
  const pending = graph.outputs.map(({ name }) => name);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = producer.get(name);
    if (node === undefined || live.has(node)) continue;
    live.add(node);
    pending.push(...node.inputs);
  }
  return live;
}

/** The name people know a node by: its own or its first output when short, else operator and position. */
function labelOf(node: OnnxNode, index: number): string {
  // Converters join the names of all fused operators with semicolons; nobody can read those.
  const readable = (name: string) => name !== "" && name.length <= 80 && !name.includes(";");
  return [node.name, node.outputs[0] ?? ""].find(readable) ?? `${node.op}_${index}`;
}
