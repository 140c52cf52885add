/** Turns episodes into instructions, so that nothing blocks for ever and no two accesses race. */
import { type Address, type Instruction, type Program, ProgramBuilder, type Unit } from "../../src/isa/index.js";
import { type ComputeEpisode, type MessageEpisode, smallLimits } from "./episodes.js";

const INPUTS = { base: 0, bytes: 1024 };
const OUTPUTS_AT = 2048;
const SENT_AT = 3072;
const TAKEN_AT = 3584;
const WEIGHTS_AT = 16384;
const STORED_AT = 32768;

/** Writes episodes one after another into one program. */
export class EpisodeWriter {
  private readonly builder = new ProgramBuilder({
    name: "random",
    chip: smallLimits.chipName,
    structureDigest: smallLimits.structureDigest,
    cores: smallLimits.cores,
    semaphores: smallLimits.semaphores,
  });
  /** Tokens of the weight buffer that the last episode's writes have posted. */
  private readonly bufferTokens = [1, 1];
  private tile = 0;
  private stored = STORED_AT;
  private barriers = 0;

  constructor() {
    const tensor = (index: number, name: string, address: number) =>
      this.builder.tensor({
        tensor: index,
        name,
        height: 32,
        width: 32,
        bits: 8,
        slices: [{ channel0: 0, channels: 8, address, pixelBytes: 8 }],
        sampleStride: 0,
      });
    tensor(0, "input", 0);
    tensor(1, "output", STORED_AT);
    for (const core of [0, 1]) {
      this.push(core, "weightWrite", { op: "POST", posts: [this.token(core, "bufferFree")] });
      this.push(core, "mvm", { op: "POST", posts: [this.token(core, "inputFree")] });
      const freed = [this.token(core, "arraysFree"), this.token(core, "accumulatorsFree")];
      this.push(core, "vector", { op: "POST", posts: freed });
      this.push(core, "store", { op: "POST", posts: [this.token(core, "outputFree")] });
      this.push(core, "send", { op: "POST", posts: [this.token(core, "sentFree")] });
      this.push(core, "receive", { op: "POST", posts: [this.token(core, "taken")] });
    }
  }

  private push(core: number, unit: Unit, instruction: Instruction): void {
    this.builder.stream(core, unit).push(instruction);
  }

  private token(core: number, name: string, count = 1) {
    return { core, semaphore: this.builder.semaphore(core, name), count };
  }

  private wait(core: number, name: string, count = 1) {
    return { semaphore: this.builder.semaphore(core, name), count };
  }

  /** Nests the loops of an episode around what `body` pushes. */
  private nest(core: number, unit: Unit, loops: readonly number[], body: () => void): void {
    const [first, ...rest] = loops;
    if (first === undefined) body();
    else this.builder.stream(core, unit).loop(first, () => this.nest(core, unit, rest, body));
  }

  compute(episode: ComputeEpisode): void {
    const { core, array, rows, outputs, depth, weightBits, inputBits, vectors, loops } = episode;
    const index = this.tile++;
    const tag = this.builder.tag(index, `layer${index}`);
    const columnsPerWeight = weightBits / smallLimits.cellBits;
    const columns = outputs * columnsPerWeight;
    const rowBytes = Math.ceil((outputs * weightBits) / 8);
    const address = WEIGHTS_AT + (index % 32) * 256;
    const tile = this.builder.tile({
      name: `tile${index}`,
      layer: index,
      row0: 0,
      rows,
      column0: 0,
      columns: outputs,
      group0: 0,
      groups: 1,
      weightBits,
      columnsPerWeight,
      address,
      rowBytes,
    });
    const piece = { array, row0: 0, rows, column0: 0, columns, depth, tile, inputElement0: 0, output0: 0, outputs };
    const group = this.builder.group({
      name: `group${index}`,
      core,
      pieces: [piece],
      inputs: rows,
      outputs,
      inputBits,
      weightBits,
      inputSigned: false,
    });

    this.push(core, "weightLoad", {
      op: "WLD",
      destination: { space: "wb", base: 0 },
      source: { space: "gm", base: address },
      bytes: rows * rowBytes,
      cores: [core],
      waits: [this.wait(core, "bufferFree", this.bufferTokens[core])],
      posts: [this.token(core, "weightsLoaded")],
      tag,
    });
    const cut = episode.split && rows > 1 ? Math.floor(rows / 2) : rows;
    const parts = [...new Set([0, cut])].filter((row) => row < rows);
    for (const row0 of parts)
      this.push(core, "weightWrite", {
        op: "WWR",
        arrays: Array.from({ length: episode.copies }, (_, copy) => (array + copy) % smallLimits.arraysPerCore),
        row0,
        rows: (row0 === 0 ? cut : rows) - row0,
        column0: 0,
        columns,
        depth,
        source: { space: "wb", base: row0 * rowBytes },
        tile,
        tileRow0: row0,
        ...(row0 === 0 ? { waits: [this.wait(core, "weightsLoaded"), this.wait(core, "arraysFree")] } : {}),
        posts: [this.token(core, "weightsWritten"), this.token(core, "bufferFree")],
        tag,
      });
    this.bufferTokens[core] = parts.length;
    if (episode.verify)
      this.push(core, "weightWrite", {
        op: "WVF",
        array,
        row0: 0,
        rows,
        posts: [this.token(core, "weightsWritten")],
        tag,
      });
    this.push(core, "mvm", { op: "MARK", kind: "layer", a: index, b: 0 });
    this.push(core, "mvm", {
      op: "WAIT",
      waits: [this.wait(core, "weightsWritten", parts.length + (episode.verify ? 1 : 0))],
      tag,
    });

    const vectorBytes = Math.ceil((rows * inputBits) / 8);
    const slot = vectors * vectorBytes;
    const steps = loops.map((_, level) => loops.slice(level + 1).reduce((product, trips) => product * trips, slot));
    const at = (space: Address["space"], base: number, more: Partial<Address> = {}): Address => ({
      space,
      base,
      ...(steps.length > 0 ? { steps } : {}),
      ...more,
    });
    const ring = { base: INPUTS.base, bytes: 2 * slot };
    this.nest(core, "load", loops, () =>
      this.push(core, "load", {
        op: "LD",
        rows: vectors,
        rowBytes: vectorBytes,
        destination: { address: at("lm", INPUTS.base, { ring }), stride: vectorBytes },
        source: { address: at("gm", 0), stride: vectorBytes },
        waits: [this.wait(core, "inputFree")],
        posts: [this.token(core, "inputReady")],
        tag,
      }),
    );
    this.nest(core, "mvm", loops, () =>
      this.push(core, "mvm", {
        op: "MVM",
        groups: [group],
        source: {
          address: at("lm", INPUTS.base, { ring }),
          segments: 1,
          segmentStride: 0,
          parts: 1,
          partBytes: vectorBytes,
          partStride: 0,
          headRows: 0,
          tailRows: 0,
          padValue: 0,
        },
        vectors,
        vectorStride: vectorBytes,
        accumulator: { space: "acc", base: 0 },
        accumulate: "set",
        mode: "normal",
        ...(episode.rowRange && rows > 1 ? { rowRange: { row0: 0, rows: rows - 1 } } : {}),
        waits: [this.wait(core, "inputReady"), this.wait(core, "accumulatorsFree")],
        posts: [this.token(core, "inputFree"), this.token(core, "accumulatorsReady")],
        tag,
      }),
    );
    this.results(episode, tag);
  }

  /** Out of the accumulators, through the vector unit, to DRAM. */
  private results({ core, vectors, outputs, loops, relu }: ComputeEpisode, tag: number): void {
    const elements = vectors * outputs;
    const out: Address = { space: "lm", base: OUTPUTS_AT };
    this.nest(core, "vector", loops, () => {
      const done = [this.token(core, "outputReady")];
      const freed = [this.token(core, "accumulatorsFree")];
      this.push(core, "vector", {
        op: "ACC.OUT",
        accumulator: { space: "acc", base: 0 },
        elements,
        destination: out,
        elementBits: 8,
        params: "requant",
        waits: [this.wait(core, "accumulatorsReady"), this.wait(core, "outputFree")],
        posts: relu ? freed : [...freed, ...done],
        tag,
      });
      if (relu)
        this.push(core, "vector", {
          op: "VEC",
          kind: "relu",
          rows: vectors,
          rowElements: outputs,
          elementBits: 8,
          destination: { address: out, stride: outputs },
          a: { address: out, stride: outputs },
          params: "relu",
          posts: done,
          tag,
        });
    });
    this.push(core, "vector", { op: "POST", posts: [this.token(core, "arraysFree")], tag });
    const runs = loops.reduce((product, trips) => product * trips, 1);
    const steps = loops.map((_, level) => loops.slice(level + 1).reduce((product, trips) => product * trips, elements));
    const base = this.stored;
    this.stored += runs * elements;
    this.nest(core, "store", loops, () =>
      this.push(core, "store", {
        op: "ST",
        rows: 1,
        rowBytes: elements,
        destination: { address: { space: "gm", base, ...(steps.length > 0 ? { steps } : {}) }, stride: elements },
        source: { address: out, stride: elements },
        waits: [this.wait(core, "outputReady")],
        posts: [this.token(core, "outputFree")],
        tag,
      }),
    );
  }

  message({ from, count, bytes, channel, unrolled }: MessageEpisode): void {
    const to = 1 - from;
    const sent: Address = { space: "lm", base: SENT_AT };
    this.nest(from, "vector", [count], () =>
      this.push(from, "vector", {
        op: "FILL",
        rows: 1,
        rowBytes: bytes,
        destination: { address: sent, stride: bytes },
        value: 7,
        elementBits: 8,
        waits: [this.wait(from, "sentFree")],
        posts: [this.token(from, "sentReady")],
      }),
    );
    this.nest(from, "send", [count], () =>
      this.push(from, "send", {
        op: "SEND",
        cores: [to],
        channel,
        rows: 1,
        rowBytes: bytes,
        source: { address: sent, stride: bytes },
        waits: [this.wait(from, "sentReady")],
        posts: [this.token(from, "sentFree")],
      }),
    );
    const take = (): void =>
      this.push(to, "receive", {
        op: "RECV",
        core: from,
        channel,
        rows: 1,
        rowBytes: bytes,
        destination: { address: { space: "lm", base: TAKEN_AT }, stride: bytes },
        waits: [this.wait(to, "taken")],
        posts: [this.token(to, "taken")],
      });
    if (unrolled) for (let message = 0; message < count; message++) take();
    else this.nest(to, "receive", [count], take);
  }

  barrier(): void {
    const barrier = this.barriers++;
    for (const core of [0, 1]) this.push(core, "vector", { op: "BAR", barrier, count: 2 });
  }

  build(halted: boolean): Program {
    if (halted) for (const core of [0, 1]) this.push(core, "store", { op: "HALT" });
    return this.builder.build();
  }
}
