/** `wordline explain`: where the time of a traced run went. */
import { addTerms, sumTerms, zeroTerms } from "../../base/index.js";
import { type PathSummary, summarisePath, writeTime } from "../../explain/index.js";
import type { ExplainResult } from "../../results/index.js";
import { collectTrace, type TraceTable } from "../../trace/index.js";
import { jsonText } from "../files.js";
import { explainReport } from "../report/explain-report.js";
import { styleOf } from "../report/style.js";
import { addKnownOptions, type KnownOptions, knownOf } from "../trace-inputs.js";
import { type AddCommand, JSON_OPTION } from "./command.js";

/** How many of the longest segments are shown. */
const LONGEST = 15;

/** Adds `explain`. */
export const addExplain: AddCommand = (program, terminal) => {
  const command = program
    .command("explain")
    .summary("the critical path and the write time of a trace")
    .description(
      "Reads a CSV trace and says where its time went. With its program and chip the critical path is read backwards, hold by hold; without them only the totals that the run left in its footer are shown.",
    )
    .argument("<trace>", "a whole trace: .csv or .csv.gz");
  addKnownOptions(command)
    .option(...JSON_OPTION)
    .addHelpText("after", "\nExample:\n  wordline explain run.csv.gz --program resnet8.cimb --chip compass-s")
    .action(async (file: string, options: KnownOptions & { json?: boolean }) => {
      const known = knownOf(options);
      const table = await collectTrace(file);
      const path =
        known.program === undefined || known.chip === undefined
          ? undefined
          : summarisePath(table, known.program, known.chip);
      const result = explanation(file, table, path);
      terminal.out(options.json ? jsonText(result) : explainReport(result, styleOf(terminal.colors)));
    });
};

function explanation(file: string, table: TraceTable, path: PathSummary | undefined): ExplainResult {
  const { header, footer } = table;
  return {
    kind: "explanation",
    format: 1,
    trace: file,
    chip: header.chip,
    program: header.program,
    cycles: footer.makespanTicks,
    path: {
      terms: path?.terms ?? addTerms(zeroTerms(), footer.pathTerms),
      holds: path?.holds ?? null,
      longest: (path?.segments ?? [])
        .map((segment) => ({
          stage: segment.stage,
          layer: segment.layer,
          core: header.streams[segment.stream]!.core,
          unit: header.streams[segment.stream]!.unit,
          instruction: segment.n,
          kind: segment.holdKind,
          term: segment.term,
          fromCycle: segment.fromTick,
          untilCycle: segment.toTick,
        }))
        .sort((a, b) => b.untilCycle - b.fromCycle - (a.untilCycle - a.fromCycle))
        .slice(0, LONGEST),
    },
    stages: [...(path?.stages ?? [])]
      .sort(([a], [b]) => a - b)
      .map(([stage, terms]) => ({ stage, cycles: sumTerms(terms), path: terms })),
    layers: (path?.layers ?? []).map(({ stage, layer, terms }) => ({
      stage,
      layer,
      cycles: sumTerms(terms),
      path: terms,
    })),
    writes: writeTime(table),
  };
}
