/** What verifications of batches say together: equality, data flow, agreement with the ideal numbers, and why one failed. */
import { type FlowProblem, formatMismatch, type Mismatch, type VerifyReport } from "../functional/index.js";
import type { AnalogueSummary, VerifySummary } from "../results/index.js";
import type { Network } from "../workload/index.js";
import { topOne } from "../workload/quantise/index.js";

/** Reports of batches, one after another, as one. With `analogue` a difference is no failure. */
export function summaryOf(
  network: Network,
  reports: readonly VerifyReport[],
  batch: number,
  seconds: number,
  analogue?: Omit<AnalogueSummary, "layers" | "outputs">,
): VerifySummary {
  const producer = new Map(network.layers.map((layer) => [network.tensors[layer.output]!.name, layer]));
  const place = (tensor: string) => producer.get(tensor)?.id ?? -1;
  const mismatches = reports
    .flatMap((report, round) => report.mismatches.map((one) => ({ ...one, sample: one.sample + round * batch })))
    .sort((a, b) => place(a.tensor) - place(b.tensor) || a.sample - b.sample);
  const sum = (value: (report: VerifyReport) => number) => reports.reduce((total, report) => total + value(report), 0);
  // The order of instructions does not depend on numbers: the first batch says all of the data flow.
  const flow = reports[0]?.flow;
  const missing = reports[0]?.missing ?? [];
  const [first] = mismatches;
  const races = problemsOf(flow?.problems, "race");
  const unwritten = problemsOf(flow?.problems, "unwritten");
  return {
    passed:
      analogue === undefined
        ? reports.every(({ passed }) => passed)
        : missing.length === 0 && races.length === 0 && unwritten.length === 0,
    equal: first === undefined && missing.length === 0,
    samples: reports.length * batch,
    tensors: sum(({ compared }) => compared),
    elements: sum(({ elements, unstored }) => elements - unstored),
    unstored: sum(({ unstored }) => unstored),
    missing,
    ...(first === undefined ? {} : { firstDifference: differenceOf(first, producer.get(first.tensor)?.name ?? "") }),
    differingTensors: [...new Set(mismatches.map(({ tensor }) => tensor))],
    races,
    unwritten,
    unread: problemsOf(flow?.problems, "unread"),
    unlisted: flow?.unlisted ?? 0,
    overflows: sum(({ counts }) => counts.overflows),
    clipped: sum(({ counts }) => counts.clipped),
    macs: sum(({ counts }) => counts.macs),
    ...(analogue === undefined ? {} : { analogue: { ...analogue, ...agreementOf(network, reports) } }),
    seconds,
  };
}

function differenceOf(mismatch: Mismatch, layer: string): NonNullable<VerifySummary["firstDifference"]> {
  const { elements: _, ...fields } = mismatch;
  return { ...fields, layer };
}

function problemsOf(problems: readonly FlowProblem[] = [], kind: FlowProblem["kind"]): VerifySummary["races"] {
  return problems.filter((one) => one.kind === kind).map(({ kind: _, ...fields }) => fields);
}

/** Every stored layer and every output against the ideal integers, over all samples. */
function agreementOf(network: Network, reports: readonly VerifyReport[]): Pick<AnalogueSummary, "layers" | "outputs"> {
  const counts = (layer: number, key: "conversions" | "clipped" | "signal" | "noise") =>
    reports.reduce((total, report) => total + (report.counts.layers.get(layer)?.[key] ?? 0), 0);
  const total = (tensor: number) => {
    const own = reports.flatMap(({ agreements }) => agreements.filter((one) => one.tensor === tensor));
    const add = (key: "elements" | "equal" | "signal" | "noise") => own.reduce((sum, one) => sum + one[key], 0);
    const [elements, noise] = [add("elements"), add("noise")];
    const equalShare = elements === 0 ? null : add("equal") / elements;
    return { elements, equalShare, sqnrDb: inDecibels(add("signal"), noise) };
  };
  const stored = new Set(reports.flatMap(({ agreements }) => agreements.map(({ tensor }) => tensor)));
  const layers = network.layers
    .filter(({ id, output }) => stored.has(output) || reports.some(({ counts }) => counts.layers.has(id)))
    .map((layer) => ({
      layer: layer.name,
      tensor: network.tensors[layer.output]!.name,
      ...total(layer.output),
      sumsSqnrDb: inDecibels(counts(layer.id, "signal"), counts(layer.id, "noise")),
      conversions: counts(layer.id, "conversions"),
      clipped: counts(layer.id, "clipped"),
    }));
  const outputs = network.outputs
    .filter((id) => stored.has(id))
    .map((id) => {
      const own = reports.flatMap((report) => report.outputs.filter((one) => one.tensor === id));
      const agreeing = own.filter((one) => topOne(one.simulated) === topOne(one.reference)).length;
      const { equalShare, sqnrDb } = total(id);
      const { name } = network.tensors[id]!;
      return { tensor: name, equalShare, sqnrDb, topOneAgreement: agreeing / own.length };
    });
  return { layers, outputs };
}

/** Signal to noise; null without noise, or without signal. */
function inDecibels(signal: number, noise: number): number | null {
  return noise === 0 || signal === 0 ? null : 10 * Math.log10(signal / noise);
}

/** Why a verification failed, in a few lines; empty where it passed. */
export function verifyFailure(summary: VerifySummary): string[] {
  const { firstDifference, missing, races, unwritten, onnxRuntime } = summary;
  const lines: string[] = [];
  if (firstDifference !== undefined && summary.analogue === undefined)
    lines.push(
      `not equal to the reference: layer ${firstDifference.layer}, ${formatMismatch({ ...firstDifference, elements: Number.NaN }).replace(" of NaN", "")}`,
    );
  if (missing.length > 0) lines.push(`the program has no place for output ${missing.join(", ")}`);
  for (const { message } of races.slice(0, 5)) lines.push(`race: ${message}`);
  for (const { message } of unwritten.slice(0, 5)) lines.push(`unwritten: ${message}`);
  if (onnxRuntime?.equal === false) lines.push(runtimeFailure(onnxRuntime));
  return lines;
}

function runtimeFailure({ outputs = [], firstDifference }: NonNullable<VerifySummary["onnxRuntime"]>): string {
  const worst = outputs
    .filter(({ different = 0 }) => different > 0)
    .map(
      ({ tensor, different, elements, largestDifference }) =>
        `${different} of ${elements} integers of ${tensor} differ, by ${largestDifference} at most`,
    );
  const first =
    firstDifference === undefined
      ? ""
      : `; first in layer ${firstDifference.layer}, sample ${firstDifference.sample}, element ${firstDifference.element}: ` +
        `${firstDifference.here} here, ${firstDifference.there} there`;
  return `not equal to ONNX Runtime: ${worst.join(", ")}${first}`;
}
