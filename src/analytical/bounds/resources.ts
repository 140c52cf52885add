/** How long a program keeps each resource at least: no schedule is shorter than the busiest one's work over its ports. */
import { ceilMul, type Rational } from "../../base/index.js";
import { type Chip, playsCommands, type Sram } from "../../hardware/index.js";
import { type Instruction, UNIT_OF, type Unit } from "../../isa/index.js";
import { shortestHold } from "../clock.js";
import { fewestOffers } from "../dram/extremes.js";
import {
  arrayTicks,
  type FlowForm,
  type IdealPart,
  movedBytes,
  mvmFacts,
  sumHolds,
  type UnloadedContext,
} from "../unloaded/index.js";

/** The work on one resource. */
export interface ResourceLoad {
  name: string;
  /** Cycles of all holds on it, in its own clock. */
  busyCycles: number;
  ports: number;
  /** The fewest ticks that work takes on so many ports. */
  boundTicks: number;
}

interface Load {
  busyCycles: number;
  ports: number;
  period?: Rational | undefined;
}

/** The instructions a unit may have under way. */
export function unitLimit(chip: Chip, unit: Unit): number {
  if (unit === "weightWrite") return chip.core.arrays.write.portsPerCore;
  return unit === "vector" ? 1 : chip.core.outstanding[unit];
}

/** Ticks an MVM keeps the issue slot of its core: one issue interval a vector. */
export function issueTicks(instruction: Instruction, chip: Chip, ideal: ReadonlySet<IdealPart>): number {
  if (instruction.op !== "MVM") return 1;
  return Math.max(1, instruction.vectors * (ideal.has("issue") ? 1 : chip.core.mvmIssueCycles));
}

/** Sums work over the resources of a chip. */
export class ResourceLoads {
  private readonly loads = new Map<string, Load>();
  /** The longest issue of each core, which nothing has to wait for at the end. */
  private readonly longestIssue = new Map<string, number>();

  constructor(
    private readonly chip: Chip,
    private readonly ideal: ReadonlySet<IdealPart>,
  ) {}

  private add(name: string, cycles: number, ports = 1, period?: Rational): void {
    const load = this.loads.get(name) ?? { busyCycles: 0, ports, period };
    load.busyCycles += cycles;
    this.loads.set(name, load);
  }

  private addSram(name: string, sram: Sram, direction: "reads" | "writes", cycles: number): void {
    if (this.ideal.has("sram")) return;
    const own = direction === "reads" ? sram.readPorts : sram.writePorts;
    this.add(`${name} ${direction}`, cycles, own + sram.sharedPorts);
    this.add(`${name} ports`, cycles, sram.readPorts + sram.writePorts + sram.sharedPorts);
  }

  /** Adds `count` instructions that run `trips` times each and take `bestTicks` at best. */
  addInstruction(
    instruction: Instruction,
    flow: FlowForm | undefined,
    context: UnloadedContext,
    bestTicks: number,
    trips: number,
    count: number,
  ): void {
    const { core } = context;
    const runs = trips * count;
    if (flow) this.addStages(flow, core, trips, count);
    const unit = UNIT_OF[instruction.op];
    if (unit) this.add(`core ${core} ${unit} unit`, bestTicks * runs, unitLimit(this.chip, unit));
    if (instruction.op === "MVM") this.addMvm(instruction, context, runs);
    // On a double-banked chip writes keep only other writes off an array; a WVF is then left out, for it may need no grant.
    const { doubleBanked } = this.chip.core.arrays.write;
    const bank = doubleBanked ? "shadow " : "";
    if (instruction.op === "WWR")
      for (const array of instruction.arrays) this.add(`core ${core} ${bank}array ${array}`, bestTicks * runs);
    if (instruction.op === "WSWAP" || (instruction.op === "WVF" && !doubleBanked))
      this.add(`core ${core} array ${instruction.array}`, bestTicks * runs);
  }

  private addMvm(instruction: Instruction & { op: "MVM" }, context: UnloadedContext, runs: number): void {
    const { core } = context;
    const facts = mvmFacts(instruction, context);
    const ticks = arrayTicks(facts.compute, instruction.vectors) * runs;
    for (const array of facts.arrays) this.add(`core ${core} array ${array}`, ticks);
    const { compute } = facts;
    const held = compute.grain === "vector" ? compute.holdTicks : compute.phases * compute.convertTicks;
    for (const group of facts.adcGroups) this.add(`core ${core} ADC group ${group}`, held * instruction.vectors * runs);
    const issue = issueTicks(instruction, this.chip, this.ideal);
    const slot = `core ${core} MVM issue`;
    this.add(slot, issue * runs);
    this.longestIssue.set(slot, Math.max(this.longestIssue.get(slot) ?? 0, issue));
  }

  private addStages(flow: FlowForm, core: number, trips: number, count: number): void {
    const { chip, ideal } = this;
    for (const stage of flow.stages) {
      // Of a clock slower than the chip's, no two holds share an edge, so cycles add up exactly; of a faster one only whole ticks do.
      const slow = stage.period && stage.period.num > stage.period.den;
      const cycles = count * trips * sumHolds(stage, flow.packets, (c) => (slow ? c : shortestHold(c, stage.period)));
      const period = slow ? stage.period : undefined;
      const local = chip.core.localMemory;
      const memory = `core ${core} local memory`;
      if (stage.kind === "localRead") this.addSram(memory, local, "reads", cycles);
      else if (stage.kind === "localWrite") this.addSram(memory, local, "writes", cycles);
      else if (stage.kind === "globalRead") this.addSram("global buffer", chip.globalBuffer!, "reads", cycles);
      else if (stage.kind === "globalWrite") this.addSram("global buffer", chip.globalBuffer!, "writes", cycles);
      else if (stage.kind === "dram" && playsCommands(chip.dram, ideal)) {
        const offers = fewestOffers(chip.dram!, trips * movedBytes(stage, flow.packets));
        this.add("DRAM requests", count * offers.cycles, chip.dram!.channels, offers.period);
        // The cycle in which the last request of a channel is taken need not end before the run.
        this.longestIssue.set("DRAM requests", chip.dram!.channels);
      } else if (stage.kind === "dram" && !ideal.has("dram")) this.add("DRAM", cycles, chip.dram!.channels, period);
      else if (stage.kind === "bus" && !ideal.has("bus")) this.add("bus", cycles, 1, period);
      else if (stage.kind === "link" && !ideal.has("bus"))
        this.add(`link ${stage.link!.from} to ${stage.link!.to}`, cycles, 1, period);
    }
  }

  /** Adds the instructions of a stream, which start at least a tick apart. */
  addIssues(core: number, unit: Unit, instructions: number): void {
    this.add(`core ${core} ${unit} issue`, instructions);
  }

  /** All resources, the busiest first. */
  list(): ResourceLoad[] {
    const list = [...this.loads].map(([name, load]): ResourceLoad => {
      const busyCycles = load.busyCycles - (this.longestIssue.get(name) ?? 0);
      const cycles = Math.ceil(busyCycles / load.ports);
      return {
        name,
        busyCycles: load.busyCycles,
        ports: load.ports,
        boundTicks: load.period ? ceilMul(cycles, load.period) : cycles,
      };
    });
    return list.sort((a, b) => b.boundTicks - a.boundTicks);
  }
}
