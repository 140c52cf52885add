/** Cases of legality: addresses. */
import { type Case, edit } from "./case.js";

/** One case or more for every rule about addresses. */
export const addressesCases: Case[] = [
  {
    name: "an operand in the wrong memory",
    code: "wrong-space",
    says: /destination cannot lie in the DRAM; saw gm; accepted: lm/,
    program: edit("load", "LD", (i) => {
      i.destination.address.space = "gm";
    }),
  },
  {
    name: "inputs from a memory the arrays do not read",
    code: "wrong-space",
    says: /MVM source.*saw lm; accepted: gb/,
    limits: { inputsFrom: "gb" },
  },
  {
    name: "weights from a memory the arrays do not read",
    code: "wrong-space",
    says: /WWR source/,
    limits: { weightsFrom: "gm" },
  },
  {
    name: "results to a memory the arrays do not write",
    code: "wrong-space",
    says: /ACC.OUT dest/,
    limits: { outputsTo: "gb" },
  },
  {
    name: "a memory the chip does not have",
    code: "no-such-memory",
    says: /the chip has no weight buffer/,
    limits: { weightBufferBytes: 0 },
  },
  {
    name: "an address that leaves its memory in the last trips",
    code: "outside-memory",
    // Base 65500, outer step 48 once, inner step 16 twice, two rows of 8 bytes: up to 65500 + 48 + 32 + 16.
    says: /core 0 load #2 LD source: source leaves the DRAM; saw \[65500, 65596\) over all loop trips; accepted: \[0, 65536\)/,
    program: edit("load", "LD", (i) => {
      i.source.address.base = 65500;
    }),
  },
  {
    name: "an address below its memory",
    code: "outside-memory",
    says: /saw \[-32, 16\)/,
    program: edit("load", "LD", (i) => {
      i.source.address = { space: "gm", base: 0, steps: [0, -16] };
    }),
  },
  {
    name: "accumulators beyond the last",
    code: "outside-memory",
    says: /accumulator leaves the accumulators; saw \[0, 8\)/,
    limits: { accumulatorEntries: 7 },
  },
  {
    name: "a step for a loop that is not there",
    code: "step-without-loop",
    says: /saw level 2; accepted: levels 0 to 1/,
    program: edit("load", "LD", (i) => {
      i.source.address.steps = [0, 0, 4];
    }),
  },
  {
    name: "a ring outside its memory",
    code: "ring-outside-memory",
    says: /saw \[4090, 4122\)/,
    program: edit("load", "LD", (i) => {
      i.destination.address.ring!.base = 4090;
    }),
  },
  {
    name: "a ring shorter than a row",
    code: "ring-too-small",
    program: edit("load", "LD", (i) => {
      i.destination.address.ring!.bytes = 7;
    }),
  },
];
