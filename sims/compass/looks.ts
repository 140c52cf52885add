/** Colours and names that the figures share. */
import { element, label } from "../common/svg.js";

/** Colour of each scheme. */
export const COLOURS: Readonly<Record<string, string>> = {
  greedy: "#b9bec6",
  layerwise: "#7a8594",
  compass: "#1f5fa8",
  "compass-optimal": "#1b8a5a",
};

/** Name of each scheme as the figures print it. */
export const SCHEME_NAMES: Readonly<Record<string, string>> = {
  greedy: "greedy",
  layerwise: "layerwise",
  compass: "COMPASS",
  "compass-optimal": "optimum",
};

/** Name of each network as the figures print it. */
export const NETWORK_NAMES: Readonly<Record<string, string>> = {
  vgg16: "VGG16",
  resnet18: "ResNet18",
  squeezenet1_1: "SqueezeNet 1.1",
};

/** Text that is not the message. */
export const GREY = "#5b6470";

/** Title and the line under it. */
export function heading(left: number, title: string, subtitle: string): string {
  return label(left, 30, title, { "font-size": 18, "font-weight": "bold" }) + label(left, 50, subtitle, { fill: GREY });
}

/** Coloured squares with their names, beside each other. */
export function legend(left: number, y: number, entries: readonly (readonly [string, string])[], width = 104): string {
  return entries
    .map(
      ([name, colour], at) =>
        element("rect", { x: left + at * width, y: y - 10, width: 12, height: 12, fill: colour }) +
        label(left + at * width + 18, y, name),
    )
    .join("\n");
}

/** Round steps for an axis from 0 to at least `most`: about five ticks. */
export function ticksTo(most: number): number[] {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}
