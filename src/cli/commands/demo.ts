/** `wordline demo`: what `npm start` runs, and the first thing a newcomer sees. */
import { readChip } from "../../hardware/index.js";
import { encodeProgram } from "../../isa/index.js";
import { type Run, runNetwork } from "../../run/index.js";
import {
  describeFrom,
  estimateTraceBytes,
  openTrace,
  readTrace,
  replayTable,
  type TraceFilter,
} from "../../trace/index.js";
import { readNetwork } from "../../workload/index.js";
import { fileSize, inFolder, jsonText, makeFolder, writeFile } from "../files.js";
import { watchingOf } from "../options.js";
import { runReport } from "../report/run-report.js";
import { styleOf } from "../report/style.js";
import type { Terminal } from "../terminal.js";
import { type AddCommand, JSON_OPTION } from "./command.js";

const NETWORK = "resnet18";
const CHIP = "compass-s";
/** The largest picture, unpacked: what a browser opens without trouble. */
const PICTURE_BYTES = 120e6;

/** Adds `demo`. */
export const addDemo: AddCommand = (program, terminal, setExit) => {
  program
    .command("demo")
    .summary("ResNet-18 on a chip too small for it: the first thing to try")
    .description(
      `Runs ${NETWORK} (224 × 224) on ${CHIP}, whose arrays hold a fifth of its weights, and writes both traces.`,
    )
    .option("-o, --out <folder>", "folder for the traces", "wordline-out")
    .option(...JSON_OPTION)
    .action(async ({ out, json }: { out: string; json?: boolean }) => {
      makeFolder(terminal, out);
      const rows = inFolder(out, `${NETWORK}-${CHIP}.csv.gz`);
      const picture = inFolder(out, `${NETWORK}-${CHIP}.json.gz`);
      terminal.announce(rows);
      terminal.announce(picture);
      const network = readNetwork(NETWORK);
      const run = await runNetwork(network, readChip(CHIP), { ...watchingOf(terminal), traces: [{ file: rows }] });
      const code = inFolder(out, `${NETWORK}-${CHIP}.cimb`);
      writeFile(terminal, code, [encodeProgram(run.program)]);
      await drawPicture(run, rows, picture, terminal);
      terminal.progress(undefined);
      if (json) terminal.out(jsonText(run.result));
      else {
        terminal.out(runReport(run.result, styleOf(terminal.colors)));
        terminal.out(nextSteps(rows, code));
      }
      if (run.result.check.violations.length > 0) setExit(1);
    });
};

/** Writes the picture of the run, or of its beginning where the whole would be too large to look at. */
async function drawPicture(run: Run, rows: string, picture: string, terminal: Terminal): Promise<void> {
  const { result, program, table } = run;
  terminal.progress({ step: "draw trace", detail: "" });
  const bytes = estimateTraceBytes("perfetto", false, {
    instructions: result.instructions,
    holds: result.holds,
    makespanTicks: result.cycles,
    streams: program.streams.length,
  });
  const filter: TraceFilter =
    bytes <= PICTURE_BYTES ? {} : { fromTick: 0, untilTick: Math.ceil((result.cycles * PICTURE_BYTES) / bytes) };
  const filtered = filter.untilTick !== undefined;
  const sink = openTrace(picture, { describe: describeFrom(program), ...(filtered ? { filter } : {}) });
  try {
    if (table === undefined) await readTrace(rows, sink);
    else await replayTable(table, sink);
  } catch (error) {
    sink.abort();
    throw error;
  }
  result.traces.push({ file: picture, form: "perfetto", bytes: fileSize(picture), filtered });
}

function nextSteps(rows: string, code: string): string {
  const given = `${rows} --program ${code} --chip ${CHIP}`;
  return `
Next
  npx wordline explain ${given}
  npx wordline check ${given}
  npx wordline run resnet18 --chip compass-m
  npx wordline chips
  npx wordline networks
`;
}
