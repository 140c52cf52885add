/** Legality of synchronisation: semaphores with one waiting stream and enough tokens, barriers that can complete. */
import type { Context, Rule, Site } from "./context.js";
import { siteName } from "./context.js";
import { MOST_TOKENS } from "./limits.js";

interface Semaphore {
  core: number;
  number: number;
  waited: number;
  posted: number;
  /** First waiting instruction of every stream that waits. */
  waiters: Map<string, Site>;
  /** The first instructions that post, and how many there are. */
  posters: Site[];
  posterCount: number;
}

interface Barrier {
  number: number;
  first: Site;
  count: number;
  arrivals: number;
}

/** Checks waits, posts and barriers. */
export function tokenRule(context: Context): Rule {
  const { limits } = context;
  const semaphores = new Map<string, Semaphore>();
  const barriers = new Map<number, Barrier>();

  const semaphoreOf = (
    site: Site,
    core: number,
    number: number,
    count: number,
    field: string,
  ): Semaphore | undefined => {
    if (count < 1 || count > MOST_TOKENS)
      context.at(site, "bad-token-count", "a semaphore cannot move so many tokens at once", {
        seen: String(count),
        accepted: `1 to ${MOST_TOKENS}`,
        field,
      });
    if (number < 0 || number >= limits.semaphores) {
      context.at(site, "unknown-semaphore", "no such semaphore", {
        seen: String(number),
        accepted: `0 to ${limits.semaphores - 1}`,
        field,
      });
      return undefined;
    }
    if (core < 0 || core >= limits.cores) {
      context.at(site, "unknown-core", "no such core", {
        seen: String(core),
        accepted: `0 to ${limits.cores - 1}`,
        field,
      });
      return undefined;
    }
    const key = `${core} ${number}`;
    let semaphore = semaphores.get(key);
    if (!semaphore) {
      semaphore = { core, number, waited: 0, posted: 0, waiters: new Map(), posters: [], posterCount: 0 };
      semaphores.set(key, semaphore);
    }
    return semaphore;
  };

  const visitBarrier = (site: Site, number: number, count: number): void => {
    const barrier = barriers.get(number);
    if (!barrier) barriers.set(number, { number, first: site, count, arrivals: site.runs });
    else {
      barrier.arrivals += site.runs;
      if (barrier.count !== count)
        context.at(site, "barrier-counts-differ", `barrier ${number} is given two counts`, {
          seen: String(count),
          accepted: `${barrier.count}, as at ${siteName(barrier.first)}`,
          field: "count",
        });
    }
  };

  const finishSemaphore = ({ core, number, waited, posted, waiters, posters, posterCount }: Semaphore): void => {
    const name = `semaphore ${number} of core ${core}`;
    const more = posterCount > posters.length ? ` and ${posterCount - posters.length} more` : "";
    const postedBy = posters.length > 0 ? posters.map(siteName).join(", ") + more : "nobody";
    const [first, second] = [...waiters.values()];
    if (first && second)
      context.at(second, "two-waiters", `${name} is waited on by two streams`, {
        seen: [...waiters.values()].map(siteName).join(", "),
        accepted: "one stream",
        field: "wait",
      });
    if (first && waited > posted)
      context.at(first, "tokens-missing", `${name} never gets the tokens that are waited for: a certain deadlock`, {
        seen: `${waited} waited for, ${posted} posted by ${postedBy}`,
        accepted: `${waited} or more posted`,
        field: "wait",
      });
    if (posted - waited > MOST_TOKENS)
      context.of(name, "tokens-overflow", "more tokens are left over than a semaphore holds", {
        seen: `${posted} posted by ${postedBy}, ${waited} waited for`,
        accepted: `at most ${MOST_TOKENS} left`,
      });
  };

  return {
    visit(site) {
      const { instruction, stream, runs } = site;
      for (const { semaphore: number, count } of instruction.waits ?? []) {
        const semaphore = semaphoreOf(site, stream.core, number, count, "wait");
        if (!semaphore) continue;
        semaphore.waited += count * runs;
        if (!semaphore.waiters.has(stream.unit)) semaphore.waiters.set(stream.unit, site);
      }
      for (const { core, semaphore: number, count } of instruction.posts ?? []) {
        const semaphore = semaphoreOf(site, core, number, count, "post");
        if (!semaphore) continue;
        semaphore.posted += count * runs;
        if (semaphore.posterCount++ < 4) semaphore.posters.push(site);
      }
      if ((instruction.waits || instruction.posts) && ["LOOP", "ENDL", "MARK", "HALT"].includes(instruction.op))
        context.at(site, "carries-tokens", `${instruction.op} takes no time and cannot carry waits or posts`, {
          accepted: "WAIT or POST beside it",
        });
      if (instruction.op === "BAR") visitBarrier(site, instruction.barrier, instruction.count);
    },
    finish() {
      for (const semaphore of semaphores.values()) finishSemaphore(semaphore);
      for (const { number, first, count, arrivals } of barriers.values())
        if (arrivals % count !== 0)
          context.at(first, "barrier-never-full", `barrier ${number} waits for arrivals that never come`, {
            seen: `${arrivals} arrivals`,
            accepted: `a multiple of ${count}`,
            field: "count",
          });
    },
  };
}
