/** Command streams for the law on memory commands: written by hand, or read from the reference runs. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type DramCheckReport, DramCommandChecker } from "../../../src/check/dram/index.js";
import { type DramDevice, type DramPolicy, readDramDevice } from "../../../src/hardware/index.js";
import { type DramCommandLine, DramCommandParser } from "../../../src/trace/dram/index.js";
import { HAS_REFERENCE, REFERENCE } from "../../hardware/dram/reference.js";

/** Commands as words, `12 ACT 0.1.2 r7 c3` or `12 REF 0`: cycle, command, rank.group.bank, row, column. */
export function commandsOf(kinds: readonly string[], text: string): DramCommandLine[] {
  return text
    .split(/[\n;]/)
    .map((words) => words.trim())
    .filter((words) => words !== "")
    .map((words, index) => {
      const match = /^(\d+)(?:@(\d+))? (\w+) (\d+)(?:\.(\d+)\.(\d+))?(?: r(\d+))?(?: c(\d+))?$/.exec(words);
      if (!match) throw new Error(`no command: ${words}`);
      const number = (at: number, absent: number) => (match[at] === undefined ? absent : Number(match[at]));
      return {
        line: index + 2,
        cycle: number(1, 0),
        channel: number(2, 0),
        kind: kinds.indexOf(match[3]!),
        rank: number(4, 0),
        group: number(5, -1),
        bank: number(6, -1),
        row: number(7, -1),
        column: number(8, -1),
      };
    });
}

/** Checks commands; all violations are kept. */
export function checkAll(
  device: DramDevice,
  policy: DramPolicy,
  commands: Iterable<DramCommandLine> | string,
  options: { mostRefreshesOwed?: number; endCycle?: number } = {},
): DramCheckReport {
  const { endCycle, ...rest } = options;
  const checker = new DramCommandChecker(device, policy, { keep: Number.POSITIVE_INFINITY, ...rest });
  for (const command of typeof commands === "string" ? commandsOf(checker.kinds, commands) : commands)
    checker.command(command);
  return checker.finish(endCycle);
}

/** One reference run. */
export interface ReferenceRun {
  policy: DramPolicy;
  name: string;
  device: string;
  trace: string;
  file: string;
}

/** All reference runs; none where the reference data are not there. */
export function referenceRuns(): ReferenceRun[] {
  if (!HAS_REFERENCE) return [];
  return (["dramsim3", "ramulator2"] as const).flatMap((policy) => {
    const folder = new URL(`expected/${policy}/`, REFERENCE);
    return readdirSync(folder)
      .filter((file) => file.endsWith(".cmds.csv.gz"))
      .map((file) => {
        const [, device, trace] = /^(.*)\.([^.]+)\.cmds\.csv\.gz$/.exec(file)!;
        const name = `${policy} ${device} ${trace}`;
        return { policy, name, device: device!, trace: trace!, file: fileURLToPath(new URL(file, folder)) };
      });
  });
}

/** The device of a reference run. */
export function deviceOf({ device }: ReferenceRun): DramDevice {
  return readDramDevice(device, { asDramsim3: true });
}

/** The commands of a reference run. */
export function commandsOfRun(run: ReferenceRun, kinds: readonly string[]): DramCommandLine[] {
  const commands: DramCommandLine[] = [];
  const parser = new DramCommandParser(run.file, kinds, (command) => commands.push(command));
  parser.chunk(gunzipSync(readFileSync(run.file)).toString("latin1"));
  parser.finish();
  return commands;
}

/** The cycles in which requests of a reference run were accepted. */
export function acceptCycles(run: ReferenceRun): Set<number> {
  const text = gunzipSync(readFileSync(run.file.replace(".cmds.", ".reqs."))).toString("latin1");
  const lines = text.trimEnd().split("\n").slice(1);
  return new Set(lines.map((line) => Number(line.split(",")[1])));
}
