/** `wordline dram replay`: a trace of memory requests through a stand-alone controller. */
import { Option } from "commander";
import { UserError } from "../../../base/index.js";
import { type DramPolicy, readDramDevice } from "../../../hardware/index.js";
import { replayDram } from "../../../run/dram/index.js";
import { jsonText } from "../../files.js";
import { wholeNumber } from "../../inputs.js";
import { addRepeated, watchingOf } from "../../options.js";
import { dramReplayReport } from "../../report/dram-report.js";
import { styleOf } from "../../report/style.js";
import { type AddCommand, JSON_OPTION } from "../command.js";

interface Options {
  device: string;
  policy: DramPolicy;
  set: string[];
  issueWidth: number;
  commands?: string;
  requests?: string;
  wrap?: boolean;
  product?: boolean;
  asDramsim3?: boolean;
  json?: boolean;
}

/** Adds `dram replay`. */
export const addDramReplay: AddCommand = (program, terminal) => {
  const command = program
    .command("replay")
    .summary("replay a trace of requests, command by command")
    .description(
      "Offers the requests of a trace to a memory controller, each line `0xADDRESS READ|WRITE CYCLE`, and says what came of it: commands, latencies, bandwidth, energy. By default commands and completions are those of the simulator the policy is named after, its known errors of scheduling included, and energies are right.",
    )
    .argument("<trace>", "requests, one a line; may be gzipped")
    .requiredOption("-d, --device <device>", "device: a name from `wordline dram devices`, or a YAML file")
    .addOption(
      new Option("-p, --policy <policy>", "whose controller").choices(["dramsim3", "ramulator2"]).default("dramsim3"),
    );
  addRepeated(
    command,
    "--set <key=value>",
    "set a field of the device, e.g. timing.tREFI=3120, row_buf_policy=CLOSE_PAGE or nRFC=420 (repeatable)",
  )
    .option("--issue-width <requests>", "requests offered in one cycle at most", wholeNumber("--issue-width", 1), 1)
    .option("--commands <file>", "write every command as CSV; gzipped where the name ends in .gz")
    .option("--requests <file>", "write acceptance and completion of every request as CSV; gzipped likewise")
    .option("--wrap", "drop the address bits beyond the device, as the simulators do, instead of refusing them")
    .option("--product", "the device as its makers mean it: refresh interval of the data sheet, no known errors")
    .option("--as-dramsim3", "energies as DRAMsim3 prints them: without the factor tCK")
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      `
Examples:
  wordline dram replay requests.trace.gz --device ddr4_2400_x8
  wordline dram replay requests.trace --device hbm2_x128 --issue-width 8 --commands commands.csv.gz
  wordline dram replay requests.trace --device ddr3_1600_x8 --policy ramulator2 --json`,
    )
    .action(async (trace: string, options: Options) => {
      if (options.product && options.asDramsim3) throw contradiction("--product", "--as-dramsim3");
      if (options.policy !== "dramsim3" && options.asDramsim3)
        throw contradiction(`--policy ${options.policy}`, "--as-dramsim3");
      const set = options.asDramsim3 ? [...options.set, "quirks.energyLacksClock=true"] : options.set;
      const device = readDramDevice(options.device, { set, asDramsim3: options.product !== true });
      for (const file of [options.commands, options.requests]) if (file !== undefined) terminal.announce(file);
      const result = await replayDram(trace, device, {
        policy: options.policy,
        issueWidth: options.issueWidth,
        wrap: options.wrap === true,
        ...(options.commands === undefined ? {} : { commands: options.commands }),
        ...(options.requests === undefined ? {} : { requests: options.requests }),
        ...watchingOf(terminal),
      });
      terminal.progress(undefined);
      terminal.out(options.json ? jsonText(result) : dramReplayReport(result, device, styleOf(terminal.colors)));
    });
};

function contradiction(one: string, other: string): UserError {
  return new UserError({
    code: "options",
    message: `${one} and ${other} exclude each other`,
    accepted: `one of them`,
  });
}
