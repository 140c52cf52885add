/** `npm run bench -- NAME [args]`: finds the benchmark of this name and runs it. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What each benchmark measures; the code of NAME is bench/NAME.ts, loaded only when asked for. */
const BENCHMARKS: Readonly<Record<string, string>> = {
  compass: "searching for partitions: genetic algorithm and exact optimum",
  engine: "event queues in the HOLD model: wheel, heap, bare fastpriorityqueue, C++ std::priority_queue",
  simulate: "simulated instructions per second of whole programs",
  scale: "time and memory as cores and program length grow",
  trace: "what writing a trace costs",
  dram: "memory controllers alone: requests per second of six kinds of traffic",
  pairs: "every built-in network at full size on every preset: cycles, over its estimate, energy, check",
  verify: "what computing real numbers costs, and that runs without it are not slowed",
};

function usage(): string {
  const lines = Object.entries(BENCHMARKS).map(([name, what]) => `  ${name.padEnd(10)}${what}`);
  return `usage: npm run bench -- NAME [arguments]\n${lines.join("\n")}\n`;
}

async function main(): Promise<number> {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined || name === "--help" || name === "-h") {
    process.stdout.write(usage());
    return name === undefined ? 2 : 0;
  }
  if (BENCHMARKS[name] === undefined) {
    process.stderr.write(`no benchmark is called "${name}"\n${usage()}`);
    return 2;
  }
  const url = new URL(`./${name}.js`, import.meta.url);
  if (!existsSync(fileURLToPath(url))) {
    process.stderr.write(`benchmark "${name}" is planned, but bench/${name}.ts is not written yet\n`);
    return 2;
  }
  const benchmark = (await import(url.href)) as { run(args: string[]): Promise<void> };
  await benchmark.run(args);
  return 0;
}

process.exitCode = await main();
