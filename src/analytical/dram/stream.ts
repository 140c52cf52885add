/**
 * Closed form of a sequential stream on a device: how long a controller with full queues needs for bytes that follow each other.
 * Row hits at the pace of their bank, the overlap of neighbouring rows within the controller's look-ahead, the rows that cannot be hidden, and
 * the share of refresh. Written from the device alone; docs/dram-devices.md says how far it is from the controllers.
 */
import { UserError } from "../../base/index.js";
import { burstCyclesOf, type DramDevice } from "../../hardware/index.js";

/** A stream. */
export interface DramStreamSpec {
  bytes: number;
  startAddress?: number;
  write?: boolean;
}

/** What a stream takes, in cycles of the device's clock. */
export interface DramStream {
  requests: number;
  /** From the first request's arrival at an idle channel to the end of the last data. */
  cycles: number;
  /** From the first request's arrival to its first data, its bank closed. */
  firstDataCycles: number;
  /** Data on the bus, were each burst to follow the one ahead. */
  dataCycles: number;
  /** What the bank takes longer than the bus: column commands of one group, the row cycle where every access closes its row. */
  bankCycles: number;
  /** Closing and opening rows, as far as no other bank works meanwhile. */
  rowCycles: number;
  refreshCycles: number;
}

/** A field of the address that has bits, the lowest first, with the values it takes. */
interface Field {
  name: string;
  size: number;
}

/** Cycles from arrival to the first command: one into the command queue, one until the queue is looked at. */
const ENTRY_CYCLES = 2;

/** Cycles of a sequential stream of `bytes` on a device whose file describes the controller. */
export function dramStreamCycles(device: DramDevice, spec: DramStreamSpec): DramStream {
  const { bytes, startAddress = 0, write = false } = spec;
  if (!(bytes > 0) || !(startAddress >= 0))
    throw new UserError({
      code: "bad-stream",
      message: "a stream has bytes and begins at an address",
      seen: `${bytes} bytes at ${startAddress}`,
      accepted: "more than 0 bytes, at 0 or above",
    });
  const { requestBytes } = device.organization;
  const first = Math.floor(startAddress / requestBytes);
  const requests = Math.floor((startAddress + bytes - 1) / requestBytes) - first + 1;
  const fields = addressFields(device);
  const lookahead = device.controller.transactionQueueEntries + device.controller.commandQueueEntries;
  const share = channelShare(device, fields, lookahead, requests);

  const delays = delaysOf(device, write);
  const beyond = channelCycles(device, fields, requests * share, delays);
  const data = requests * delays.bus * share;
  const bank = beyond.bank;
  const row = beyond.row;
  const latency = ENTRY_CYCLES + delays.activate + delays.firstData;
  const running = data + bank + row;
  const refresh = (running + latency) * refreshShare(device, fields, lookahead, delays);
  return {
    requests,
    cycles: Math.ceil(latency + running + refresh),
    firstDataCycles: latency,
    dataCycles: data,
    bankCycles: bank,
    rowCycles: row,
    refreshCycles: refresh,
  };
}

/** Delays of one direction. */
interface Delays {
  /** Between bursts on the bus. */
  bus: number;
  /** ACT to the column command. */
  activate: number;
  /** Column command to its first data. */
  firstData: number;
  /** Column command to the precharge of its bank. */
  toPrecharge: number;
}

function delaysOf(device: DramDevice, write: boolean): Delays {
  const { timing: t, protocol } = device;
  const burst = burstCyclesOf(device);
  const apart = protocol.startsWith("GDDR") || protocol.startsWith("HBM");
  const activate = apart ? (write ? t.tRCDWR : t.tRCDRD) : t.tRCD - t.AL;
  const firstData = t.AL + (write ? t.CWL : t.CL);
  return {
    bus: Math.max(burst, t.tCCD_S),
    activate,
    firstData,
    toPrecharge: write ? firstData + burst + t.tWR : t.AL + t.tRTP,
  };
}

/** The fields of an address that have bits, the least significant first. */
function addressFields({ addressMap, organization }: DramDevice): Field[] {
  const sizes: Readonly<Record<string, number>> = {
    ch: organization.channels,
    ra: organization.ranks,
    bg: organization.bankGroups,
    ba: organization.banksPerGroup,
    ro: organization.rows,
    co: organization.columns / organization.burstLength,
  };
  return (addressMap.match(/../g) ?? [])
    .reverse()
    .map((name) => ({ name, size: sizes[name]! }))
    .filter(({ size }) => size > 1);
}

/** Requests in a row that share all fields but those below `name`: how long a stream stays with one of its values. */
function stay(fields: readonly Field[], name: string): number {
  let requests = 1;
  for (const field of fields) {
    if (field.name === name) return requests;
    requests *= field.size;
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * Share of a stream's work that comes one after another: a channel's part, where the queues of each hold what stays with it. Requests come
 * in order, so that what they do not hold has to be done before the next channel is reached.
 */
function channelShare(
  { organization }: DramDevice,
  fields: readonly Field[],
  lookahead: number,
  requests: number,
): number {
  if (organization.channels === 1) return 1;
  const run = stay(fields, "ch");
  if (requests <= run) return 1;
  const together = Math.min(organization.channels, Math.ceil(requests / run));
  return Math.max(1 / together, (run - lookahead) / run);
}

/** Cycles of so many requests on one channel beyond their data: what the bank adds, and what rows add. */
function channelCycles(
  device: DramDevice,
  fields: readonly Field[],
  requests: number,
  delays: Delays,
): { bank: number; row: number } {
  const { timing: t, controller } = device;
  const local = fields.filter(({ name }) => name !== "ch");
  const closes = controller.rowBufferPolicy === "CLOSE_PAGE";
  const rowCycle = Math.max(t.tRAS + t.tRP, delays.activate + delays.toPrecharge + t.tRP);
  const own = closes ? rowCycle : sameGroup(device, delays);
  const lowest = local[0]?.name;
  // Requests in the same row, and where the stream goes behind them.
  const run = lowest === "co" ? local[0]!.size : 1;
  const next = lowest === "co" ? local[1]?.name : lowest;
  const changes = Math.max(0, requests / run - 1);
  const opening = closes ? 0 : t.tRP + delays.activate;
  if (next === "ro" || next === undefined) {
    // The next row of the same bank: nothing to overlap with.
    const reopen = closes ? 0 : Math.max(delays.toPrecharge + opening, t.tRAS + t.tRP - run * own);
    return { bank: requests * (own - delays.bus), row: changes * reopen };
  }
  const acts = closes ? Math.max(next === "bg" ? t.tRRD_S : sameGroupActs(device), t.tFAW / 4) : 0;
  const pace = Math.max(acts, switching(device, next, delays));
  const lookahead = controller.transactionQueueEntries + controller.commandQueueEntries;
  if (closes || lookahead >= run) {
    const perRequest = Math.max(pace, (own * newRowEvery(device, run)) / run);
    return { bank: requests * (Math.min(own, perRequest) - delays.bus), row: 0 };
  }
  // Around each change two rows share the bus while both are in sight; the second has to be opened first, beside the work on the first.
  const hidden = Math.min(lookahead, run / 2);
  const shared = Math.max(0, hidden - opening / own);
  const saved = Math.max(0, 2 * own - Math.max(own, 2 * pace)) * shared;
  return {
    bank: Math.max(0, requests * (own - delays.bus) - changes * saved),
    row: changes * Math.max(0, opening - hidden * own),
  };
}

/**
 * After how many requests of one bank the next bank comes in sight, where each bank is served at its own pace: it does when what the `older` banks
 * still have to do fits the queues. Each of them is so many requests ahead of the next, so the sum is that of a falling line.
 */
function newRowEvery({ controller, organization }: DramDevice, run: number): number {
  const { transactionQueueEntries, commandQueueEntries } = controller;
  // Where channels take turns, one that is full keeps the others from being filled: two rows are in sight, hardly more.
  if (organization.channels > 1) return run / (1 + Math.floor((transactionQueueEntries + commandQueueEntries) / run));
  const banks = organization.bankGroups * organization.banksPerGroup;
  for (let older = 1; older < banks; older++) {
    const room = transactionQueueEntries + older * commandQueueEntries;
    const every = Math.max(0, ((older * run - room) * 2) / (older * (older + 1)));
    if (every > 0 && run <= (older + 1) * every) return every;
  }
  return run / banks;
}

function sameGroup({ organization, timing }: DramDevice, { bus }: Delays): number {
  return organization.bankGroups === 1 ? bus : Math.max(bus, timing.tCCD_L);
}

function sameGroupActs({ organization, timing }: DramDevice): number {
  return organization.bankGroups === 1 ? timing.tRRD_S : timing.tRRD_L;
}

/** Least cycles between requests that alternate between two banks that differ in a field. */
function switching(device: DramDevice, field: string, delays: Delays): number {
  if (field === "bg") return delays.bus;
  if (field === "ra") return burstCyclesOf(device) + device.timing.tRTRS;
  return sameGroup(device, delays);
}

/** Cycles lost to refresh for each cycle of work. */
function refreshShare(device: DramDevice, fields: readonly Field[], lookahead: number, delays: Delays): number {
  const { timing: t, organization, controller } = device;
  const around = delays.toPrecharge + t.tRP + delays.activate;
  if (controller.refreshPolicy === "BANK_LEVEL_STAGGERED") {
    const interval = t.tREFIb * organization.bankGroups * organization.banksPerGroup;
    return lost(t.tRFCb + around, interval);
  }
  const stall = t.tRFC + around;
  if (stay(fields, "ra") > lookahead || controller.refreshPolicy !== "RANK_LEVEL_STAGGERED")
    return lost(stall, t.tREFI);
  // Ranks take turns within the look-ahead: the others go on until the queues are full of what waits for the one.
  const queues = controller.queueStructure === "PER_RANK" ? 1 : organization.bankGroups * organization.banksPerGroup;
  const held = queues * controller.commandQueueEntries + controller.transactionQueueEntries;
  return lost(organization.ranks * Math.max(0, stall - held * delays.bus), t.tREFI);
}

/** A stall in every interval: what it costs for each cycle that is left. */
function lost(stall: number, interval: number): number {
  return stall / Math.max(1, interval - stall);
}
