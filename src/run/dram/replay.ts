/** Replaying a trace of memory requests through a stand-alone controller: `wordline dram replay`. */
import { UserError } from "../../base/index.js";
import type { DramDevice, DramOrganization, DramPolicy } from "../../hardware/dram/index.js";
import { burstCyclesOf } from "../../hardware/index.js";
import {
  createDramController,
  DRAM_CAUSE,
  DRAM_COMMANDS,
  type DramListener,
  type DramSummary,
} from "../../machine/dram/index.js";
import type { DramReplayResult } from "../../results/index.js";
import { DramCommandFile, DramRequestFile, readDramRequests } from "../../trace/dram/index.js";
import type { Watching } from "../progress.js";
import { FIRST_CYCLE, ReplayDriver } from "./driver.js";
import { Latencies } from "./latencies.js";
import { RequestWindow } from "./window.js";

/** How a trace is replayed. */
export interface DramReplayOptions extends Watching {
  policy: DramPolicy;
  /** Requests offered in one cycle at most. */
  issueWidth: number;
  /** Take addresses modulo the device's bytes instead of refusing those beyond. */
  wrap: boolean;
  /** File of commands, and of requests, to write. */
  commands?: string;
  requests?: string;
}

const CAUSES = Object.keys(DRAM_CAUSE) as readonly (keyof typeof DRAM_CAUSE)[];

/** The bytes an organisation holds. */
export function dramCapacityBytes(organization: DramOrganization): number {
  const { channels, ranks, bankGroups, banksPerGroup, rows, columns, burstLength, requestBytes } = organization;
  return channels * ranks * bankGroups * banksPerGroup * rows * (columns / burstLength) * requestBytes;
}

/** Replays a trace; files of commands and requests appear whole or not at all. */
export async function replayDram(
  trace: string,
  device: DramDevice,
  options: DramReplayOptions,
): Promise<DramReplayResult> {
  const parts = partsOf(device, options.policy);
  const files: (DramCommandFile | DramRequestFile)[] = [];
  try {
    const commandFile =
      options.commands === undefined ? undefined : new DramCommandFile(options.commands, DRAM_COMMANDS);
    if (commandFile) files.push(commandFile);
    const requestFile = options.requests === undefined ? undefined : new DramRequestFile(options.requests);
    if (requestFile) files.push(requestFile);
    const replay = new Replay(device, parts, options, commandFile, requestFile);
    await readDramRequests(
      trace,
      { capacityBytes: dramCapacityBytes(parts.organization), wrap: options.wrap },
      (batch) => replay.driver.offer(batch),
    );
    const result = replay.result(trace, replay.driver.finish());
    for (const file of files) file.finish();
    return result;
  } catch (error) {
    for (const file of files) file.abort();
    throw error;
  }
}

/** What a policy takes of a device. */
interface PolicyParts {
  organization: DramOrganization;
  tCkNs: number;
  burstCycles: number;
}

function partsOf(device: DramDevice, policy: DramPolicy): PolicyParts {
  if (policy === "dramsim3")
    return { organization: device.organization, tCkNs: device.tCkNs, burstCycles: burstCyclesOf(device) };
  if (device.ramulator2 === undefined)
    throw new UserError({
      code: "dram-policy",
      message: `the policy ${policy} cannot run this device`,
      seen: `${device.name}, ${device.protocol}`,
      accepted: "a DDR3 or DDR4 device, or the policy dramsim3",
    });
  const { organization, tCkNs, timing } = device.ramulator2;
  return { organization, tCkNs, burstCycles: timing.nBL };
}

/** One replay under way. */
class Replay {
  readonly driver: ReplayDriver;
  private readonly controller: ReturnType<typeof createDramController>;
  private readonly latencies = new Latencies();
  private readonly causes = new Float64Array(CAUSES.length);
  private writes = 0;

  constructor(
    private readonly device: DramDevice,
    private readonly parts: PolicyParts,
    private readonly options: DramReplayOptions,
    commandFile: DramCommandFile | undefined,
    requestFile: DramRequestFile | undefined,
  ) {
    const window = new RequestWindow((index, accepted, done, write) => {
      if (write) this.writes++;
      else this.latencies.add(done - accepted);
      requestFile?.request(index, accepted, done);
    });
    const listener: DramListener = {
      done: (id, doneCycle, _issueCycle, _firstDataCycle, cause) => {
        window.setDone(id, doneCycle);
        this.causes[cause]++;
        this.driver.sawDone(doneCycle);
      },
    };
    if (commandFile)
      listener.command = (cycle, channel, command, rank, group, bank, row, column) => {
        commandFile.command(cycle, channel, command, rank, group, bank, row, column);
      };
    this.controller = createDramController(device, options.policy, listener);
    this.driver = new ReplayDriver(this.controller, FIRST_CYCLE[options.policy], options.issueWidth, window, (cycle) =>
      this.look(cycle),
    );
  }

  private look(cycle: number): void {
    if (this.options.aborted?.()) throw new UserError({ code: "aborted", message: `stopped at cycle ${cycle}` });
    this.options.onProgress?.({ step: "replay", detail: "", cycles: cycle, events: this.driver.requests });
  }

  /** What came out, `end` being the cycle after the last one. */
  result(trace: string, end: number): DramReplayResult {
    const { device, options, driver, latencies } = this;
    const { organization, tCkNs, burstCycles } = this.parts;
    const summary = this.controller.summary();
    const cycles = end - FIRST_CYCLE[options.policy];
    const busyCycles = driver.lastDone - FIRST_CYCLE[options.policy] + 1;
    return {
      kind: "dram-replay",
      format: 1,
      trace,
      device: device.name,
      policy: options.policy,
      issueWidth: options.issueWidth,
      tCkNs,
      requestBytes: organization.requestBytes,
      requests: driver.requests,
      reads: latencies.count,
      writes: this.writes,
      cycles,
      lastDoneCycle: driver.lastDone,
      commands: { ...summary.commands },
      readRowHits: summary.readRowHits,
      writeRowHits: summary.writeRowHits,
      rowMisses: summary.rowMisses,
      dualCommands: summary.dualCommands,
      rankActiveCycles: summary.rankActiveCycles,
      rankIdleCycles: summary.rankIdleCycles,
      causes: Object.fromEntries(
        CAUSES.map((name) => [name, this.causes[DRAM_CAUSE[name]]]),
      ) as DramReplayResult["causes"],
      readLatencyCycles: {
        average: latencies.average,
        p50: latencies.quantile(0.5),
        p99: latencies.quantile(0.99),
        max: latencies.max,
      },
      bandwidthGBps: (driver.requests * organization.requestBytes) / (busyCycles * tCkNs),
      peakBandwidthGBps: (organization.channels * organization.requestBytes) / (burstCycles * tCkNs),
      energy: energyOf(summary, device, cycles),
    };
  }
}

function energyOf(summary: DramSummary, device: DramDevice, cycles: number): DramReplayResult["energy"] {
  if (summary.energyPj === undefined) return null;
  const raw = device.quirks.energyLacksClock;
  const { total } = summary.energyPj;
  return {
    unit: raw ? "V·mA·cycle" : "pJ",
    ...summary.energyPj,
    averagePowerMw: total / (raw ? cycles : cycles * device.tCkNs),
  };
}
