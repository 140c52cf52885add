/** Programs written by hand: one convolution on one core, with every dependency named so that a test can leave one out. */

import { packedBytes } from "../../src/functional/index.js";
import { type Chip, structureDigest } from "../../src/hardware/index.js";
import { type Address, type Program, ProgramBuilder } from "../../src/isa/index.js";
import { type ConvLayer, type Network, NetworkBuilder } from "../../src/workload/index.js";

/** Which dependency a program lacks. */
export type Omitted = "loaded" | "weights" | "padding" | "input" | "ready0" | "free0" | "ready1" | "free1" | "out";

/** Options of a hand-written convolution. */
export interface HandOptions {
  omit?: Omitted;
  batch?: number;
  /** All dependencies of the accumulators through one semaphore, though two MVMs may be under way: a race. */
  oneSemaphore?: boolean;
}

/** A network of one convolution. */
export function oneConvolution(
  shape: { height: number; width: number; channels: number },
  conv: {
    channels: number;
    kernel: number;
    stride?: number;
    padding?: number | readonly [number, number, number, number];
    groups?: number;
  },
  bits = 8,
  signed = true,
): Network {
  const build = new NetworkBuilder("one");
  const form = { bits, signed };
  const x = build.input("x", shape, form);
  build.output(
    build.conv(x, {
      ...conv,
      name: "conv",
      weightBits: bits,
      bias: true,
      activation: "relu",
      output: { ...form, name: "y" },
    }),
  );
  return build.build();
}

/** The program of a one-convolution network. */
export function handConvolution(network: Network, chip: Chip, zeroPoint: number, options: HandOptions = {}): Program {
  const { omit, batch = 1, oneSemaphore = false } = options;
  const layer = network.layers[0] as ConvLayer;
  const input = network.tensors[layer.inputs[0]!]!;
  const output = network.tensors[layer.output]!;
  const bits = input.bits!;
  const { arrays } = chip.core;
  const weightBits = layer.weightBits!;
  const columnsPerWeight = Math.ceil(weightBits / arrays.cellBits);
  const build = new ProgramBuilder({
    name: "hand",
    chip: chip.name,
    structureDigest: structureDigest(chip),
    cores: 1,
    batch,
    semaphores: chip.core.semaphores,
  });
  const tag = build.tag(0, layer.name);
  const groupInputs = input.shape.channels / layer.groups;
  const rows = layer.kernelHeight * layer.kernelWidth * groupInputs * layer.groups;
  const columns = output.shape.channels;
  const width = Math.floor(arrays.columns / columnsPerWeight);
  const pixelBytes = packedBytes(input.shape.channels, bits);
  const outPixelBytes = packedBytes(columns, bits);
  // DRAM: input samples, output samples, tiles.
  const inBytes = input.shape.height * input.shape.width * pixelBytes;
  const outRowBytes = output.shape.width * outPixelBytes;
  const outBytes = output.shape.height * outRowBytes;
  const sampleStride = inBytes + outBytes;
  build.tensor({
    tensor: input.id,
    name: "x",
    height: input.shape.height,
    width: input.shape.width,
    bits,
    sampleStride,
    slices: [{ channel0: 0, channels: input.shape.channels, address: 0, pixelBytes }],
  });
  build.tensor({
    tensor: output.id,
    name: "y",
    height: output.shape.height,
    width: output.shape.width,
    bits,
    sampleStride,
    slices: [{ channel0: 0, channels: columns, address: inBytes, pixelBytes: outPixelBytes }],
  });
  let address = sampleStride * batch;
  const named = (name: string) => build.semaphore(0, name);
  const wait = (name: Omitted, count = 1) => (name === omit ? {} : { waits: [{ semaphore: named(name), count }] });
  const post = (name: Omitted) => (name === omit ? {} : { posts: [{ core: 0, semaphore: named(name), count: 1 }] });
  const pieces = [];
  let buffer = 0;
  let tiles = 0;
  for (let column0 = 0; column0 < columns; column0 += width)
    for (let row0 = 0; row0 < rows; row0 += arrays.rows) {
      const tileRows = Math.min(arrays.rows, rows - row0);
      const tileColumns = Math.min(width, columns - column0);
      const physical = tileColumns * columnsPerWeight;
      const rowBytes = Math.ceil((physical * arrays.cellBits) / 8);
      const tile = build.tile({
        name: `conv:${column0}:${row0}`,
        layer: 0,
        row0,
        rows: tileRows,
        column0,
        columns: tileColumns,
        group0: 0,
        groups: layer.groups,
        weightBits,
        columnsPerWeight,
        address,
        rowBytes,
      });
      const bytes = tileRows * rowBytes;
      let source: Address = { space: "gm", base: address };
      if (arrays.weightsFrom === "weightBuffer") {
        source = { space: "wb", base: buffer };
        build.stream(0, "weightLoad").push({
          op: "WLD",
          destination: source,
          source: { space: "gm", base: address },
          bytes,
          cores: [0],
          tag,
          ...post("loaded"),
        });
      }
      const write = {
        op: "WWR" as const,
        arrays: [tiles],
        row0: 0,
        rows: tileRows,
        column0: 0,
        columns: physical,
        depth: 0,
        source,
        tile,
        tileRow0: 0,
        tag,
      };
      // Loads may complete in any order: the first write waits for all of them.
      pieces.push({
        array: tiles,
        row0: 0,
        rows: tileRows,
        column0: 0,
        columns: physical,
        depth: 0,
        tile,
        inputElement0: row0,
        output0: column0,
        outputs: tileColumns,
        write,
      });
      address += bytes;
      buffer += bytes;
      tiles++;
    }
  if (tiles > arrays.count) throw new Error(`${chip.name} has too few arrays: ${tiles}`);
  const writer = build.stream(0, "weightWrite");
  for (const [i, { write }] of pieces.entries())
    writer.push({
      ...write,
      ...post("weights"),
      ...(i === 0 && write.source.space === "wb" ? wait("loaded", tiles) : {}),
    });
  if (arrays.write.doubleBanked)
    for (const i of pieces.keys())
      writer.push({ op: "WSWAP", array: i, tag, ...(i === 0 ? wait("weights", tiles) : {}), ...post("weights") });
  const group = build.group({
    name: "conv",
    core: 0,
    pieces: pieces.map(({ write: _, ...piece }) => piece),
    inputs: rows,
    outputs: columns,
    inputBits: bits,
    weightBits,
    inputSigned: input.signed!,
  });
  // Local memory: the padded map, then result rows.
  const paddedWidth = input.shape.width + layer.padLeft + layer.padRight;
  const mapRow = paddedWidth * pixelBytes;
  const mapBytes = input.shape.height * mapRow;
  const vector = build.stream(0, "vector");
  const load = build.stream(0, "load");
  const mvm = build.stream(0, "mvm");
  const store = build.stream(0, "store");
  vector.push({
    op: "FILL",
    rows: 1,
    rowBytes: mapBytes * batch,
    destination: { address: { space: "lm", base: 0 }, stride: mapBytes * batch },
    value: zeroPoint,
    elementBits: bits,
    tag,
    ...post("padding"),
  });
  for (let sample = 0; sample < batch; sample++) {
    const base = sample * mapBytes;
    load.push({
      op: "LD",
      rows: input.shape.height,
      rowBytes: input.shape.width * pixelBytes,
      destination: { address: { space: "lm", base: base + layer.padLeft * pixelBytes }, stride: mapRow },
      source: { address: { space: "gm", base: sample * sampleStride }, stride: input.shape.width * pixelBytes },
      tag,
      ...(sample === 0 ? wait("padding") : {}),
      ...post("input"),
    });
  }
  const entries = output.shape.width * columns;
  let turn = 0;
  for (let sample = 0; sample < batch; sample++)
    for (let y = 0; y < output.shape.height; y++, turn++) {
      const top = y * layer.strideY - layer.padTop;
      const headRows = Math.max(0, -top);
      const tailRows = Math.max(0, top + layer.kernelHeight - input.shape.height);
      const parity = turn % 2;
      const [ready, free] = (oneSemaphore || parity === 0 ? ["ready0", "free0"] : ["ready1", "free1"]) as [
        Omitted,
        Omitted,
      ];
      const waits = [
        ...(turn === 0 ? (wait("weights", tiles).waits ?? []) : []),
        ...(turn === 0 ? (wait("input", batch).waits ?? []) : []),
        ...(turn >= 2 ? (wait(free).waits ?? []) : []),
      ];
      const accumulator: Address = { space: "acc", base: parity * entries };
      mvm.push({
        op: "MVM",
        groups: [group],
        source: {
          address: { space: "lm", base: sample * mapBytes + Math.max(0, top) * mapRow },
          segments: layer.kernelHeight - headRows - tailRows,
          segmentStride: mapRow,
          parts: layer.kernelWidth,
          partBytes: pixelBytes,
          partStride: pixelBytes,
          headRows,
          tailRows,
          padValue: zeroPoint,
        },
        vectors: output.shape.width,
        vectorStride: layer.strideX * pixelBytes,
        accumulator,
        accumulate: "set",
        mode: "normal",
        tag,
        ...(waits.length > 0 ? { waits } : {}),
        ...post(ready),
      });
      const row = batch * mapBytes + turn * outRowBytes;
      const posts = [...(post(free).posts ?? []), ...(post("out").posts ?? [])];
      vector.push({
        op: "ACC.OUT",
        accumulator,
        elements: entries,
        destination: { space: "lm", base: row },
        elementBits: bits,
        params: layer.name,
        tag,
        ...wait(ready),
        ...(posts.length > 0 ? { posts } : {}),
      });
      store.push({
        op: "ST",
        rows: 1,
        rowBytes: outRowBytes,
        destination: {
          address: { space: "gm", base: sample * sampleStride + inBytes + y * outRowBytes },
          stride: outRowBytes,
        },
        source: { address: { space: "lm", base: row }, stride: outRowBytes },
        tag,
        ...wait("out"),
      });
    }
  return build.build();
}
