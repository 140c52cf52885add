/**
 * The check of a verification against ONNX Runtime: which file runs, what is asked for, what must be equal.
 * Inputs: the network with its numbers, the file it came from where that is ONNX, samples and our outputs. A file of
 * integer operators must give equal integers; one of real numbers, quantised here, is measured in dB and by its largest
 * element; a network from elsewhere, or from a file that the runtime refuses, is written as ONNX in the form that rounds
 * as the reference does.
 */
import { InternalError, UserError } from "../base/index.js";
import type { RuntimeSummary } from "../results/index.js";
import {
  type Network,
  type OnnxName,
  type OnnxNames,
  readOnnxNames,
  withOutputs,
  writeOnnxNames,
} from "../workload/index.js";
import { executeReference, type NetworkParameters } from "../workload/reference/index.js";
import {
  type Compared,
  feedsOf,
  loadRuntime,
  NoRuntime,
  nameOf,
  type Optimisation,
  outputSummary,
  RefusedFile,
  type RuntimeValues,
  runFile,
  valuesOf,
} from "./onnx-runtime.js";
import { poorQuantisation, type QuantisationAdvice } from "./quantisation-advice.js";

/** What to hold against the runtime. */
export interface RuntimeRequest {
  network: Network;
  parameters: NetworkParameters;
  /** The ONNX file the network was read from, and the names of its tensors there. */
  file?: { bytes: Uint8Array; names: OnnxNames };
  /** Whether the network's integers are the file's own. */
  integer: boolean;
  /** What to say where quantisation loses most, or where widths are not written. */
  advice: QuantisationAdvice;
  samples: readonly ReadonlyMap<number, Int32Array>[];
  /** Our integers of each output of the network, sample after sample. */
  outputs: ReadonlyMap<number, Int32Array[]>;
}

/** Runs the same inputs through the runtime; never throws where the runtime is the reason. */
export async function checkAgainstRuntime(request: RuntimeRequest): Promise<RuntimeSummary> {
  try {
    return await compared(request);
  } catch (error) {
    if (!(error instanceof NoRuntime)) throw error;
    if (!(error instanceof RefusedFile)) return skipped(error.message);
    if (request.file === undefined) return skipped(refusedWritten(error));
    // The file is at fault, not the network: what we write of it is what the chip computes, in integers.
    const { file: _, ...rest } = request;
    const refused = `the runtime refuses the file itself: ${error.message.replace(/\.$/, "")}`;
    try {
      return { ...(await compared({ ...rest, integer: true })), reason: refused };
    } catch (second) {
      if (!(second instanceof NoRuntime)) throw second;
      return skipped(`${refused}; and ${second instanceof RefusedFile ? refusedWritten(second) : second.message}`);
    }
  }
}

const skipped = (reason: string): RuntimeSummary => ({ status: "skipped", reason });
const refusedWritten = ({ message }: RefusedFile) => `the runtime refuses the network written as ONNX: ${message}`;

/** The comparison itself; a NoRuntime where there is none to make. */
async function compared(request: RuntimeRequest): Promise<RuntimeSummary> {
  const { runtime, version } = await loadRuntime();
  const { bytes, names, model } = source(request);
  const { network, samples } = request;
  const feeds = samples.map((sample) => feedsOf(network, names.inputs, sample));
  let optimisation: Optimisation = "all";
  const run = async (wanted: readonly OnnxName[]): Promise<RuntimeValues> => {
    const ran = await runFile(runtime, withOutputs(bytes, missingOutputs(names, wanted)), feeds);
    if (ran.optimisation === "basic") optimisation = "basic";
    return ran.values;
  };
  const asked = network.outputs.map((tensor) => {
    const name = nameOf(names, tensor);
    if (name === undefined) throw new NoRuntime(`the file has no name for output ${network.tensors[tensor]!.name}`);
    return name;
  });
  const results = await run(asked);
  const held = asked.map(
    (name): Compared => ({
      tensor: name.tensor,
      name,
      here: request.outputs.get(name.tensor) ?? [],
      there: valuesOf(network, name, results),
    }),
  );
  const integer = request.integer && asked.every((name) => name.integer);
  const outputs = held.map((one) => outputSummary(network, one));
  let equal = outputs.every(({ different }) => different === 0);
  let first: RuntimeSummary["firstDifference"];
  let fused = false;
  if (integer && !equal)
    try {
      first = await firstDifference(request, names, run);
      // With every tensor handed out the runtime rounds where the graph says; by itself it may fuse over a rounding.
      fused = first === undefined;
      equal = fused;
    } catch (error) {
      // A file that is refused with every tensor handed out still differs, at a place nobody can name.
      if (!(error instanceof RefusedFile)) throw error;
    }
  // Real numbers between the integers may be rounded otherwise there: measured, not held equal.
  const loose = integer && !equal && names.approximate !== undefined;
  const poor = request.integer ? undefined : poorQuantisation(outputs, request.advice);
  return {
    status: "compared",
    version,
    model,
    kind: integer && !loose ? "integer" : "float",
    optimisation,
    ...(integer && !loose ? { equal, ...(fused ? { fused } : {}) } : {}),
    outputs,
    ...(poor === undefined ? {} : { poorQuantisation: poor }),
    ...(loose ? { reason: names.approximate } : {}),
    ...(first === undefined || loose ? {} : { firstDifference: first }),
  };
}

/** The file that runs: the one that was given, or the network written as one. */
function source({ network, file, advice }: RuntimeRequest): {
  bytes: Uint8Array;
  names: OnnxNames;
  model: "file" | "written";
} {
  if (file !== undefined) return { ...file, model: "file" };
  try {
    const form = network.requantisation === "float" ? "qlinear" : "exact";
    return { ...written(network, form), model: "written" };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const hint = advice.wider === undefined ? "" : `; try ${advice.wider}`;
    throw new NoRuntime(`the network cannot be written as ONNX: ${error.message.split("\n")[0]}${hint}`);
  }
}

/** The network as our writer writes it; the names are those of the file. */
function written(network: Network, form: "qlinear" | "exact"): { bytes: Uint8Array; names: OnnxNames } {
  const { bytes, names: own } = writeOnnxNames(network, { form });
  const names = own.map(
    (name, tensor): OnnxName => ({ name, tensor, integer: true, axes: ["channels", "height", "width"] }),
  );
  const inputs = network.inputs.map((id) => {
    const { shape, signed } = network.tensors[id]!;
    const dims = [1, shape.channels, shape.height, shape.width];
    return { ...names[id]!, dims, type: signed === false ? 2 : 3, batch: 1 };
  });
  return { bytes, names: { inputs, names, outputs: network.outputs.map((id) => own[id]!) } };
}

/** Names the graph does not hand out by itself; asking twice would be an error. */
function missingOutputs(names: OnnxNames, wanted: readonly OnnxName[]): string[] {
  const own = new Set(names.outputs);
  return [...new Set(wanted.map(({ name }) => name))].filter((name) => !own.has(name));
}

/** The first layer whose integers differ, from a run that hands out every tensor. */
async function firstDifference(
  { network, parameters, samples }: RuntimeRequest,
  names: OnnxNames,
  run: (wanted: readonly OnnxName[]) => Promise<RuntimeValues>,
): Promise<RuntimeSummary["firstDifference"]> {
  const all = network.layers
    .map((layer) => ({ layer, name: nameOf(names, layer.output) }))
    .filter((one) => one.name?.integer === true);
  const results = await run(all.map(({ name }) => name!));
  const references = samples.map((sample) => executeReference(network, parameters, sample));
  for (const { layer, name } of all)
    for (const [sample, there] of valuesOf(network, name!, results).entries()) {
      const here = references[sample]!.get(layer.output);
      if (here === undefined) throw new InternalError(`layer ${layer.name} has no result`);
      const element = here.findIndex((value, i) => value !== there[i]);
      if (element < 0) continue;
      const different = here.filter((value, i) => value !== there[i]).length;
      const tensor = network.tensors[layer.output]!.name;
      return { tensor, layer: layer.name, sample, element, here: here[element]!, there: there[element]!, different };
    }
  return undefined;
}

/** The names of an ONNX file, as its network was read. */
export function onnxFile(bytes: Uint8Array, file: string): { bytes: Uint8Array; names: OnnxNames } {
  return { bytes, names: readOnnxNames(bytes, { file }).names };
}
