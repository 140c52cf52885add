/**
 * An untimed interpreter: runs a program in a random order that its streams, semaphores and channels allow, with real numbers.
 * It finds deadlocks, reads of bytes nobody wrote, and accesses that overlap in flight. Any number of instructions of a stream may
 * be under way (only the vector unit runs one at a time), so no order is assumed that the program does not enforce.
 */
import type { Chip } from "../../src/hardware/index.js";
import type { Address, Block, Instruction, Program, VectorSource } from "../../src/isa/index.js";
import type { Network } from "../../src/workload/index.js";
import { inputValue, result, tileWeight } from "./numbers.js";

/** Bytes with their state: value, written or not, and who is under way on them. */
class Memory {
  readonly data: Uint8Array;
  readonly written: Uint8Array;
  readonly reading: Uint16Array;
  readonly writing: Uint8Array;
  /** Additions under way: they exclude reads and writes, but not each other. */
  readonly adding: Uint8Array;
  constructor(
    readonly name: string,
    bytes: number,
  ) {
    this.data = new Uint8Array(bytes);
    this.written = new Uint8Array(bytes);
    this.reading = new Uint16Array(bytes);
    this.writing = new Uint8Array(bytes);
    this.adding = new Uint8Array(bytes);
  }
}

interface Running {
  stream: StreamState;
  instruction: Instruction;
  locked: { memory: Memory; byte: number; how: "read" | "write" | "add" }[];
  finish(): void;
}

interface StreamState {
  core: number;
  unit: string;
  code: Instruction[];
  matching: number[];
  pc: number;
  loops: { start: number; left: number; trip: number }[];
  running: number;
}

/** Runs programs; `random` gives numbers in [0, 1). */
export class Interpreter {
  readonly dram: Memory;
  private readonly local: Memory[];
  private readonly weights: Float64Array[];
  private readonly weightState: Memory[];
  private readonly accumulators: Float64Array[];
  private readonly accumulatorState: Memory[];
  private readonly tokens = new Map<string, number>();
  private readonly channels = new Map<string, { credits: number; arrived: Uint8Array[] }>();
  private readonly content = new Map<string, (string | undefined)[]>();
  private readonly shadow = new Map<string, (string | undefined)[]>();
  private readonly streams: StreamState[];
  private running: Running[] = [];

  constructor(
    private readonly program: Program,
    private readonly chip: Chip,
    private readonly network: Network,
    private readonly random: () => number,
  ) {
    const end = Math.max(
      ...program.tensors.flatMap((tensor) =>
        tensor.slices.map(
          (slice) =>
            slice.address + (program.batch - 1) * tensor.sampleStride + tensor.height * tensor.width * slice.pixelBytes,
        ),
      ),
    );
    const { core } = chip;
    const many = <T>(make: () => T): T[] => Array.from({ length: chip.cores }, make);
    this.dram = new Memory("DRAM", end);
    this.local = many(() => new Memory("local memory", core.localMemory.bytes));
    this.weights = many(() => new Float64Array(core.weightBuffer?.bytes ?? 0).fill(-1));
    this.weightState = many(() => new Memory("weight buffer", core.weightBuffer?.bytes ?? 0));
    this.accumulators = many(() => new Float64Array(core.accumulatorEntries));
    this.accumulatorState = many(() => new Memory("accumulators", core.accumulatorEntries));
    this.streams = program.streams.map(({ core: at, unit, code }) => {
      const list = Array.from({ length: code.length }, (_, index) => structuredClone(code.at(index)));
      const matching: number[] = [];
      const open: number[] = [];
      list.forEach((instruction, index) => {
        if (instruction.op === "LOOP") open.push(index);
        if (instruction.op === "ENDL") matching[index] = open.pop()!;
      });
      return { core: at, unit, code: list, matching, pc: 0, loops: [], running: 0 };
    });
    for (const tensor of program.tensors) {
      if (!network.inputs.includes(tensor.tensor)) continue;
      const { height, width, channels } = network.tensors[tensor.tensor]!.shape;
      for (let sample = 0; sample < program.batch; sample++)
        for (let i = 0; i < height * width * channels; i++)
          this.setTensor(tensor.tensor, sample, i, inputValue(sample, i, tensor.bits));
    }
  }

  /** Byte and bit of an element of a tensor in DRAM. */
  private tensorElement(id: number, sample: number, index: number): { byte: number; shift: number; bits: number } {
    const tensor = this.program.tensors.find((one) => one.tensor === id)!;
    const { channels } = this.network.tensors[id]!.shape;
    const channel = index % channels;
    const slice = tensor.slices.find((one) => channel >= one.channel0 && channel < one.channel0 + one.channels)!;
    const bit = (channel - slice.channel0) * tensor.bits;
    const byte =
      slice.address + sample * tensor.sampleStride + Math.floor(index / channels) * slice.pixelBytes + (bit >> 3);
    return { byte, shift: bit & 7, bits: tensor.bits };
  }

  private setTensor(id: number, sample: number, index: number, value: number): void {
    const { byte, shift, bits } = this.tensorElement(id, sample, index);
    for (let b = 0; b < Math.ceil(bits / 8); b++) {
      this.dram.data[byte + b]! |= ((value >> (8 * b)) << shift) & 255;
      this.dram.written[byte + b] = 1;
    }
  }

  /** An element of a tensor in DRAM; throws where it was never written. */
  element(id: number, sample: number, index: number): number {
    const { byte, shift, bits } = this.tensorElement(id, sample, index);
    if (!this.dram.written[byte])
      throw new Error(`tensor ${id} element ${index} of sample ${sample} was never written`);
    let value = 0;
    for (let b = 0; b < Math.ceil(bits / 8); b++) value |= this.dram.data[byte + b]! << (8 * b);
    return (value >> shift) & (2 ** bits - 1);
  }

  /** Runs to the end. */
  run(): void {
    for (;;) {
      const ready = this.streams.filter((stream) => this.canStart(stream));
      if (ready.length === 0 && this.running.length === 0) break;
      if (ready.length > 0 && (this.running.length === 0 || this.random() < 0.6))
        this.start(ready[Math.floor(this.random() * ready.length)]!);
      else this.complete(Math.floor(this.random() * this.running.length));
    }
    const stuck = this.streams.filter((stream) => stream.pc < stream.code.length);
    if (stuck.length > 0)
      throw new Error(
        `deadlock: ${stuck
          .slice(0, 8)
          .map((s) => `core ${s.core} ${s.unit} #${s.pc} ${JSON.stringify(s.code[s.pc])}`)
          .join("; ")}`,
      );
  }

  private skip(stream: StreamState): void {
    for (;;) {
      const instruction = stream.code[stream.pc];
      if (!instruction) return;
      if (instruction.op === "LOOP") stream.loops.push({ start: stream.pc, left: instruction.trips, trip: 0 });
      else if (instruction.op === "ENDL") {
        const loop = stream.loops.at(-1)!;
        loop.trip++;
        if (--loop.left > 0) {
          stream.pc = loop.start + 1;
          continue;
        }
        stream.loops.pop();
      } else if (instruction.op !== "MARK" && instruction.op !== "HALT") return;
      stream.pc++;
    }
  }

  private canStart(stream: StreamState): boolean {
    this.skip(stream);
    const instruction = stream.code[stream.pc];
    if (!instruction) return false;
    if (stream.unit === "vector" && stream.running > 0) return false;
    for (const { semaphore, count } of instruction.waits ?? [])
      if ((this.tokens.get(`${stream.core} ${semaphore}`) ?? 0) < count) return false;
    if (instruction.op === "SEND")
      return instruction.cores.every((to) => this.channel(stream.core, to, instruction.channel).credits > 0);
    if (instruction.op === "RECV")
      return this.channel(instruction.core, stream.core, instruction.channel).arrived.length > 0;
    return true;
  }

  private channel(from: number, to: number, channel: number): { credits: number; arrived: Uint8Array[] } {
    const key = `${from} ${to} ${channel}`;
    let known = this.channels.get(key);
    if (!known) {
      known = { credits: this.chip.core.channelCredits, arrived: [] };
      this.channels.set(key, known);
    }
    return known;
  }

  private start(stream: StreamState): void {
    const instruction = stream.code[stream.pc]!;
    for (const { semaphore, count } of instruction.waits ?? []) {
      const key = `${stream.core} ${semaphore}`;
      this.tokens.set(key, this.tokens.get(key)! - count);
    }
    const running: Running = { stream, instruction, locked: [], finish: () => {} };
    running.finish = this.execute(stream, instruction, running);
    stream.running++;
    stream.pc++;
    this.running.push(running);
  }

  private complete(index: number): void {
    const [running] = this.running.splice(index, 1);
    const { stream, instruction, locked, finish } = running!;
    for (const { memory, byte, how } of locked) {
      if (how === "write") memory.writing[byte]!--;
      else if (how === "add") memory.adding[byte]!--;
      else memory.reading[byte]!--;
    }
    finish();
    stream.running--;
    for (const { core, semaphore, count } of instruction.posts ?? []) {
      const key = `${core} ${semaphore}`;
      this.tokens.set(key, (this.tokens.get(key) ?? 0) + count);
    }
  }

  private fail(running: Running, what: string): never {
    const { core, unit, pc } = running.stream;
    throw new Error(`core ${core} ${unit} #${pc}: ${what}: ${JSON.stringify(running.instruction)}`);
  }

  private lock(running: Running, memory: Memory, byte: number, write: boolean): void {
    if (byte < 0 || byte >= memory.data.length) this.fail(running, `byte ${byte} is outside the ${memory.name}`);
    if (memory.writing[byte]! > 0 || memory.adding[byte]! > 0 || (write && memory.reading[byte]! > 0)) {
      const own = running.locked.some((one) => one.memory === memory && one.byte === byte);
      if (!own) this.fail(running, `race on byte ${byte} of the ${memory.name}`);
    }
    if (!write && !memory.written[byte]) this.fail(running, `byte ${byte} of the ${memory.name} was never written`);
    if (write) memory.writing[byte]!++;
    else memory.reading[byte]!++;
    running.locked.push({ memory, byte, how: write ? "write" : "read" });
  }

  private lockForAdding(running: Running, memory: Memory, byte: number): void {
    if (memory.writing[byte]! > 0 || memory.reading[byte]! > 0)
      this.fail(running, `race on entry ${byte} of the ${memory.name}`);
    if (!memory.written[byte]) this.fail(running, `entry ${byte} of the ${memory.name} was never written`);
    memory.adding[byte]!++;
    running.locked.push({ memory, byte, how: "add" });
  }

  private memory(stream: StreamState, address: Address): Memory {
    return address.space === "lm" ? this.local[stream.core]! : this.dram;
  }

  /** A byte address: base, steps, offset, ring. */
  private at(stream: StreamState, address: Address, offset = 0): number {
    let base = address.base + offset;
    address.steps?.forEach((step, level) => {
      base += step * stream.loops[level]!.trip;
    });
    if (!address.ring) return base;
    const { base: start, bytes } = address.ring;
    return start + ((((base - start) % bytes) + bytes) % bytes);
  }

  private read(running: Running, address: Address, offset: number): number {
    const memory = this.memory(running.stream, address);
    const byte = this.at(running.stream, address, offset);
    this.lock(running, memory, byte, false);
    return memory.data[byte]!;
  }

  private readBlock(running: Running, block: Block, rows: number, rowBytes: number): Uint8Array {
    const data = new Uint8Array(rows * rowBytes);
    for (let r = 0; r < rows; r++)
      for (let b = 0; b < rowBytes; b++)
        data[r * rowBytes + b] = this.read(running, block.address, r * block.stride + b);
    return data;
  }

  /** Locks a block for writing and returns what puts the data there. */
  private writer(running: Running, block: Block, rows: number, rowBytes: number): (data: Uint8Array) => void {
    const memory = this.memory(running.stream, block.address);
    const bytes: number[] = [];
    for (let r = 0; r < rows; r++)
      for (let b = 0; b < rowBytes; b++) bytes.push(this.at(running.stream, block.address, r * block.stride + b));
    for (const byte of bytes) this.lock(running, memory, byte, true);
    return (data) =>
      bytes.forEach((byte, index) => {
        memory.data[byte] = data[index]!;
        memory.written[byte] = 1;
      });
  }

  private elements(data: Uint8Array, from: number, count: number, bits: number): number[] {
    const values: number[] = [];
    for (let e = 0; e < count; e++) {
      const bit = e * bits;
      let value = 0;
      for (let b = 0; b < Math.ceil(bits / 8); b++) value += data[from + (bit >> 3) + b]! * 2 ** (8 * b);
      values.push(bits < 8 ? (value >> (bit & 7)) & (2 ** bits - 1) : value);
    }
    return values;
  }

  private pack(values: readonly number[], bits: number): Uint8Array {
    const data = new Uint8Array(Math.ceil((values.length * bits) / 8));
    values.forEach((value, e) => {
      const bit = e * bits;
      if (bits < 8) data[bit >> 3]! |= (value & (2 ** bits - 1)) << (bit & 7);
      else for (let b = 0; b < bits / 8; b++) data[(bit >> 3) + b] = Math.floor(value / 2 ** (8 * b)) & 255;
    });
    return data;
  }

  private execute(stream: StreamState, instruction: Instruction, running: Running): () => void {
    const { core } = stream;
    switch (instruction.op) {
      case "LD":
      case "ST":
      case "CPY": {
        const { rows, rowBytes } = instruction;
        const data = this.readBlock(running, instruction.source, rows, rowBytes);
        const write = this.writer(running, instruction.destination, rows, rowBytes);
        return () => write(data);
      }
      case "FILL": {
        const { rows, rowBytes, value, elementBits } = instruction;
        const write = this.writer(running, instruction.destination, rows, rowBytes);
        const row = this.pack(new Array<number>(Math.floor((rowBytes * 8) / elementBits)).fill(value), elementBits);
        return () => write(Uint8Array.from({ length: rows * rowBytes }, (_, i) => row[i % rowBytes] ?? 0));
      }
      case "SEND": {
        const data = this.readBlock(running, instruction.source, instruction.rows, instruction.rowBytes);
        const targets = instruction.cores.map((to) => this.channel(core, to, instruction.channel));
        for (const target of targets) target.credits--;
        return () => {
          for (const target of targets) target.arrived.push(data);
        };
      }
      case "RECV": {
        const channel = this.channel(instruction.core, core, instruction.channel);
        const data = channel.arrived.shift()!;
        channel.credits++;
        const { rows, rowBytes } = instruction;
        if (data.length !== rows * rowBytes) this.fail(running, `message of ${data.length} bytes`);
        const write = this.writer(running, instruction.destination, rows, rowBytes);
        return () => write(data);
      }
      case "WLD": {
        const from = instruction.source.base;
        const to = instruction.destination.base;
        for (const target of instruction.cores)
          for (let b = 0; b < instruction.bytes; b++) this.lock(running, this.weightState[target]!, to + b, true);
        return () => {
          for (const target of instruction.cores)
            for (let b = 0; b < instruction.bytes; b++) {
              this.weights[target]![to + b] = from + b;
              this.weightState[target]!.written[to + b] = 1;
            }
        };
      }
      case "WWR":
        return this.writeWeights(stream, instruction, running);
      case "WSWAP": {
        const key = `${core} ${instruction.array}`;
        return () => {
          const rows = this.content.get(key);
          this.content.set(key, this.shadow.get(key) ?? []);
          this.shadow.set(key, rows ?? []);
        };
      }
      case "MVM":
        return this.multiply(stream, instruction, running);
      default:
        return this.vector(stream, instruction, running);
    }
  }

  private writeWeights(stream: StreamState, instruction: Instruction & { op: "WWR" }, running: Running): () => void {
    const tile = this.program.tiles[instruction.tile]!;
    const { base, space } = instruction.source;
    for (let b = 0; b < instruction.rows * tile.rowBytes; b++) {
      const wanted = tile.address + instruction.tileRow0 * tile.rowBytes + b;
      if (space === "wb") {
        this.lock(running, this.weightState[stream.core]!, base + b, false);
        if (this.weights[stream.core]![base + b] !== wanted) this.fail(running, "the buffer holds other weights");
      } else if (base + b !== wanted) this.fail(running, "the address is not the tile's");
    }
    const banks = this.chip.core.arrays.write.doubleBanked ? this.shadow : this.content;
    return () => {
      for (const array of instruction.arrays) {
        const key = `${stream.core} ${array}`;
        const rows = banks.get(key) ?? [];
        banks.set(key, rows);
        for (let r = 0; r < instruction.rows; r++)
          rows[instruction.depth * 4096 + instruction.row0 + r] = `${instruction.tile} ${instruction.tileRow0 + r}`;
      }
    };
  }

  private kernelOf(layer: number): number {
    const one = this.network.layers[layer]!;
    return one.op === "conv" ? one.kernelHeight * one.kernelWidth : 1;
  }

  private gather(running: Running, source: VectorSource, offset: number, inputs: number, bits: number): number[] {
    const segments = source.headRows + source.segments + source.tailRows;
    const each = inputs / segments / source.parts;
    if (!Number.isInteger(each))
      this.fail(running, `${inputs} inputs do not divide into ${segments} x ${source.parts} parts`);
    const vector: number[] = new Array(source.headRows * source.parts * each).fill(source.padValue);
    for (let s = 0; s < source.segments; s++)
      for (let p = 0; p < source.parts; p++) {
        const data = new Uint8Array(source.partBytes);
        for (let b = 0; b < source.partBytes; b++)
          data[b] = this.read(running, source.address, offset + s * source.segmentStride + p * source.partStride + b);
        vector.push(...this.elements(data, 0, each, bits));
      }
    for (let i = 0; i < source.tailRows * source.parts * each; i++) vector.push(source.padValue);
    return vector;
  }

  private multiply(stream: StreamState, instruction: Instruction & { op: "MVM" }, running: Running): () => void {
    const entries: { entry: number; value: number }[] = [];
    const state = this.accumulatorState[stream.core]!;
    let base = instruction.accumulator.base;
    for (const index of instruction.groups) {
      const group = this.program.groups[index]!;
      for (let v = 0; v < instruction.vectors; v++) {
        const vector = this.gather(
          running,
          instruction.source,
          v * instruction.vectorStride,
          group.inputs,
          group.inputBits,
        );
        const sums = new Array<number>(group.outputs).fill(0);
        for (const piece of group.pieces) {
          const tile = this.program.tiles[piece.tile]!;
          const rows = this.content.get(`${stream.core} ${piece.array}`) ?? [];
          for (let r = 0; r < piece.rows; r++) {
            if (rows[piece.depth * 4096 + piece.row0 + r] !== `${piece.tile} ${r}`)
              this.fail(
                running,
                `array ${piece.array} holds ${rows[piece.depth * 4096 + piece.row0 + r]}, not row ${r} of tile ${piece.tile}`,
              );
            for (let o = 0; o < piece.outputs; o++)
              sums[piece.output0 + o]! +=
                vector[piece.inputElement0 + r]! * tileWeight(tile, r, o, this.kernelOf(tile.layer));
          }
        }
        for (const [o, value] of sums.entries()) entries.push({ entry: base + v * group.outputs + o, value });
      }
      base += instruction.vectors * group.outputs;
    }
    const add = instruction.accumulate === "add";
    for (const { entry } of entries) {
      if (add) this.lockForAdding(running, state, entry);
      else this.lock(running, state, entry, true);
    }
    return () => {
      const sums = this.accumulators[stream.core]!;
      for (const { entry, value } of entries) {
        sums[entry] = value + (add ? sums[entry]! : 0);
        state.written[entry] = 1;
      }
    };
  }

  private vector(stream: StreamState, instruction: Instruction, running: Running): () => void {
    const accumulatorBits = this.chip.core.accumulatorBits;
    switch (instruction.op) {
      case "ACC.OUT": {
        const { elements, elementBits, params } = instruction;
        const values: number[] = [];
        for (let e = 0; e < elements; e++) {
          this.lock(running, this.accumulatorState[stream.core]!, instruction.accumulator.base + e, false);
          values.push(this.accumulators[stream.core]![instruction.accumulator.base + e]!);
        }
        const bits = params === "raw" ? accumulatorBits : elementBits;
        const { layer, channel0, channels } = this.params(params);
        const out = params === "raw" ? values : values.map((v, e) => result(layer, channel0 + (e % channels), bits, v));
        const data = this.pack(out, bits);
        const write = this.writer(running, { address: instruction.destination, stride: data.length }, 1, data.length);
        return () => write(data);
      }
      case "ACC.ADD": {
        const bytes = Math.ceil((instruction.elements * accumulatorBits) / 8);
        const load = (address: Address) =>
          this.elements(
            this.readBlock(running, { address, stride: bytes }, 1, bytes),
            0,
            instruction.elements,
            accumulatorBits,
          );
        const [a, b] = [load(instruction.a), load(instruction.b)];
        const write = this.writer(running, { address: instruction.destination, stride: bytes }, 1, bytes);
        return () =>
          write(
            this.pack(
              a.map((value, e) => value + b[e]!),
              accumulatorBits,
            ),
          );
      }
      case "VEC": {
        const { rows, rowElements, elementBits, kind } = instruction;
        const { layer, channel0, channels } = this.params(instruction.params);
        const sourceBits = kind === "requant" ? accumulatorBits : elementBits;
        const load = (block: Block) => {
          const rowBytes = Math.ceil((rowElements * sourceBits) / 8);
          const data = this.readBlock(running, block, rows, rowBytes);
          return Array.from({ length: rows }, (_, r) => this.elements(data, r * rowBytes, rowElements, sourceBits));
        };
        const a = load(instruction.a);
        const b = instruction.b ? load(instruction.b) : undefined;
        const rowBytes = Math.ceil((rowElements * elementBits) / 8);
        const write = this.writer(running, instruction.destination, rows, rowBytes);
        const data = new Uint8Array(rows * rowBytes);
        a.forEach((row, r) => {
          const values = row.map((value, e) =>
            result(layer, channel0 + (e % channels), elementBits, value, ...(b ? [b[r]![e]!] : [])),
          );
          data.set(this.pack(values, elementBits), r * rowBytes);
        });
        return () => write(data);
      }
      case "POOL":
        return this.pool(stream, instruction, running);
      default:
        return () => {};
    }
  }

  private pool(_stream: StreamState, instruction: Instruction & { op: "POOL" }, running: Running): () => void {
    const { outputs, channels, elementBits, kernelRows, kernelColumns, strideX, padLeft, width } = instruction;
    const { layer, channel0 } = this.params(instruction.params);
    const pixel = Math.ceil((channels * elementBits) / 8);
    const data = new Uint8Array(outputs * pixel);
    for (let o = 0; o < outputs; o++) {
      const sums = new Array<number>(channels).fill(0);
      const most = new Array<number>(channels).fill(0);
      for (let y = 0; y < kernelRows; y++)
        for (let k = 0; k < kernelColumns; k++) {
          const x = o * strideX - padLeft + k;
          if (x < 0 || x >= width) continue;
          const bytes = new Uint8Array(pixel);
          for (let b = 0; b < pixel; b++)
            bytes[b] = this.read(
              running,
              instruction.source,
              y * instruction.rowStride + x * instruction.pixelStride + b,
            );
          this.elements(bytes, 0, channels, elementBits).forEach((value, c) => {
            sums[c]! += value;
            most[c] = Math.max(most[c]!, value);
          });
        }
      const values =
        instruction.kind === "max" ? most : sums.map((v, c) => result(layer, channel0 + c, elementBits, v));
      data.set(this.pack(values, elementBits), o * pixel);
    }
    const write = this.writer(running, instruction.destination, outputs, pixel);
    const rows = Uint8Array.from(data);
    return () => write(rows);
  }

  /** Layer and channels of a params name. */
  private params(name: string): { layer: string; channel0: number; channels: number } {
    const match = /^(.*)\[(\d+):(\d+)\]$/.exec(name);
    if (match) return { layer: match[1]!, channel0: Number(match[2]), channels: Number(match[3]) - Number(match[2]) };
    const layer = this.network.layers.find((one) => one.name === name);
    return { layer: name, channel0: 0, channels: layer ? this.network.tensors[layer.output]!.shape.channels : 1 };
  }
}
