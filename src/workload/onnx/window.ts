/**
 * Windows of Conv and the pools: kernel, strides, dilations and every way ONNX has to say padding.
 * Inputs: a node and its input in batch, channels, height, width order. Invariants: a Pad before the node is taken over;
 * one spatial dimension lies along the height.
 */
import { padToCeil, samePadding } from "../builder.js";
import type { Window } from "../network.js";
import type { NodeContext } from "./context.js";
import { demand, Refusal } from "./refusal.js";
import type { ActivationValue } from "./values.js";

/** What `readWindow` found out. */
export interface WindowReading {
  window: Window;
  /** Whether the node itself pads. */
  ownPads: boolean;
  /** Whether a Pad node before it does. */
  takenPads: boolean;
  /** Whether `ceil_mode` added padding at the end. */
  ceilPads: boolean;
}

/** Reads the window of a node with the given kernel [height, width]. */
export function readWindow(
  context: NodeContext,
  value: ActivationValue,
  [kernelHeight, kernelWidth]: readonly [number, number],
): WindowReading {
  const spatial = value.view.length - 2;
  const [strideY, strideX = 1] = (context.ints("strides", spatial) ?? [1, 1]) as [number, number?];
  const [dilationY, dilationX = 1] = (context.ints("dilations", spatial) ?? [1, 1]) as [number, number?];
  const { pad } = value;
  if (pad !== undefined)
    demand(
      pad.before.channels === 0 && pad.after.channels === 0,
      "the Pad before it pads channels",
      "height and width",
    );
  const taken = {
    padTop: pad?.before.height ?? 0,
    padBottom: pad?.after.height ?? 0,
    padLeft: pad?.before.width ?? 0,
    padRight: pad?.after.width ?? 0,
  };
  const shape = context.shape(value);
  const own = ownPadding(
    context,
    spatial,
    shape.height + taken.padTop + taken.padBottom,
    shape.width + taken.padLeft + taken.padRight,
    { kernel: [kernelHeight, kernelWidth], stride: [strideY, strideX], dilation: [dilationY, dilationX] },
  );
  const window: Window = {
    kernelHeight,
    kernelWidth,
    strideY,
    strideX,
    dilationY,
    dilationX,
    padTop: taken.padTop + own[0],
    padBottom: taken.padBottom + own[1],
    padLeft: taken.padLeft + own[2],
    padRight: taken.padRight + own[3],
  };
  const final = context.int("ceil_mode", 0) !== 0 ? padToCeil(window, shape) : window;
  return {
    window: final,
    ownPads: own.some((side) => side !== 0),
    takenPads: Object.values(taken).some((side) => side !== 0),
    ceilPads: final.padBottom !== window.padBottom || final.padRight !== window.padRight,
  };
}

interface Steps {
  kernel: [number, number];
  stride: [number, number];
  dilation: [number, number];
}

/** Top, bottom, left, right as the node's own attributes ask. */
function ownPadding(
  context: NodeContext,
  spatial: number,
  height: number,
  width: number,
  { kernel, stride, dilation }: Steps,
): [number, number, number, number] {
  const auto = context.text("auto_pad", "NOTSET");
  const sides = context.ints("pads", 2 * spatial);
  switch (auto) {
    case "NOTSET": {
      const [top, left, bottom, right] = spatial === 1 ? [sides?.[0], 0, sides?.[1], 0] : (sides ?? []);
      return [top ?? 0, bottom ?? 0, left ?? 0, right ?? 0];
    }
    case "VALID":
      return [0, 0, 0, 0];
    case "SAME_UPPER":
    case "SAME_LOWER": {
      const y = samePadding(height, kernel[0], stride[0], dilation[0]);
      const x = samePadding(width, kernel[1], stride[1], dilation[1]);
      return auto === "SAME_UPPER" ? [y[0], y[1], x[0], x[1]] : [y[1], y[0], x[1], x[0]];
    }
    default:
      throw new Refusal("attribute auto_pad has a wrong value", {
        seen: auto,
        accepted: "NOTSET, SAME_UPPER, SAME_LOWER, VALID",
      });
  }
}
