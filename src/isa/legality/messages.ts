/**
 * Legality of messages: what one core sends on a channel is what the other takes, in number and, message by message, in length.
 * Sequences stay folded as their loops are; they are unfolded side by side, up to a cap.
 */
import type { Context, Rule, Site } from "./context.js";
import { siteName } from "./context.js";

/** Runs of equal messages compared on one channel at most. */
export const COMPARED_RUNS = 1_000_000;

/** Messages in order: so many of one length, or a repeated sequence. */
type Messages = { bytes: number; count: number } | { trips: number; body: Messages[] };

/** Builds the folded sequence of one end of a channel, loop by loop. */
class SequenceBuilder {
  /** Open loops, outermost first, below them the whole sequence. */
  private readonly open: { trips: number; body: Messages[] }[] = [{ trips: 1, body: [] }];

  constructor(
    readonly first: Site,
    trips: readonly number[],
  ) {
    for (const count of trips) this.enter(count);
  }

  enter(trips: number): void {
    this.open.push({ trips, body: [] });
  }

  leave(): void {
    const { trips, body } = this.open.pop()!;
    if (body.length === 0) return;
    const [only] = body;
    if (body.length === 1 && "bytes" in only!) this.add({ bytes: only.bytes, count: only.count * trips });
    else if (trips === 1) for (const part of body) this.add(part);
    else this.add({ trips, body });
  }

  add(part: Messages): void {
    const { body } = this.open.at(-1)!;
    const last = body.at(-1);
    if (last && "bytes" in last && "bytes" in part && last.bytes === part.bytes) last.count += part.count;
    else body.push({ ...part });
  }

  /** The whole sequence; loops still open (a mistake told elsewhere) are closed. */
  finish(): Messages[] {
    while (this.open.length > 1) this.leave();
    return this.open[0]!.body;
  }
}

function countOf(sequence: readonly Messages[]): number {
  let count = 0;
  for (const part of sequence) count += "bytes" in part ? part.count : part.trips * countOf(part.body);
  return count;
}

function* unfold(sequence: readonly Messages[]): Generator<{ bytes: number; count: number }> {
  for (const part of sequence) {
    if ("bytes" in part) yield part;
    else for (let trip = 0; trip < part.trips; trip++) yield* unfold(part.body);
  }
}

function sameShape(a: readonly Messages[], b: readonly Messages[]): boolean {
  return a.length === b.length && JSON.stringify(a) === JSON.stringify(b);
}

/** The first message whose lengths differ, "capped" where the cap came first, undefined where all are equal. */
function firstDifference(
  sent: readonly Messages[],
  taken: readonly Messages[],
  cap: number,
): { message: number; sent: number; taken: number } | "capped" | undefined {
  if (sameShape(sent, taken)) return undefined;
  const left = unfold(sent);
  const right = unfold(taken);
  let a = { bytes: 0, count: 0 };
  let b = { bytes: 0, count: 0 };
  let message = 0;
  for (let run = 0; run < cap; run++) {
    if (a.count === 0) {
      const next = left.next();
      if (next.done) return undefined;
      a = { ...next.value };
    }
    if (b.count === 0) {
      const next = right.next();
      if (next.done) return undefined;
      b = { ...next.value };
    }
    if (a.bytes !== b.bytes) return { message, sent: a.bytes, taken: b.bytes };
    const equal = Math.min(a.count, b.count);
    message += equal;
    a.count -= equal;
    b.count -= equal;
  }
  return "capped";
}

/** Checks SEND and RECV. */
export function messageRule(context: Context, comparedRuns = COMPARED_RUNS): Rule {
  const ends = { sent: new Map<string, SequenceBuilder>(), taken: new Map<string, SequenceBuilder>() };
  /** The sequences of each stream, which follow its loops. */
  const byStream = new Map<object, SequenceBuilder[]>();

  const add = (site: Site, side: "sent" | "taken", key: string, bytes: number): void => {
    let end = ends[side].get(key);
    if (!end) {
      end = new SequenceBuilder(site, site.trips);
      ends[side].set(key, end);
      const ofStream = byStream.get(site.stream);
      if (ofStream) ofStream.push(end);
      else byStream.set(site.stream, [end]);
    }
    end.add({ bytes, count: 1 });
  };

  const self = (site: Site, field: string): void =>
    context.at(site, "message-to-self", "a core cannot exchange messages with itself", {
      seen: `core ${site.stream.core}`,
      accepted: "another core; CPY copies inside local memory",
      field,
    });

  const compare = (key: string): void => {
    const [sender, receiver, channel] = key.split(" ");
    const name = `core ${sender} to core ${receiver}, channel ${channel}`;
    const sent = ends.sent.get(key);
    const taken = ends.taken.get(key);
    const where = (sent ?? taken)!.first;
    const [sentMessages, takenMessages] = [sent?.finish() ?? [], taken?.finish() ?? []];
    const [sentCount, takenCount] = [countOf(sentMessages), countOf(takenMessages)];
    const other = sent && taken ? `, taken from ${siteName(taken.first)} on` : "";
    if (sentCount !== takenCount) {
      context.at(where, "message-counts-differ", `${name}: not as many messages are taken as are sent${other}`, {
        seen: `${sentCount} sent, ${takenCount} taken`,
        accepted: "as many RECV as SEND",
      });
      return;
    }
    const difference = firstDifference(sentMessages, takenMessages, comparedRuns);
    if (difference === "capped")
      context.notes.push(`${name}: lengths compared for the first ${comparedRuns} runs of messages only`);
    else if (difference)
      context.at(
        where,
        "message-lengths-differ",
        `${name}: message ${difference.message} is taken in another length${other}`,
        {
          seen: `${difference.sent} bytes sent, ${difference.taken} taken`,
          accepted: "equal lengths",
        },
      );
  };

  return {
    visit(site) {
      const { instruction, stream } = site;
      if (instruction.op === "LOOP")
        for (const end of byStream.get(stream) ?? []) end.enter(Math.max(1, instruction.trips));
      else if (instruction.op === "ENDL") for (const end of byStream.get(stream) ?? []) end.leave();
      else if (instruction.op === "SEND") {
        const { cores, channel, rows, rowBytes } = instruction;
        if (cores.includes(stream.core)) self(site, "cores");
        if (cores.length > 1 && context.limits.network === "mesh")
          context.at(site, "broadcast-on-mesh", "a mesh takes one destination at a time", {
            seen: `cores ${cores.join(",")}`,
            accepted: "one core",
            field: "cores",
          });
        for (const core of cores) add(site, "sent", `${stream.core} ${core} ${channel}`, rows * rowBytes);
      } else if (instruction.op === "RECV") {
        const { core, channel, rows, rowBytes } = instruction;
        if (core === stream.core) self(site, "core");
        add(site, "taken", `${core} ${stream.core} ${channel}`, rows * rowBytes);
      }
    },
    finish() {
      for (const key of new Set([...ends.sent.keys(), ...ends.taken.keys()])) compare(key);
    },
  };
}
