/**
 * The `dramsim3` policy once more, slow and obvious: it ticks every cycle, keeps one bound a bank and command, and searches all
 * lists from the front. Written from the specification and not from the fast controller, which must equal it.
 */
import type { DramDevice } from "../../../src/hardware/dram/index.js";
import {
  DRAM_COMMAND,
  DRAM_COMMANDS,
  type DramController,
  type DramListener,
  type DramSummary,
} from "../../../src/machine/dram/index.js";

interface Request {
  ids: number[];
  address: number;
  write: boolean;
  rank: number;
  group: number;
  bank: number;
  row: number;
  column: number;
}

type Name = "ACT" | "PRE" | "RD" | "WR" | "REF" | "REFB";

/** A bank: what is open, and from when on each command may come. */
interface Bank {
  rank: number;
  group: number;
  bank: number;
  row: number;
  hits: number;
  opened: number;
  notBefore: Record<Name, number>;
}

/** The ticking controller of a device. */
export function createOracle(device: DramDevice, listener: DramListener): DramController {
  const channels = Array.from(
    { length: device.organization.channels },
    (_, number) => new OracleChannel(device, number, listener),
  );
  const cut = (address: number) => cutAddress(device, address);
  let end = 0;
  let now = -1;
  return {
    policy: "dramsim3",
    channels: channels.length,
    channelOf: (address) => cut(address).ch,
    accepts: (address, write) => channels[cut(address).ch].accepts(write),
    accept(id, address, write, cycle) {
      channels[cut(address).ch].accept(id, address, write, cycle + 1);
      return cycle + 1;
    },
    nextCycle: () => now + 1,
    step(cycle) {
      now = cycle;
      for (const channel of channels) channel.tick(cycle);
    },
    get pending() {
      return channels.reduce((sum, channel) => sum + channel.pending, 0);
    },
    bursts(channel) {
      const { counts } = channels[channel];
      return ["RD", "RDA", "WR", "WRA"].reduce((all, name) => all + (counts[name] ?? 0), 0);
    },
    finish(cycle) {
      end = cycle;
    },
    summary: () => summarise(device, channels, end),
  };
}

function cutAddress(device: DramDevice, address: number): Record<string, number> {
  const { channels, ranks, bankGroups, banksPerGroup, rows, columns, burstLength, requestBytes } = device.organization;
  const counts: Record<string, number> = {
    ch: channels,
    ra: ranks,
    bg: bankGroups,
    ba: banksPerGroup,
    ro: rows,
    co: columns / burstLength,
  };
  const fields: Record<string, number> = {};
  let rest = Math.floor(address / requestBytes);
  for (let at = 10; at >= 0; at -= 2) {
    const field = device.addressMap.slice(at, at + 2);
    fields[field] = rest % counts[field];
    rest = Math.floor(rest / counts[field]);
  }
  return fields;
}

/** The table of gaps, in the names of the specification. */
function gapsOf(device: DramDevice) {
  const t = device.timing;
  const { burstLength, bankGroups } = device.organization;
  const rates: Record<string, number> = { GDDR5: 4, GDDR5X: 8, GDDR6: 16 };
  const BC = burstLength / (rates[device.protocol] ?? 2);
  const graphics = device.protocol in rates;
  const own = graphics || device.protocol === "HBM" || device.protocol === "HBM2";
  const one = bankGroups === 1;
  const RL = t.AL + t.CL;
  const WL = t.AL + t.CWL;
  const RDD = RL + BC;
  const WRD = WL + BC;
  return {
    BC,
    RL,
    RDD,
    RC: t.tRAS + t.tRP,
    RCDRD: own ? t.tRCDRD : t.tRCD - t.AL,
    RCDWR: own ? t.tRCDWR : t.tRCD - t.AL,
    RRDs: t.tRRD_S,
    RRDl: one ? t.tRRD_S : t.tRRD_L,
    CCDs: Math.max(BC, t.tCCD_S),
    CCDl: Math.max(BC, one ? t.tCCD_S : t.tCCD_L),
    RTW: RL + BC - WL + t.tRTRS,
    WTRs: WRD + t.tWTR_S,
    WTRl: WRD + (one ? t.tWTR_S : t.tWTR_L),
    RTRo: BC + t.tRTRS,
    RTWo: RDD + BC + t.tRTRS - WRD,
    WTRo: WRD + BC + t.tRTRS - RDD,
    WTWo: BC,
    RTP: t.AL + t.tRTP,
    WTP: WL + BC + t.tWR,
    PPD: graphics || device.protocol === "LPDDR4" ? t.tPPD : 0,
    window32: graphics ? t.t32AW : 0,
  };
}

class OracleChannel {
  pending = 0;
  readonly counts: Record<string, number> = {};
  readHits = 0;
  writeHits = 0;
  misses = 0;
  dual = 0;
  active = 0;
  private readonly g: ReturnType<typeof gapsOf>;
  private readonly banks: Bank[] = [];
  /** Cycles of all activations of each rank. */
  private readonly acts: number[][];
  private readonly queues: Request[][];
  private readonly reads: Request[] = [];
  private readonly writes: Request[] = [];
  private readonly pendingReads = new Map<number, Request>();
  private readonly pendingWrites = new Map<number, Request>();
  private readonly refreshes: { rank: number; bank: number }[] = [];
  private refreshIndex = 0;
  private blocked = new Set<number>();
  private blocking = false;
  private pointer = 0;
  private drain = 0;

  constructor(
    private readonly device: DramDevice,
    private readonly number: number,
    private readonly listener: DramListener,
  ) {
    this.g = gapsOf(device);
    const { ranks, bankGroups, banksPerGroup } = device.organization;
    for (let rank = 0; rank < ranks; rank++)
      for (let group = 0; group < bankGroups; group++)
        for (let bank = 0; bank < banksPerGroup; bank++)
          this.banks.push({
            rank,
            group,
            bank,
            row: -1,
            hits: 0,
            opened: -Infinity,
            notBefore: { ACT: 0, PRE: 0, RD: 0, WR: 0, REF: 0, REFB: 0 },
          });
    this.acts = Array.from({ length: ranks }, () => []);
    const queues = device.controller.queueStructure === "PER_RANK" ? ranks : this.banks.length;
    this.queues = Array.from({ length: queues }, () => []);
  }

  accepts(write: boolean): boolean {
    const { unifiedQueue, transactionQueueEntries } = this.device.controller;
    return (write && !unifiedQueue ? this.writes : this.reads).length < transactionQueueEntries;
  }

  accept(id: number, address: number, write: boolean, accepted: number): void {
    const isBuffered = this.pendingWrites.has(address);
    if (write || isBuffered) this.listener.done?.(id, accepted + 1, accepted, accepted, 0);
    if (isBuffered) return;
    const { ra, bg, ba, ro, co } = cutAddress(this.device, address);
    const request: Request = { ids: [id], address, write, rank: ra, group: bg, bank: ba, row: ro, column: co };
    if (write) {
      this.pendingWrites.set(address, request);
      (this.device.controller.unifiedQueue ? this.reads : this.writes).push(request);
      return;
    }
    this.pending++;
    const same = this.pendingReads.get(address);
    if (same) {
      same.ids.push(id);
      return;
    }
    this.pendingReads.set(address, request);
    this.reads.push(request);
  }

  tick(cycle: number): void {
    this.fallDue(cycle);
    let first = this.refreshes.length > 0 ? this.engine(cycle) : undefined;
    first ??= this.queueCommand(cycle);
    if (first) {
      this.issue(cycle, first);
      if (this.device.controller.dualCommand) {
        const second = this.queueCommand(cycle);
        if (second && isColumn(second.name) !== isColumn(first.name)) {
          this.issue(cycle, second);
          this.dual++;
        }
      }
    }
    for (let rank = 0; rank < this.acts.length; rank++)
      if (this.banks.some((bank) => bank.rank === rank && bank.row >= 0)) this.active++;
    this.move();
  }

  private fallDue(cycle: number): void {
    const { controller, timing, organization, quirks } = this.device;
    const { ranks, bankGroups, banksPerGroup } = organization;
    const due = (interval: number) => cycle > 0 && cycle % interval === 0;
    if (controller.refreshPolicy === "RANK_LEVEL_STAGGERED") {
      if (!due(Math.floor(timing.tREFI / ranks))) return;
      this.refreshes.push({ rank: this.refreshIndex++ % ranks, bank: -1 });
    } else if (controller.refreshPolicy === "RANK_LEVEL_SIMULTANEOUS") {
      if (!due(timing.tREFI)) return;
      for (let rank = 0; rank < (quirks.simultaneousRefreshesFirstRank ? 1 : ranks); rank++)
        this.refreshes.push({ rank, bank: -1 });
    } else {
      if (!due(quirks.refbBlocksOthers ? timing.tREFIb : Math.floor(timing.tREFIb / ranks))) return;
      const n = this.refreshIndex++ % this.banks.length;
      const rank = Math.floor(n / (bankGroups * banksPerGroup));
      const [group, bank] = [n % bankGroups, Math.floor(n / bankGroups) % banksPerGroup];
      this.refreshes.push({ rank, bank: this.banks.indexOf(this.bankAt(rank, group, bank)) });
    }
  }

  private bankAt(rank: number, group: number, bank: number): Bank {
    return this.banks.find((one) => one.rank === rank && one.group === group && one.bank === bank)!;
  }

  private queueOf(bank: Bank): number {
    return this.device.controller.queueStructure === "PER_RANK" ? bank.rank : this.banks.indexOf(bank);
  }

  private engine(cycle: number): Command | undefined {
    const { rank, bank } = this.refreshes[0];
    const members = bank < 0 ? this.banks.filter((one) => one.rank === rank) : [this.banks[bank]];
    if (!this.blocking) {
      this.blocked = new Set(members.map((one) => this.queueOf(one)));
      this.blocking = true;
    }
    const name = bank < 0 ? "REF" : "REFB";
    for (const one of members) if (one.row >= 0 && one.notBefore.PRE <= cycle) return { name: "PRE", bank: one };
    if (members.every((one) => one.row < 0 && one.notBefore[name] <= cycle)) return { name, bank: members[0] };
    return undefined;
  }

  private queueCommand(cycle: number): Command | undefined {
    for (let tried = 0; tried < this.queues.length; tried++) {
      this.pointer = (this.pointer + 1) % this.queues.length;
      if (this.blocking && this.blocked.has(this.pointer)) continue;
      const command = this.fromQueue(this.queues[this.pointer], cycle);
      if (command) return command;
    }
    return undefined;
  }

  private fromQueue(queue: Request[], cycle: number): Command | undefined {
    for (const [index, request] of queue.entries()) {
      const bank = this.bankAt(request.rank, request.group, request.bank);
      const name = bank.row < 0 ? "ACT" : bank.row !== request.row ? "PRE" : request.write ? "WR" : "RD";
      if (bank.notBefore[name] > cycle || (name === "ACT" && !this.windowOpen(bank.rank, cycle))) continue;
      const sameBank = (other: Request) => this.bankAt(other.rank, other.group, other.bank) === bank;
      if (name === "PRE") {
        if (queue.slice(0, index).some(sameBank)) continue;
        const wanted = queue.slice(index).some((other) => sameBank(other) && other.row === bank.row);
        if (wanted && bank.hits < 4) continue;
      }
      if (
        name === "WR" &&
        queue
          .slice(0, index)
          .some(
            (other) =>
              !other.write &&
              other.row === request.row &&
              other.column === request.column &&
              other.bank === request.bank &&
              other.group === request.group,
          )
      )
        continue;
      return { name, bank, request };
    }
    return undefined;
  }

  private windowOpen(rank: number, cycle: number): boolean {
    const acts = this.acts[rank];
    const inside = (count: number, window: number) =>
      acts.length >= count && cycle < acts[acts.length - count] + window;
    return !inside(4, this.device.timing.tFAW) && !(this.g.window32 > 0 && inside(32, this.g.window32));
  }

  private issue(cycle: number, { name, bank, request }: Command): void {
    const closes = this.device.controller.rowBufferPolicy === "CLOSE_PAGE" && isColumn(name);
    const full = closes ? (name === "RD" ? "RDA" : "WRA") : name;
    this.counts[full] = (this.counts[full] ?? 0) + 1;
    this.listener.command?.(
      cycle,
      this.number,
      DRAM_COMMAND[full],
      bank.rank,
      name === "REF" ? -1 : bank.group,
      name === "REF" ? -1 : bank.bank,
      name === "ACT" || isColumn(name) ? request!.row : -1,
      isColumn(name) ? request!.column : -1,
    );
    if (isColumn(name)) {
      if (bank.hits === 0) this.misses++;
      else if (name === "RD") this.readHits++;
      else this.writeHits++;
    }
    this.bind(cycle, name, bank, closes);
    if (name === "ACT") {
      bank.row = request!.row;
      bank.opened = cycle;
      this.acts[bank.rank].push(cycle);
    } else if (name === "PRE" || closes) {
      bank.row = -1;
      bank.hits = 0;
    } else if (isColumn(name)) bank.hits++;
    else {
      this.refreshes.shift();
      this.blocked.clear();
      this.blocking = false;
    }
    if (isColumn(name)) this.complete(cycle, request!);
  }

  private complete(cycle: number, request: Request): void {
    const queue = this.queues.find((one) => one.includes(request))!;
    queue.splice(queue.indexOf(request), 1);
    (request.write ? this.pendingWrites : this.pendingReads).delete(request.address);
    if (request.write) return;
    for (const id of request.ids) {
      this.pending--;
      this.listener.done?.(id, cycle + this.g.RDD, cycle, cycle + this.g.RL, 0);
    }
  }

  /** The table: what a command forbids every bank of the channel, and until when. */
  private bind(cycle: number, name: Name, from: Bank, closes: boolean): void {
    const { g } = this;
    const t = this.device.timing;
    const { refbBlocksOthers, autoPrechargeBounds } = this.device.quirks;
    for (const to of this.banks) {
      const forbid = (next: Name, gap: number) => {
        to.notBefore[next] = Math.max(to.notBefore[next], cycle + gap);
      };
      const same = to === from;
      const inGroup = to.rank === from.rank && to.group === from.group;
      if (to.rank !== from.rank) {
        if (name === "RD") {
          forbid("RD", g.RTRo);
          forbid("WR", g.RTWo);
        } else if (name === "WR") {
          forbid("RD", g.WTRo);
          forbid("WR", g.WTWo);
        }
        continue;
      }
      if (name === "ACT") {
        if (same) {
          forbid("ACT", g.RC);
          forbid("RD", g.RCDRD);
          forbid("WR", g.RCDWR);
          forbid("PRE", t.tRAS);
        } else {
          forbid("ACT", inGroup ? g.RRDl : g.RRDs);
          forbid("REFB", refbBlocksOthers ? g.RC : inGroup ? g.RRDl : g.RRDs);
        }
      } else if (name === "RD") {
        forbid("RD", inGroup ? g.CCDl : g.CCDs);
        forbid("WR", g.RTW);
        if (same && !closes) forbid("PRE", g.RTP);
      } else if (name === "WR") {
        forbid("RD", inGroup ? g.WTRl : g.WTRs);
        forbid("WR", inGroup ? g.CCDl : g.CCDs);
        if (same && !closes) forbid("PRE", g.WTP);
      } else if (name === "PRE") {
        if (same) for (const next of ["ACT", "REF", "REFB"] as const) forbid(next, t.tRP);
        else forbid("PRE", g.PPD);
      } else if (name === "REF") {
        forbid("ACT", t.tRFC);
        forbid("REF", t.tRFC);
      } else if (refbBlocksOthers) {
        if (!same) {
          forbid("ACT", t.tRFC);
          forbid("REFB", t.tREFI);
        }
      } else {
        forbid("REFB", t.tRFCb);
        forbid("ACT", same ? t.tRFCb : inGroup ? g.RRDl : g.RRDs);
      }
      if (same && closes) {
        const access = name === "RD" ? g.RTP : g.WTP;
        const right = Math.max(access, from.opened + t.tRAS - cycle) + t.tRP;
        forbid("ACT", !autoPrechargeBounds ? right : access + t.tRP + (name === "RD" ? g.BC : 0));
        for (const next of ["REF", "REFB"] as const) forbid(next, !autoPrechargeBounds ? right : access + t.tRP);
      }
    }
  }

  private move(): void {
    const { controller, quirks } = this.device;
    const capacity = controller.transactionQueueEntries;
    const hasRoom = (request: Request) =>
      this.queues[this.queueOf(this.bankAt(request.rank, request.group, request.bank))].length <
      controller.commandQueueEntries;
    const shift = (source: Request[], request: Request | undefined) => {
      if (!request) return;
      source.splice(source.indexOf(request), 1);
      this.queues[this.queueOf(this.bankAt(request.rank, request.group, request.bank))].push(request);
    };
    if (!controller.unifiedQueue && this.drain === 0) {
      const idle = this.queues.every((queue) => queue.length === 0);
      const left = !quirks.lastWritesStay && idle && this.reads.length === 0;
      if (this.writes.length >= capacity || (this.writes.length > 8 && idle) || left) this.drain = this.writes.length;
    }
    if (this.drain === 0) {
      shift(this.reads, this.reads.find(hasRoom));
      return;
    }
    const write = this.writes.find(hasRoom);
    if (write && this.pendingReads.has(write.address)) {
      this.drain = 0;
      if (!quirks.readBeforeWriteLock) shift(this.reads, this.reads.find(hasRoom));
    } else if (write) {
      shift(this.writes, write);
      this.drain--;
    }
  }
}

interface Command {
  name: Name;
  bank: Bank;
  request?: Request;
}

function isColumn(name: Name): boolean {
  return name === "RD" || name === "WR";
}

function summarise(device: DramDevice, channels: readonly OracleChannel[], end: number): DramSummary {
  const sum = (value: (channel: OracleChannel) => number) =>
    channels.reduce((total, channel) => total + value(channel), 0);
  const count = (name: string) => sum((channel) => channel.counts[name] ?? 0);
  const rankActiveCycles = sum((channel) => channel.active);
  const rankIdleCycles = channels.length * device.organization.ranks * end - rankActiveCycles;
  const { vddV, idd0Ma, idd2nMa, idd3nMa, idd4rMa, idd4wMa, idd5abMa, idd5pbMa } = device.power;
  const t = device.timing;
  const { BC, RC } = gapsOf(device);
  const unit = vddV * device.organization.devicesPerRank * (device.quirks.energyLacksClock ? 1 : device.tCkNs);
  const energy = {
    activate: unit * (idd0Ma * RC - idd3nMa * t.tRAS - idd2nMa * t.tRP) * count("ACT"),
    read: unit * (idd4rMa - idd3nMa) * BC * (count("RD") + count("RDA")),
    write: unit * (idd4wMa - idd3nMa) * BC * (count("WR") + count("WRA")),
    refresh: unit * (idd5abMa - idd3nMa) * t.tRFC * count("REF"),
    bankRefresh: unit * (idd5pbMa - idd3nMa) * t.tRFCb * count("REFB"),
    activeBackground: unit * idd3nMa * rankActiveCycles,
    idleBackground: unit * idd2nMa * rankIdleCycles,
  };
  return {
    commands: Object.fromEntries(DRAM_COMMANDS.map((name) => [name, count(name)]).filter(([, n]) => n !== 0)),
    readRowHits: sum((channel) => channel.readHits),
    writeRowHits: sum((channel) => channel.writeHits),
    rowMisses: sum((channel) => channel.misses),
    dualCommands: sum((channel) => channel.dual),
    rankActiveCycles,
    rankIdleCycles,
    energyPj: { ...energy, total: Object.values(energy).reduce((a, b) => a + b, 0) },
  };
}
