/** One process per implementation: engines that share an isolate share inline caches and slow each other down. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { median } from "./measure.js";

const execute = promisify(execFile);

/** What one process reports as one line of JSON. */
export interface Measurement {
  cpuSeconds: number;
  /** Of everything the work produced: equal in all implementations, or they did not do the same work. */
  checksum: number;
}

/** A command to measure. */
export interface Contender {
  name: string;
  file: string;
  args: readonly string[];
}

/** This program again, with other arguments, under the same Node flags. */
export function childOf(name: string, args: readonly string[], nodeFlags: readonly string[] = []): Contender {
  return { name, file: process.execPath, args: [...process.execArgv, ...nodeFlags, process.argv[1], ...args] };
}

/** Runs one contender and gives what it reports. */
export async function runMeasurement<T>({ file, args }: Contender): Promise<T> {
  const { stdout } = await execute(file, [...args]);
  return JSON.parse(stdout) as T;
}

/** Runs all contenders in turn, `rounds` times over, and gives each one's median CPU time; refuses unequal checksums. */
export async function measureInterleaved(
  contenders: readonly Contender[],
  rounds: number,
): Promise<Map<string, number>> {
  const seconds = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  let first: { name: string; checksum: number } | undefined;
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const { name } = contender;
      const { cpuSeconds, checksum } = await runMeasurement<Measurement>(contender);
      first ??= { name, checksum };
      if (checksum !== first.checksum)
        throw new Error(`${name} popped in another order than ${first.name}: ${checksum} against ${first.checksum}`);
      seconds.get(name)!.push(cpuSeconds);
    }
  }
  return new Map([...seconds].map(([name, values]) => [name, median(values)]));
}
