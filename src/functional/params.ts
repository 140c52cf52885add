/**
 * Names of parameters in instructions: a layer's name, or `layer[from:to]` for channels [from, to) of its output.
 * Element e of an instruction belongs to channel from + e mod (to − from).
 */
import { UserError } from "../base/index.js";
import type { ArrayGroup } from "../isa/index.js";
import type { LayerParameters, MatrixParameters } from "../workload/reference/index.js";
import type { Context } from "./context.js";

/** A layer's parameters for a run of its channels. */
export interface NamedParameters {
  own: LayerParameters;
  layer: string;
  channel0: number;
  /** Channels of the run; undefined where it is all of them. */
  channels: number | undefined;
}

/** What a parameter name stands for; undefined where no layer has it. */
export function namedParameters(context: Context, name: string): NamedParameters | undefined {
  const { byName } = context.parameters;
  const whole = byName.get(name);
  if (whole !== undefined) return { own: whole, layer: name, channel0: 0, channels: undefined };
  const match = /^(.*)\[(\d+):(\d+)\]$/.exec(name);
  const own = match === null ? undefined : byName.get(match[1]!);
  if (match === null || own === undefined) return undefined;
  return { own, layer: match[1]!, channel0: Number(match[2]), channels: Number(match[3]) - Number(match[2]) };
}

/** A matrix layer's parameters for a run of its channels. */
export interface MatrixRun {
  own: MatrixParameters;
  channel0: number;
  channels: number;
}

/** The matrix parameters of a name; anything else is the user's error. */
export function matrixRun(context: Context, name: string): MatrixRun {
  const named = namedParameters(context, name);
  if (named?.own.kind === "matrix") {
    const { own, channel0, channels = own.channels } = named;
    if (channels > 0 && channel0 + channels <= own.channels) return { own, channel0, channels };
  }
  throw new UserError({
    code: "unknown-parameters",
    message: "there are no requantisation parameters of this name",
    seen: `"${name}"`,
    accepted: `a conv or fc layer of ${context.network.name}, with [from:to] for some of its channels, or "raw"`,
  });
}

/** Whether a group holds weights with their zero points in. */
export function isAsymmetric({ program, parameters }: Context, { pieces }: ArrayGroup): boolean {
  const own = parameters.layers[program.tiles[pieces[0]?.tile ?? -1]?.layer ?? -1];
  return own?.kind === "matrix" && own.asymmetric !== undefined;
}
