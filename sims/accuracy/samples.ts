/**
 * Inputs of the study. There are no recorded ones here, so two kinds are made: `leaves`, ellipses of many sizes and colours laid
 * over each other (the dead-leaves model of images: flat areas, edges, all scales), and `noise`, each value drawn evenly over its
 * range. The networks were trained on neither.
 */
import { type RandomStream, randomStream } from "../../src/base/index.js";
import type { Network } from "../../src/workload/index.js";
import { seededInputs } from "../../src/workload/reference/index.js";

/** Kinds of inputs. */
export type InputKind = "leaves" | "noise";

/** Every so many samples one is noise. */
const NOISE_EVERY = 8;

/** Ellipses of a sample: more than enough to cover it. */
const LEAVES = 40;

/** The kind of the n-th sample. */
export function kindOf(sample: number): InputKind {
  return sample % NOISE_EVERY === NOISE_EVERY - 1 ? "noise" : "leaves";
}

/** A colour: one brightness for all channels, each a little off it. */
function colour(random: RandomStream, channels: number): number[] {
  const brightness = random();
  return Array.from({ length: channels }, () => Math.min(1, Math.max(0, brightness + 0.5 * (random() - 0.5))));
}

/** Height × width × channels values in [0, 1], covered by ellipses, the first everywhere; the number of a size falls with the cube of the size. */
function leaves(random: RandomStream, height: number, width: number, channels: number): Float64Array {
  const map = new Float64Array(height * width * channels);
  const most = Math.max(height, width) / 2;
  for (let leaf = 0; leaf < LEAVES; leaf++) {
    const tint = colour(random, channels);
    const [cy, cx] = [random() * height, random() * width];
    const radius = Math.min(most, 1.5 / Math.sqrt(random() + 1e-3));
    const aspect = 0.4 + 1.2 * random();
    const turn = random() * Math.PI;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const along = (x - cx) * Math.cos(turn) + (y - cy) * Math.sin(turn);
        const across = ((y - cy) * Math.cos(turn) - (x - cx) * Math.sin(turn)) / aspect;
        if (leaf > 0 && along ** 2 + across ** 2 >= radius ** 2) continue;
        map.set(tint, (y * width + x) * channels);
      }
  }
  return map;
}

/** The inputs of the n-th sample. */
export function sampleInputs(network: Network, sample: number): Map<number, Int32Array> {
  if (kindOf(sample) === "noise") return seededInputs(network, 1, sample);
  const inputs = new Map<number, Int32Array>();
  for (const id of network.inputs) {
    const { name, shape, bits = 8, signed = true } = network.tensors[id]!;
    const random = randomStream(1, `leaves/${name}/${sample}`);
    const values = leaves(random, shape.height, shape.width, shape.channels);
    const low = signed ? -(2 ** (bits - 1)) : 0;
    inputs.set(
      id,
      Int32Array.from(values, (value) => low + Math.round(value * (2 ** bits - 1))),
    );
  }
  return inputs;
}
