/** Checks of the arrays: geometry, read-out, precision, write port. */
import type { FormReader } from "./form-reader.js";
import type { Rule } from "./rules.js";

/** A check that one whole number is not above another. */
function atMost(
  path: string,
  limit: (form: FormReader) => number,
  message: string,
  applies = () => true as boolean,
): Rule {
  return (form, report) => {
    if (!form.has(path) || !applies()) return;
    const seen = form.number(path);
    const most = limit(form);
    if (seen > most) report({ path, message, seen: String(seen), accepted: `at most ${most}` });
  };
}

const rows = (form: FormReader) => form.number("core.arrays.rows");
const arrays = (form: FormReader) => form.number("core.arrays.count");
const TIMING = "core.arrays.timing";
const ADC = `${TIMING}.converter`;

/** Weights in one row of an array, at the narrowest width the chip runs. */
function mostWeightsInRow(form: FormReader): number {
  const bits = Math.min(...form.numbers("weightBits"));
  return Math.floor(form.number("core.arrays.columns") / Math.ceil(bits / form.number("core.arrays.cellBits")));
}

const groupsDivideArrays: Rule = (form, report) => {
  if (!form.has(`${ADC}.arraysPerGroup`)) return;
  const perGroup = form.number(`${ADC}.arraysPerGroup`);
  const count = arrays(form);
  if (count % perGroup !== 0)
    report({
      path: `${ADC}.arraysPerGroup`,
      message: `the ${count} arrays of a core do not divide into groups of ${perGroup}`,
      seen: String(perGroup),
      accepted: `a divisor of ${count}`,
    });
};

const noIdleConverters: Rule = (form, report) => {
  if (!form.has(`${ADC}.convertersPerGroup`)) return;
  const converters = form.number(`${ADC}.convertersPerGroup`);
  const perColumn = form.number("core.arrays.railsPerCell");
  const most = form.number(`${ADC}.arraysPerGroup`) * form.number("core.arrays.columns") * perColumn;
  if (converters > most)
    report({
      path: `${ADC}.convertersPerGroup`,
      message: "there are more converters than columns to convert",
      seen: String(converters),
      accepted: `at most ${most}`,
    });
};

const modesNeedRails: Rule = (form, report) => {
  const modes = form.value("core.arrays.modes") as string[];
  const rails = form.number("core.arrays.railsPerCell");
  const twoRail = modes.filter((mode) => mode !== "normal");
  if (rails === 1 && twoRail.length > 0)
    report({
      path: "core.arrays.modes",
      message: `mode ${twoRail.join(", ")} needs cells with two rails, but railsPerCell is 1`,
      seen: modes.join(", "),
      accepted: "normal, or railsPerCell: 2",
    });
  if (rails === 2 && twoRail.length === 0)
    report({
      path: "core.arrays.railsPerCell",
      message: "cells with two rails, but no mode that uses the second",
      seen: "2",
      accepted: "1, or modes double, dualBroadcast, split",
    });
};

const weightFitsRow: Rule = (form, report) => {
  const columns = form.number("core.arrays.columns");
  const cellBits = form.number("core.arrays.cellBits");
  for (const [index, bits] of form.numbers("weightBits").entries()) {
    const needed = Math.ceil(bits / cellBits);
    if (needed > columns)
      report({
        path: `weightBits.${index}`,
        message: `a weight of ${bits} bits takes ${needed} columns of ${cellBits}-bit cells, an array has ${columns}`,
        seen: String(bits),
        accepted: `at most ${columns * cellBits}`,
      });
  }
};

const widthsDiffer: Rule = (form, report) => {
  for (const list of ["weightBits", "inputBits"]) {
    const widths = form.numbers(list);
    const repeated = widths.findIndex((bits, index) => widths.indexOf(bits) !== index);
    if (repeated >= 0)
      report({ path: `${list}.${repeated}`, message: "the width is listed twice", seen: String(widths[repeated]) });
  }
};

function defaultWidthRuns(field: "weightBits" | "activationBits", list: "weightBits" | "inputBits"): Rule {
  return (form, report) => {
    const bits = form.number(`defaultPrecision.${field}`);
    const widths = form.numbers(list);
    if (!widths.includes(bits))
      report({
        path: `defaultPrecision.${field}`,
        message: `the arrays do not run the default width; ${list} lists ${widths.join(", ")}`,
        seen: String(bits),
        accepted: widths.join(", "),
      });
  };
}

const accumulatorsHoldArray: Rule = (form, report) => {
  const entries = form.number("core.accumulatorEntries");
  const outputs = mostWeightsInRow(form);
  if (entries < outputs)
    report({
      path: "core.accumulatorEntries",
      message: `the accumulators do not hold the ${outputs} results of one array`,
      seen: String(entries),
      accepted: `at least ${outputs}`,
    });
};

const swapNeedsBanks: Rule = (form, report) => {
  if (form.has("core.arrays.write.swapTime") && form.value("core.arrays.write.doubleBanked") === false)
    report({
      path: "core.arrays.write.swapTime",
      message: "a time to exchange banks on a chip that is not double-banked",
      accepted: "doubleBanked: true, or no swapTime",
    });
};

/** Checks of the arrays. */
export const arrayRules: readonly Rule[] = [
  atMost(`${TIMING}.rowsActive`, rows, "more wordlines are driven at once than an array has"),
  atMost(`${TIMING}.rowsPerStep`, rows, "a step takes more rows than an array has"),
  atMost(
    `${TIMING}.columnsPerStep`,
    mostWeightsInRow,
    "a step makes more results than an array has columns of weights",
  ),
  atMost(
    `${TIMING}.inputBitsPerPhase`,
    (form) => Math.max(...form.numbers("inputBits")),
    "a phase feeds more bits than the widest input has",
  ),
  atMost("core.arrays.arraysPerInput", arrays, "an input reaches more arrays than a core has"),
  atMost("core.arrays.write.rowsPerPulse", rows, "a pulse writes more rows than an array has"),
  atMost("core.arrays.write.portsPerCore", arrays, "a core has more write ports than arrays"),
  groupsDivideArrays,
  noIdleConverters,
  modesNeedRails,
  weightFitsRow,
  widthsDiffer,
  defaultWidthRuns("weightBits", "weightBits"),
  defaultWidthRuns("activationBits", "inputBits"),
  accumulatorsHoldArray,
  swapNeedsBanks,
];
