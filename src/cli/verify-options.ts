/** Options of a verification: what is fed, what is not ideal, and whether a second runtime is asked. */

import { extname } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { UserError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import { type AnalogueRequest, onnxFile, Verification } from "../run/index.js";
import type { Network } from "../workload/index.js";
import { rangeOf, readBytes, realNumber, wholeNumber } from "./inputs.js";
import type { MachineOptions, MapperOptions } from "./options.js";

/** Most samples that are drawn: all are kept until the end. */
const MOST_SAMPLES = 10_000;

/** What commander makes of the options of a verification. */
export interface VerifyOptions {
  verify?: boolean;
  inputs?: string;
  random?: number;
  inputRange?: { min: number; max: number };
  onnxRuntime: boolean;
  adc?: "ideal" | "clip" | "scale";
  adcBits?: number;
  rowsActive?: number;
  variation?: number;
  stuck?: number;
}

/** Adds `--verify` and what goes with it. */
export function addVerifyOptions(command: Command): Command {
  return command
    .option(
      "--verify",
      "compute real numbers too: equal to the integer reference bit by bit, no races, ONNX Runtime agrees; else exit code 2",
    )
    .option("--inputs <file>", "inputs to verify with: .npy, .json, or raw bytes; one sample or several")
    .option(
      "--random <samples>",
      `how many seeded samples to verify with, 1 to ${MOST_SAMPLES} (default: one batch)`,
      wholeNumber("--random", 1, MOST_SAMPLES),
    )
    .option("--input-range <min,max>", "range of seeded samples of a network of real numbers (default -1,1)", rangeOf)
    .option("--no-onnx-runtime", "do not run the same inputs through ONNX Runtime")
    .addOption(
      new Option(
        "--adc <model>",
        "converters that verify with their bits: clip at the highest code, or scale the step to the full range",
      ).choices(["ideal", "clip", "scale"]),
    )
    .option(
      "--adc-bits <bits>",
      "bits of the converters (core.arrays.timing.converter.bits); numbers clip unless --adc says otherwise",
      wholeNumber("--adc-bits", 1),
    )
    .option(
      "--rows-active <rows>",
      "wordlines driven at once (core.arrays.timing.rowsActive)",
      wholeNumber("--rows-active", 1),
    )
    .option(
      "--variation <share>",
      "standard deviation of a cell's conductance, as a share of a level step",
      realNumber("--variation", 0, 100),
    )
    .option(
      "--stuck <share>",
      "share of stuck cells, half at the lowest level and half at the highest",
      realNumber("--stuck", 0, 1),
    );
}

/** The chip fields that options of a verification set: time and energy follow them too. */
export function chipFieldsOf({ adcBits, rowsActive }: VerifyOptions): string[] {
  return [
    ...(adcBits === undefined ? [] : [`core.arrays.timing.converter.bits=${adcBits}`]),
    ...(rowsActive === undefined ? [] : [`core.arrays.timing.rowsActive=${rowsActive}`]),
  ];
}

/** The verification that was asked for; `name` is what the network was read from. */
export function verificationOf(
  name: string,
  network: Network,
  chip: Chip,
  options: VerifyOptions & Pick<MachineOptions, "seed"> & MapperOptions,
): Verification | undefined {
  const { seed, batch, precision, inputs, random, inputRange } = options;
  const { adc = options.adcBits === undefined ? undefined : ("clip" as const), variation, stuck } = options;
  if (!options.verify) {
    const given = { inputs, random, "input-range": inputRange, adc: options.adc, variation, stuck };
    const [first] = Object.entries(given).filter(([, value]) => value !== undefined);
    if (first === undefined) return undefined;
    throw new UserError({ code: "needs-verify", message: `--${first[0]} goes with --verify` });
  }
  if (inputs !== undefined && random !== undefined)
    throw new UserError({ code: "two-inputs", message: "give --inputs or --random, not both" });
  const analogue: AnalogueRequest = {
    ...(adc === undefined || adc === "ideal" ? {} : { adc }),
    ...(variation === undefined || variation === 0 ? {} : { variation }),
    ...(stuck === undefined || stuck === 0 ? {} : { stuckLow: stuck / 2, stuckHigh: stuck / 2 }),
  };
  return new Verification(network, chip, {
    seed,
    batch,
    onnxRuntime: options.onnxRuntime,
    ...(precision === undefined ? {} : { precision }),
    ...(inputs === undefined ? {} : { inputs: { file: inputs, bytes: readBytes(inputs) } }),
    ...(random === undefined ? {} : { samples: random }),
    ...(inputRange === undefined ? {} : { range: inputRange }),
    ...(options.onnxRuntime && extname(name).toLowerCase() === ".onnx"
      ? { onnx: onnxFile(readBytes(name), name) }
      : {}),
    ...(Object.keys(analogue).length === 0 ? {} : { analogue }),
  });
}
