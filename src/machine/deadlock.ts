/** What to say when nothing can go on: who waits for what, and the cycle of waits (law 13). */
import { type Problem, UserError } from "../base/index.js";
import { FETCH } from "./decode.js";
import type { Issue } from "./issue.js";
import { BLOCKED, type MachineState } from "./state.js";

/** Streams whose remaining instructions post to a semaphore. */
function postersOf(state: MachineState, semaphore: number): number[] {
  const streams: number[] = [];
  const { decoded } = state;
  for (let stream = 0; stream < state.streams; stream++) {
    for (
      let at = decoded.postStart[decoded.codeStart[stream]!]!;
      at < decoded.postStart[decoded.codeStart[stream + 1]!]!;
      at += 2
    ) {
      if (decoded.posts[at] === semaphore) {
        streams.push(stream);
        break;
      }
    }
  }
  return streams;
}

/** What a blocked stream waits for, in words, and which streams could bring it. */
function waitOf(state: MachineState, stream: number): { text: string; from: number[] } {
  const on = state.streamBlockedOn[stream]!;
  const { decoded } = state;
  const sameCore = (unit: (other: number) => boolean): number[] =>
    Array.from({ length: state.streams }, (_, i) => i).filter(
      (other) => state.streamCore[other] === state.streamCore[stream] && unit(other),
    );
  switch (state.streamBlocked[stream]) {
    case BLOCKED.semaphore: {
      const { core, semaphore } = decoded.semaphores[on]!;
      const text = `semaphore ${semaphore} of core ${core} (${state.semaphoreCount[on]} of ${state.semaphoreNeed[on]} tokens)`;
      return { text, from: postersOf(state, on).filter((s) => state.streamDone[s] === 0) };
    }
    case BLOCKED.credit: {
      const channel = decoded.channels[on]!;
      const receiver = state.channelReceiver[on]!;
      return {
        text: `room in channel ${channel.channel} to core ${channel.to}`,
        from: receiver >= 0 ? [receiver] : [],
      };
    }
    case BLOCKED.message: {
      const channel = decoded.channels[on]!;
      const sender = state.channelSender[on]!;
      return {
        text: `a message on channel ${channel.channel} from core ${channel.from}`,
        from: sender >= 0 ? [sender] : [],
      };
    }
    case BLOCKED.register:
      return { text: `input registers of array ${on % state.arraysPerCore}`, from: [stream] };
    case BLOCKED.shadow:
      return { text: `the shadow bank of array ${on % state.arraysPerCore}`, from: [stream] };
    case BLOCKED.slot:
      return { text: "an earlier instruction of its unit", from: sameCore((other) => other === stream) };
    default:
      return { text: "a barrier or array", from: [] };
  }
}

/** The error for a run that ended with streams unfinished. */
export function deadlockError(state: MachineState, issue: Issue): UserError {
  const blocked: number[] = [];
  for (let stream = 0; stream < state.streams; stream++) {
    if (state.streamDone[stream] === 0 && state.decoded.fetch[state.streamPosition[stream]!] === FETCH.instruction)
      blocked.push(stream);
  }
  const name = (stream: number): string =>
    `${issue.nameOf(stream, state.streamPosition[stream]!)} (n = ${state.streamCount[stream]})`;
  // Follow waits from the first blocked stream until one repeats: that is a cycle.
  const seen: number[] = [];
  let at: number | undefined = blocked[0];
  while (at !== undefined && !seen.includes(at)) {
    seen.push(at);
    at = waitOf(state, at).from.find((from) => blocked.includes(from));
  }
  const cycle = at === undefined ? [] : seen.slice(seen.indexOf(at));
  const problems: Problem[] = [];
  if (cycle.length > 0)
    problems.push({
      code: "deadlock",
      message: `deadlock at cycle ${state.queue.now}: ${cycle
        .map((stream) => `${name(stream)} waits for ${waitOf(state, stream).text}`)
        .join(" <- ")}`,
    });
  for (const stream of blocked.slice(0, 8)) {
    if (cycle.includes(stream)) continue;
    const { text, from } = waitOf(state, stream);
    problems.push({
      code: "deadlock",
      message: `at cycle ${state.queue.now} ${name(stream)} waits for ${text}${from.length === 0 ? ", which nothing left will bring" : ""}`,
    });
  }
  if (problems.length === 0)
    problems.push({
      code: "deadlock",
      message: `deadlock at cycle ${state.queue.now}: a barrier or array is never free`,
    });
  return new UserError(problems);
}
