/**
 * Chains: a head layer with the followers that are applied to its rows before they leave the core.
 * A follower is fused where the tensor between has no other reader, so that it need not exist in any memory but the core's own.
 * Concatenations whose operands agree in width and scale are free: their tensor is the list of their operands' slices.
 */

import type { Precision } from "../hardware/index.js";
import { consumersOf, isMacLayer, type Layer, type Network, producersOf } from "../workload/index.js";
import { bitsOf } from "./precision.js";

/** Most rows of a pooling window that is fused. */
const TALLEST_FUSED_POOL = 4;

/** A stored tensor that makes up part of another: itself, or an operand of a free concatenation. */
export interface Root {
  tensor: number;
  /** First channel of the whole that it makes. */
  channel0: number;
  channels: number;
}

/** One link of a chain. */
export interface Stage {
  layer: Layer;
  /** The operand that comes from the link before (the head's main input). */
  input: number;
  /** Position of that operand. */
  operand: number;
  /** The other operand of an addition or product: read from memory. */
  other?: { tensor: number; broadcast: boolean };
  output: number;
}

/** What the mapper asks about a network again and again. */
export class NetworkView {
  readonly producers: (number | undefined)[];
  readonly consumers: number[][];
  private readonly anchors: number[];

  constructor(
    readonly network: Network,
    readonly precision: Precision,
  ) {
    this.producers = producersOf(network);
    this.consumers = consumersOf(network);
    this.anchors = network.tensors.map(() => -1);
    for (const layer of network.layers)
      this.anchors[layer.output] = isMacLayer(layer)
        ? layer.id
        : Math.max(...layer.inputs.map((tensor) => this.anchors[tensor]!));
  }

  bits(tensor: number): number {
    return bitsOf(this.network, tensor, this.precision);
  }

  shape(tensor: number) {
    return this.network.tensors[tensor]!.shape;
  }

  /** The last matrix layer a tensor depends on through vector layers only, −1 for none. */
  anchor(tensor: number): number {
    return this.anchors[tensor]!;
  }

  /** Bytes of one pixel of so many channels of a tensor. */
  pixelBytes(tensor: number, channels: number): number {
    return Math.ceil((channels * this.bits(tensor)) / 8);
  }

  /** Whether a layer is a concatenation that moves nothing. */
  isFree(layer: Layer): boolean {
    if (layer.op !== "concat" || layer.activation !== "none") return false;
    const whole = this.network.tensors[layer.output]!;
    return layer.inputs.every((id, index) => {
      const part = this.network.tensors[id]!;
      return (
        layer.inputs.indexOf(id) === index &&
        this.bits(id) === this.bits(layer.output) &&
        part.quantization?.scale === whole.quantization?.scale &&
        part.quantization?.zeroPoint === whole.quantization?.zeroPoint
      );
    });
  }

  /** The stored tensors a tensor is made of. */
  roots(tensor: number): Root[] {
    const producer = this.producers[tensor];
    const layer = producer === undefined ? undefined : this.network.layers[producer]!;
    if (!layer || !this.isFree(layer)) return [{ tensor, channel0: 0, channels: this.shape(tensor).channels }];
    const roots: Root[] = [];
    let channel0 = 0;
    for (const input of layer.inputs) {
      for (const root of this.roots(input)) roots.push({ ...root, channel0: channel0 + root.channel0 });
      channel0 += this.shape(input).channels;
    }
    return roots;
  }

  /** The layers that read a tensor, looking through free concatenations; and whether it leaves the network. */
  readers(tensor: number): { layers: Layer[]; leaves: boolean } {
    const layers: Layer[] = [];
    let leaves = this.network.outputs.includes(tensor);
    for (const id of this.consumers[tensor]!) {
      const layer = this.network.layers[id]!;
      if (this.isFree(layer)) {
        const behind = this.readers(layer.output);
        layers.push(...behind.layers);
        leaves ||= behind.leaves;
      } else layers.push(layer);
    }
    return { layers, leaves };
  }

  /** The link a layer is when `input` is the operand that flows through it. */
  stage(layer: Layer, input: number): Stage {
    const operand = layer.inputs.indexOf(input);
    const stage: Stage = { layer, input, operand, output: layer.output };
    if (layer.op === "add" || layer.op === "mul") {
      const other = layer.inputs[1 - operand]!;
      const { height, width } = this.shape(other);
      const own = this.shape(layer.output);
      stage.other = { tensor: other, broadcast: height !== own.height || width !== own.width };
    }
    return stage;
  }

  /** The chain of a head and its fused layers. */
  chain(head: number, fused: readonly number[]): Stage[] {
    const layer = this.network.layers[head]!;
    const stages = [this.stage(layer, layer.inputs[0]!)];
    for (const id of fused) stages.push(this.stage(this.network.layers[id]!, stages.at(-1)!.output));
    return stages;
  }

  /**
   * The followers that can be fused to a matrix layer with so many replicas. `room` bounds a pooling window's rows of one slice, of
   * `sliceChannels` channels: they wait in the core's local memory.
   */
  followers(head: Layer, replicas: number, room: { bytes: number; sliceChannels: number }): number[] {
    const fused: number[] = [];
    let tensor = head.output;
    for (;;) {
      const next = this.consumers[tensor]!;
      if (next.length !== 1 || this.network.outputs.includes(tensor)) return fused;
      const layer = this.network.layers[next[0]!]!;
      if (!this.canFuse(head, tensor, layer, replicas, room)) return fused;
      fused.push(layer.id);
      tensor = layer.output;
    }
  }

  private canFuse(
    head: Layer,
    tensor: number,
    layer: Layer,
    replicas: number,
    room: { bytes: number; sliceChannels: number },
  ): boolean {
    switch (layer.op) {
      case "activation":
        return true;
      case "add":
      case "mul": {
        if (layer.inputs[0] === layer.inputs[1]) return false;
        const { other, operand } = this.stage(layer, tensor);
        const whole = this.shape(tensor);
        const result = this.shape(layer.output);
        // The through operand must have the result's shape, and the other must be in memory before the head starts.
        if (whole.height !== result.height || whole.width !== result.width) return false;
        if (other!.broadcast && operand !== 0) return false;
        return this.anchor(other!.tensor) < head.id;
      }
      case "maxpool":
      case "avgpool":
        // Replicas own final rows: a pooling window must not reach into rows of another replica.
        return (
          layer.dilationX === 1 &&
          layer.dilationY === 1 &&
          // The head's ring holds the input of a whole pooling window: a tall one is left to a layer of its own.
          layer.kernelHeight <= TALLEST_FUSED_POOL &&
          this.windowBytes(layer, tensor, room.sliceChannels) <= room.bytes &&
          (replicas === 1 || (layer.kernelHeight <= layer.strideY && this.shape(layer.output).height >= replicas))
        );
      default:
        return false;
    }
  }

  /** Bytes of the rows a pooling window spans, for so many channels. */
  private windowBytes(layer: Layer & { op: "maxpool" | "avgpool" }, tensor: number, channels: number): number {
    const { height, width } = this.shape(tensor);
    return Math.min(height, layer.kernelHeight) * width * this.pixelBytes(tensor, channels);
  }
}
