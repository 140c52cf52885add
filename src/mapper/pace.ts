/**
 * Pace: roughly how long a row task keeps its cores, for ordering tasks only.
 * In-order streams follow the order they are emitted in, so the order must look like a timetable; its numbers decide nothing else,
 * and neither estimate nor machine see them.
 */
import type { Chip } from "../hardware/index.js";
import type { MappedLayer } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";

/** What one row of a copy of a layer takes, or its share in a strip. */
export interface RowPace {
  /** Cycles each core's stream is taken, by core. */
  stream: Map<number, number>;
  /** Cycles until the row is made. */
  latency: number;
}

/** Cycles one vector keeps the arrays it drives. */
export function vectorCycles(chip: Chip, rows: number, inputBits: number): number {
  const { timing, columns } = chip.core.arrays;
  if (timing.kind === "given") return Math.ceil(rows / timing.rowsPerStep) * timing.cyclesPerStep;
  const phases = Math.ceil(inputBits / timing.inputBitsPerPhase) * Math.ceil(rows / timing.rowsActive);
  const { converter } = timing;
  if (converter.kind === "adderTree") return phases * timing.phaseCycles;
  const conversion =
    Math.ceil((columns * converter.arraysPerGroup) / converter.convertersPerGroup) * converter.conversionCycles;
  return phases * (converter.pipelined ? Math.max(timing.phaseCycles, conversion) : timing.phaseCycles + conversion);
}

/** The pace of every copy of a layer: element r is that of replica r. */
export function rowPaces(view: NetworkView, chip: Chip, layer: MappedLayer): RowPace[] {
  const head = view.network.layers[layer.layer]!;
  const made = view.shape(head.output);
  const final = view.shape(layer.output);
  const pixels = (made.width / layer.strips) * Math.max(1, made.height / Math.max(1, final.height));
  const perByte = chip.core.vectorUnit.ticksPerByte.num / chip.core.vectorUnit.ticksPerByte.den;
  return Array.from({ length: Math.max(1, layer.replicas) }, (_, replica) => {
    const stream = new Map<number, number>();
    let latency = 1;
    for (const slice of layer.slices) {
      const copy = slice.copies[Math.min(replica, slice.copies.length - 1)]!;
      const vectorBytes = pixels * view.pixelBytes(layer.output, slice.channels);
      for (const part of copy.parts) {
        const vectors = pixels * Math.max(1, part.steps.length);
        const own =
          layer.kind === "matrix"
            ? vectors * Math.max(1, chip.core.mvmIssueCycles)
            : vectorBytes *
              perByte *
              (head.op === "maxpool" || head.op === "avgpool" ? head.kernelHeight * head.kernelWidth : 1);
        stream.set(part.core, (stream.get(part.core) ?? 0) + own);
        const compute =
          layer.kind === "matrix"
            ? vectors * vectorCycles(chip, Math.min(part.rows, chip.core.arrays.rows), view.bits(head.inputs[0]!))
            : own;
        latency = Math.max(latency, compute + vectorBytes * perByte);
      }
    }
    return { stream, latency: Math.max(latency, ...stream.values()) };
  });
}

/** Cycles from a row made to a row usable: over the network, or through memory and back. */
export function hopCycles(view: NetworkView, chip: Chip, layer: MappedLayer, throughMemory: boolean): number {
  const { width, channels } = view.shape(layer.output);
  const bytes = width * view.pixelBytes(layer.output, channels);
  const { network, dram } = chip;
  const onNetwork = (bytes * network.ticksPerByte.num) / network.ticksPerByte.den;
  if (!throughMemory || !dram) return onNetwork;
  const { cyclesPerByte, clock, latencyCycles, channels: ways } = dram;
  const tick = clock.ticksPerCycle.num / clock.ticksPerCycle.den;
  return 2 * (onNetwork + tick * (latencyCycles + (bytes * cyclesPerByte.num) / cyclesPerByte.den / ways));
}
