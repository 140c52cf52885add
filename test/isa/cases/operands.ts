/** Cases of legality: plain operands. */
import type { Instruction } from "../../../src/isa/index.js";
import { append, type Case, edit, send } from "./case.js";

/** One case or more for every rule about plain operands. */
export const operandsCases: Case[] = [
  {
    name: "an opcode in the wrong unit",
    code: "wrong-unit",
    says: /core 0 load #5 ST: ST cannot stand in this stream; saw load; accepted: store/,
    program: append("load", {
      ...send,
      op: "ST",
      destination: { address: { space: "gm", base: 0 }, stride: 8 },
    } as Instruction),
  },
  {
    name: "a tag out of the table",
    code: "unknown-tag",
    program: edit("load", "LD", (i) => {
      i.tag = 4;
    }),
  },
  {
    name: "an operand below its minimum",
    code: "too-small",
    says: /core 0 load #2 LD rows/,
    program: edit("load", "LD", (i) => {
      i.rows = 0;
    }),
  },
  {
    name: "a vector part below its minimum",
    code: "too-small",
    says: /MVM parts/,
    program: edit("mvm", "MVM", (i) => {
      i.source.parts = 0;
    }),
  },
  {
    name: "a loop without trips",
    code: "too-small",
    says: /core 0 load #0 LOOP trips.*saw 0; accepted: 1 or more/,
    program: edit("load", "LOOP", (i) => {
      i.trips = 0;
    }),
  },
  {
    name: "a write to no array",
    code: "unknown-array",
    program: edit("weightWrite", "WWR", (i) => {
      i.arrays = [4];
    }),
  },
  {
    name: "a write of no tile",
    code: "unknown-tile",
    says: /WWR tile/,
    program: edit("weightWrite", "WWR", (i) => {
      i.tile = 3;
    }),
  },
  {
    name: "an MVM of no group",
    code: "unknown-group",
    program: edit("mvm", "MVM", (i) => {
      i.groups = [2];
    }),
  },
  {
    name: "an empty list",
    code: "empty-list",
    program: edit("mvm", "MVM", (i) => {
      i.groups = [];
    }),
  },
  {
    name: "a list that names something twice",
    code: "doubled-item",
    program: edit("weightWrite", "WWR", (i) => {
      i.arrays = [1, 1];
    }),
  },
  {
    name: "a weight load to several cores on a mesh",
    code: "broadcast-on-mesh",
    says: /WLD cores/,
    limits: { network: "mesh" },
    program: edit("weightLoad", "WLD", (i) => {
      i.cores = [0, 1];
    }),
  },
  {
    name: "a message to several cores on a mesh",
    code: "broadcast-on-mesh",
    says: /SEND cores/,
    limits: { network: "mesh", cores: 3 },
    program: edit("send", "SEND", (i) => {
      i.cores = [1, 2];
    }),
  },
];
