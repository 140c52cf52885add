/** Cases of legality: semaphores, barriers, messages and loops. */
import type { Instruction } from "../../../src/isa/index.js";
import { append, type Case, edit, recode, send } from "./case.js";

/** One case or more for every rule about semaphores, barriers, messages and loops. */
export const tokensCases: Case[] = [
  {
    name: "a wait for nothing",
    code: "bad-token-count",
    says: /saw 0/,
    program: edit("load", "LD", (i) => {
      i.waits![0]!.count = 0;
    }),
  },
  {
    name: "a post of more tokens than a semaphore holds",
    code: "bad-token-count",
    says: /saw 65536; accepted: 1 to 65535/,
    program: edit("load", "LD", (i) => {
      i.posts![0]!.count = 65536;
    }),
  },
  { name: "an unknown semaphore", code: "unknown-semaphore", says: /accepted: 0 to 3/, limits: { semaphores: 4 } },
  {
    name: "a post to no core",
    code: "unknown-core",
    says: /LD post/,
    program: edit("load", "LD", (i) => {
      i.posts![0]!.core = 5;
    }),
  },
  {
    name: "two streams that wait on one semaphore",
    code: "two-waiters",
    says: /is waited on by two streams; saw core 0 .*, core 0 /,
    program: (p) => {
      const { waits } = p.streams.find((s) => s.core === 0 && s.unit === "load")!.code.at(2);
      append("store", { op: "WAIT", waits: waits! })(p);
    },
  },
  {
    name: "more tokens waited for than posted",
    code: "tokens-missing",
    // inputFree: one POST and six MVMs post; six LDs wait for two each.
    says: /certain deadlock; saw 12 waited for, 7 posted by core 0 mvm #0 POST, core 0 mvm #5 MVM; accepted: 12 or more posted/,
    program: edit("load", "LD", (i) => {
      i.waits![0]!.count = 2;
    }),
  },
  {
    name: "a semaphore that nobody posts",
    code: "tokens-missing",
    says: /posted by nobody/,
    program: append("store", { op: "WAIT", waits: [{ semaphore: 15, count: 1 }] }),
  },
  {
    name: "more tokens left than a semaphore holds",
    code: "tokens-overflow",
    says: /semaphore 15 of core 0: .*70000 posted by core 0 store #\d+ POST, 0 waited for/,
    program: append(
      "store",
      { op: "LOOP", trips: 70000 },
      { op: "POST", posts: [{ core: 0, semaphore: 15, count: 1 }] },
      { op: "ENDL" },
    ),
  },
  {
    name: "a LOOP that carries waits",
    code: "carries-tokens",
    program: append("store", { op: "MARK", kind: "layer", a: 0, b: 0, posts: [{ core: 0, semaphore: 15, count: 1 }] }),
  },
  {
    name: "a barrier with two counts",
    code: "barrier-counts-differ",
    program: append("store", { op: "BAR", barrier: 0, count: 2 }, { op: "BAR", barrier: 0, count: 1 }),
  },
  {
    name: "a barrier nobody completes",
    code: "barrier-never-full",
    says: /saw 1 arrivals; accepted: a multiple of 2/,
    program: append("store", { op: "BAR", barrier: 0, count: 2 }),
  },
  {
    name: "a message to oneself",
    code: "message-to-self",
    program: edit("send", "SEND", (i) => {
      i.cores = [0];
    }),
  },
  {
    name: "a message nobody takes",
    code: "message-counts-differ",
    says: /core 0 to core 1, channel 5: .*saw 1 sent, 0 taken/,
    program: append("send", send),
  },
  {
    name: "a message nobody sends",
    code: "message-counts-differ",
    says: /saw 3 sent, 2 taken/,
    program: (p) => recode(p, "receive", (code) => code.slice(0, -1), 1),
  },
  {
    name: "a message taken in another length",
    code: "message-lengths-differ",
    says: /message 1 is taken in another length, taken from core 1 receive #1 RECV on; saw 64 bytes sent, 63 taken/,
    program: (p) =>
      recode(
        p,
        "receive",
        (code) => code.map((i, index) => (index === 2 ? { ...i, rowBytes: 63 } : i) as Instruction),
        1,
      ),
  },
  {
    name: "an ENDL without LOOP",
    code: "endl-without-loop",
    says: /core 0 load #5 ENDL/,
    program: append("load", { op: "ENDL" }),
  },
  {
    name: "a LOOP without ENDL",
    code: "loop-without-endl",
    says: /core 0 load #0 LOOP/,
    program: (p) => recode(p, "load", (code) => code.slice(0, -1)),
  },
  {
    name: "nine loops around each other",
    code: "loops-too-deep",
    says: /accepted: at most 8/,
    program: (p) =>
      append(
        "store",
        ...Array.from({ length: 9 }, (): Instruction => ({ op: "LOOP", trips: 1 })),
        ...Array.from({ length: 9 }, (): Instruction => ({ op: "ENDL" })),
      )(p),
  },
  { name: "a HALT before the end", code: "halt-before-end", program: append("load", { op: "HALT" }, { op: "POST" }) },
];
