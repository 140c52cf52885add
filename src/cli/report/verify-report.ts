/** The verification of a run, for people: against the integer reference, the ideal numbers, and ONNX Runtime. */
import type { AnalogueSummary, Result, RuntimeSummary, VerifySummary } from "../../results/index.js";
import { formatCount } from "../numbers.js";
import { heading, type Style } from "./style.js";
import { table } from "./table.js";

/** The verification, where one was asked for. */
export function verifySection({ verify }: Pick<Result, "verify">, style: Style): string {
  if (verify === undefined) return "";
  const { samples, tensors, elements, races, unwritten, unread, overflows, seconds } = verify;
  const counts = `${formatCount(elements)} elements of ${formatCount(tensors)} tensors, ${formatCount(samples)} sample${samples === 1 ? "" : "s"}, in ${seconds.toFixed(2)} CPU seconds`;
  const flow = `races ${races.length} · reads of what nobody wrote ${unwritten.length} · results nobody reads ${unread.length} · accumulators that wrapped ${formatCount(overflows)}`;
  return (
    `${heading(style, "Verify")}  ${verdict(verify, style)}\n  ${counts}\n  ${flow}\n${seededLine(verify)}${calibrationLine(verify)}` +
    (verify.analogue === undefined ? "" : analogueLines(verify.analogue, style)) +
    (verify.onnxRuntime === undefined ? "" : runtimeLines(verify.onnxRuntime, style))
  );
}

/** What the network did not bring along, where there is such a thing. */
function seededLine({ seeded }: VerifySummary): string {
  if (seeded === undefined) return "";
  const { weights, layers, scales, tensors } = seeded;
  const lacking = [
    ...(weights === 0 ? [] : [`the weights of ${weights} of ${layers} layers`]),
    ...(scales === 0 ? [] : [`the scales of ${scales} of ${tensors} tensors`]),
  ];
  return `  drawn from the seed, as the network does not hold them: ${lacking.join(" and ")}\n`;
}

/** How a network of real numbers was quantised. */
function calibrationLine({ calibration }: VerifySummary): string {
  if (calibration === undefined) return "";
  const { weightBits, activationBits, samples, verified } = calibration;
  const which = verified ? "the very samples that are verified" : "seeded samples of their own";
  return `  quantised to w${weightBits}a${activationBits}, calibrated with ${formatCount(samples)} samples: ${which}\n`;
}

function verdict({ passed, analogue, firstDifference, differingTensors }: VerifySummary, style: Style): string {
  if (passed && analogue !== undefined) return style.green("no races; numbers are not ideal, see below");
  if (passed) return style.green("equal to the integer reference bit by bit, no races");
  if (firstDifference === undefined || analogue !== undefined) return style.red("illegal data flow");
  const { tensor, layer } = firstDifference;
  return style.red(`${differingTensors.length} tensors differ, first ${tensor} of layer ${layer}`);
}

const share = (part: number | null) => (part === null ? "–" : `${(100 * part).toFixed(2)} %`);
const decibels = (value: number | null) => (value === null ? "–" : `${value.toFixed(1)} dB`);

/** What converters and cells did to the numbers, layer by layer. */
function analogueLines(analogue: AnalogueSummary, style: Style): string {
  const { adc, adcBits, rowsActive, variation, stuckLow, stuckHigh, layers, outputs } = analogue;
  const parts = [
    ...(adc === "ideal" ? [] : [`converters of ${adcBits} bits (${adc})`, `${rowsActive} rows at once`]),
    ...(variation === 0 ? [] : [`cells varying by ${variation} of a level`]),
    ...(stuckLow + stuckHigh === 0 ? [] : [`${share(stuckLow + stuckHigh)} of the cells stuck`]),
  ];
  const right = { align: "right" } as const;
  const rows = layers.map((one) => [
    `  ${one.layer}`,
    decibels(one.sumsSqnrDb),
    decibels(one.sqnrDb),
    share(one.equalShare),
    formatCount(one.conversions),
    one.conversions === 0 ? "–" : share(one.clipped / one.conversions),
  ]);
  const agreement = outputs.map(
    (one) =>
      `  output ${one.tensor}: ${decibels(one.sqnrDb)}, ${share(one.equalShare)} of its elements equal, largest element the ideal one in ${share(one.topOneAgreement)} of samples\n`,
  );
  return (
    `  against the ideal numbers: ${parts.join(", ")}\n` +
    table(
      [
        { title: "  layer" },
        { title: "sums", ...right },
        { title: "result", ...right },
        { title: "equal", ...right },
        { title: "conversions", ...right },
        { title: "clipped", ...right },
      ],
      rows,
    ) +
    agreement.join("") +
    style.dim(
      "  Sums: the arrays' partial sums against the exact ones of the same inputs. Result: what is stored, the noise of\n  earlier layers included.\n",
    )
  );
}

/** What ONNX Runtime said. */
function runtimeLines(summary: RuntimeSummary, style: Style): string {
  const { status, reason, version, model, kind, optimisation, equal, fused, outputs = [], poorQuantisation } = summary;
  if (status === "skipped") return `  ${style.yellow("ONNX Runtime: SKIPPED")}: ${reason}\n`;
  const what = model === "file" ? "the file itself" : "the network written as ONNX";
  const how =
    kind === "float"
      ? reason === undefined
        ? "real numbers, quantised here"
        : "integers with real numbers between them"
      : equal
        ? style.green(
            fused
              ? "every integer is equal, tensor by tensor; left alone, the runtime fuses over some roundings"
              : "every output integer is equal",
          )
        : style.red("integers differ");
  const lines = outputs.map(({ tensor, elements, different, largestDifference, sqnrDb, topOneAgreement }) => {
    const integers =
      different === undefined || different === 0
        ? ""
        : `${formatCount(different)} of ${formatCount(elements)} differ, by ${largestDifference} at most; `;
    const noise = kind === "integer" && different === 0 ? "equal; " : `SQNR ${decibels(sqnrDb)}, `;
    return `    ${tensor}: ${integers}${noise}top-1 agrees in ${share(topOneAgreement)} of samples\n`;
  });
  const level = optimisation === "basic" ? " (basic graph optimisation: more of it fails on this file)" : "";
  const warning = poorQuantisation === undefined ? "" : `    ${style.yellow(poorQuantisation)}\n`;
  const because = reason === undefined ? "" : `    ${reason}\n`;
  return `  ONNX Runtime ${version} on ${what}${level}: ${how}\n${lines.join("")}${warning}${because}`;
}
