/** Named random streams: the only source of randomness inside a simulation (law 15). */
import seedrandom from "seedrandom";

/** A stream of numbers in [0, 1). */
export type RandomStream = () => number;

/** The stream of this seed and name; adding one stream never shifts another. */
export function randomStream(seed: string | number, name: string): RandomStream {
  const generator = seedrandom.alea(`${seed}/${name}`);
  return () => generator();
}

/** A whole number in [low, high], both included. */
export function uniformInt(stream: RandomStream, low: number, high: number): number {
  return low + Math.floor(stream() * (high - low + 1));
}
