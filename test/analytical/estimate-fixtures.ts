/** Tiny networks and Mappings for the thin chip, written down as a mapper would. */
import {
  type MappedEdge,
  type MappedLayer,
  type MappedPartition,
  type MappedTile,
  type Mapping,
  noTraffic,
} from "../../src/mapping/index.js";
import type { ConvLayer, Network } from "../../src/workload/index.js";

/** One convolution of a chain: kernel, output channels, and where it runs. */
export interface ConvSpec {
  kernel: 1 | 3;
  channels: number;
  /** Replica r runs on cores[r]. */
  cores: number[];
  /** Index of its stage. */
  stage: number;
  /** Whether it takes its input from the layer before directly. */
  stream?: boolean;
}

/** A chain of convolutions over a square map; 3x3 kernels are padded by 1, so that all maps have one size. */
export function chainNetwork(size: number, channels: number, specs: readonly ConvSpec[]): Network {
  const shape = (count: number) => ({ height: size, width: size, channels: count });
  const layers = specs.map(({ kernel }, id): ConvLayer => {
    const pad = kernel === 3 ? 1 : 0;
    return {
      op: "conv",
      id,
      name: `conv${id}`,
      inputs: [id],
      output: id + 1,
      activation: "none",
      groups: 1,
      kernelHeight: kernel,
      kernelWidth: kernel,
      strideY: 1,
      strideX: 1,
      dilationY: 1,
      dilationX: 1,
      padTop: pad,
      padBottom: pad,
      padLeft: pad,
      padRight: pad,
    };
  });
  const counts = [channels, ...specs.map((spec) => spec.channels)];
  return {
    name: "chain",
    tensors: counts.map((count, id) => ({ id, name: `t${id}`, shape: shape(count) })),
    layers,
    inputs: [0],
    outputs: [specs.length],
  };
}

/**
 * The Mapping of such a chain on the thin chip: arrays of 64 rows by 16 weights of 4 bits, activations of 4 bits, every layer as wide as one
 * array at most, its row tiles side by side in arrays from `firstArray` of its cores.
 */
export function chainMapping(network: Network, specs: readonly ConvSpec[], batch = 1): Mapping {
  const { width } = network.tensors[0]!.shape;
  const tiles: MappedTile[] = [];
  const partitions: MappedPartition[] = [];
  const nextArray = new Map<number, number>();
  let address = 0;
  specs.forEach((spec, id) => {
    const inputs = network.tensors[id]!.shape.channels;
    const rows = spec.kernel * spec.kernel * inputs;
    const first = tiles.length;
    for (let row0 = 0; row0 < rows; row0 += 64) {
      const tileRows = Math.min(64, rows - row0);
      const rowBytes = Math.ceil((spec.channels * 4) / 8);
      tiles.push({
        name: `conv${id}:0:${row0}`,
        layer: id,
        row0,
        rows: tileRows,
        column0: 0,
        columns: spec.channels,
        group0: 0,
        groups: 1,
        weightBits: 4,
        columnsPerWeight: 2,
        address,
        rowBytes,
      });
      address += tileRows * rowBytes;
    }
    let partition = partitions[spec.stage];
    if (!partition) {
      nextArray.clear();
      partition = {
        index: spec.stage,
        unit0: 0,
        unit1: 0,
        samplesPerRound: 1,
        layers: [],
        edges: [],
        weightBytes: 0,
        loadBytes: 0,
        storeBytes: 0,
        traffic: noTraffic(),
        slots: 0,
        localMemoryBytes: {},
        work: [],
      };
      partitions[spec.stage] = partition;
    }
    const replicas = spec.cores.length;
    const next = specs[id + 1];
    const streamsOn = next?.stream === true;
    const layer: MappedLayer = {
      layer: id,
      name: `conv${id}`,
      kind: "matrix",
      fused: [],
      output: id + 1,
      replicas,
      strips: 1,
      spareRows: 2,
      spareRowsOn: {},
      vectorsPerMvm: width,
      slices: [
        {
          channel0: 0,
          channels: spec.channels,
          pass: 0,
          sumsTo: -1,
          sumsFrom: -1,
          copies: spec.cores.map((core) => {
            const array0 = nextArray.get(core) ?? 0;
            const pieces = tiles.slice(first).map((_, n) => ({
              array: array0 + n,
              depth: 0,
              tile: first + n,
              inputElement0: n * 64,
              output0: 0,
            }));
            nextArray.set(core, array0 + pieces.length);
            return {
              parts: [
                {
                  core,
                  row0: 0,
                  rows,
                  kernelRow0: 0,
                  kernelRows: spec.kernel,
                  channel0: 0,
                  channels: inputs,
                  steps: [{ accumulate: "set", pieces }],
                },
              ],
            };
          }),
        },
      ],
      stored: !streamsOn,
    };
    const edge: MappedEdge = {
      tensor: id,
      from: id - 1,
      to: id,
      kind: spec.stream ? "stream" : "memory",
      why: spec.stream ? "none" : "partition",
      bytes: 0,
    };
    partition.layers.push(layer);
    partition.edges.push(edge);
  });
  return {
    format: "wordline-mapping",
    version: 3,
    network: { name: network.name, digest: "" },
    chip: { name: "thin", structureDigest: "" },
    strategy: "by hand",
    batch,
    precision: { weightBits: 4, activationBits: 4 },
    resident: partitions.length === 1,
    loopOrder: [],
    accumulatorBuffers: 2,
    accumulatorEntriesPerBuffer: 512,
    tensorMemory: "gm",
    weightMulticast: true,
    mvmPer: "unit",
    pipeline: "window",
    prefetchWeights: true,
    partialSums: [],
    tiles,
    tensors: [],
    partitions,
  };
}
