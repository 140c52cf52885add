/** `wordline dram check`: a file of memory commands against the timing of a device. */
import { Option } from "commander";
import {
  type DramCheckReport,
  DramCommandChecker,
  type DramViolation,
  KEPT_VIOLATIONS,
} from "../../../check/dram/index.js";
import { type DramPolicy, readDramDevice } from "../../../hardware/index.js";
import type { DramCheckResult } from "../../../results/index.js";
import { readDramCommands } from "../../../trace/dram/index.js";
import { jsonText } from "../../files.js";
import { wholeNumber } from "../../inputs.js";
import { formatCount } from "../../numbers.js";
import { addRepeated } from "../../options.js";
import { type Style, styleOf } from "../../report/style.js";
import { type AddCommand, JSON_OPTION } from "../command.js";

interface Options {
  device: string;
  policy: DramPolicy;
  set: string[];
  product?: boolean;
  show: number;
  refreshesOwed: number;
  until?: number;
  json?: boolean;
}

/** Adds `dram check`. */
export const addDramCheck: AddCommand = (program, terminal, setExit) => {
  const command = program
    .command("check")
    .summary("hold a file of commands to the timing of a device")
    .description(
      "Looks at every command of a file (cycle,ch,cmd,rank,bg,bank,row,col): no constraint between two commands, no window of activations, no state of a bank and no refresh may be violated. Knows nothing of any controller. Exit code 1 where something is.",
    )
    .argument("<commands>", "commands: .csv or .csv.gz, as `wordline dram replay --commands` writes them")
    .requiredOption("-d, --device <device>", "device: a name from `wordline dram devices`, a YAML or an .ini file")
    .addOption(
      new Option("-p, --policy <policy>", "whose commands").choices(["dramsim3", "ramulator2"]).default("dramsim3"),
    );
  addRepeated(command, "--set <key=value>", "set a field of the device (repeatable)")
    .option("--product", "hold them to the device as its makers mean it, not to what DRAMsim3 takes for legal")
    .option("--show <n>", "violations to show; all are counted", wholeNumber("--show", 0), KEPT_VIOLATIONS)
    .option("--refreshes-owed <n>", "refreshes that may be put off", wholeNumber("--refreshes-owed", 0), 8)
    .option(
      "--until <cycle>",
      "the run went on to this cycle; without it, to its last command",
      wholeNumber("--until", 0),
    )
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `
Examples:
  wordline dram check commands.csv.gz --device ddr4_2400_x8
  wordline dram check commands.csv --device ddr3_1600_x8 --policy ramulator2`,
    )
    .action(async (file: string, options: Options) => {
      const device = readDramDevice(options.device, { set: options.set, asDramsim3: options.product !== true });
      const checker = new DramCommandChecker(device, options.policy, {
        keep: options.show,
        mostRefreshesOwed: options.refreshesOwed,
      });
      await readDramCommands(file, checker.kinds, (line) => checker.command(line));
      const report = checker.finish(options.until);
      const result: DramCheckResult = {
        kind: "dram-check",
        format: 1,
        file,
        device: device.name,
        policy: options.policy,
        ...report,
      };
      terminal.out(options.json ? jsonText(result) : checkText(result, report, styleOf(terminal.colors)));
      if (result.violationCount > 0) setExit(1);
    });
};

function checkText(
  { file, policy, device }: Pick<DramCheckResult, "file" | "policy" | "device">,
  report: DramCheckReport,
  style: Style,
): string {
  const { commands, lastCycle, counts, violations, violationCount, skipped, worstRefreshesOwed } = report;
  const kinds = Object.entries(counts).map(([kind, count]) => `${formatCount(count)} ${kind}`);
  const lines = [
    `${style.bold(file)}  ${policy} on ${device}: ${formatCount(commands)} commands to cycle ${formatCount(lastCycle)}`,
    `  ${kinds.join(", ")}`,
  ];
  const refreshed =
    worstRefreshesOwed === 0 ? "every refresh within its interval" : `refreshes put off: at most ${worstRefreshesOwed}`;
  if (skipped.length === 0) lines.push(`  ${refreshed}`);
  for (const { rule, reason } of skipped) lines.push(`  skipped ${rule}: ${reason}`);
  if (violationCount === 0) lines.push(`  ${style.bold("clean")}: no timing, window, bank state or refresh violated`);
  else {
    const byRule = Object.entries(report.violationsByRule).map(([rule, count]) => `${rule} ${formatCount(count)}`);
    lines.push(`  ${style.bold(`${formatCount(violationCount)} violations`)}: ${byRule.join(", ")}`);
    lines.push(...violations.map((violation) => `  ${violationText(violation)}`));
    if (violationCount > violations.length)
      lines.push(`  and ${formatCount(violationCount - violations.length)} more (--show)`);
  }
  return `${lines.join("\n")}\n`;
}

function violationText({ line, cycle, channel, command, rule, message, earlier, shortCycles }: DramViolation): string {
  const short = shortCycles === undefined ? "" : `, ${shortCycles} short`;
  const before = earlier === undefined ? "" : ` (line ${earlier.line}: ${earlier.command} in cycle ${earlier.cycle})`;
  return `line ${line}: ${command} in cycle ${cycle}${channel > 0 ? ` of channel ${channel}` : ""}: ${rule}${short}: ${message}${before}`;
}
