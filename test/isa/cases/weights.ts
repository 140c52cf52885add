/** Cases of legality: writing and using weights. */
import { append, type Case, edit, recode } from "./case.js";

/** One case or more for every rule about writing and using weights. */
export const weightsCases: Case[] = [
  { name: "a write beyond the rows", code: "outside-array", says: /WWR rows: rows beyond/, limits: { rows: 7 } },
  { name: "a write beyond the columns", code: "outside-array", says: /WWR columns/, limits: { columns: 15 } },
  {
    name: "a write beyond the depth",
    code: "outside-array",
    says: /WWR depth.*saw 2; accepted: 0 to 1/,
    program: edit("weightWrite", "WWR", (i) => {
      i.depth = 2;
    }),
  },
  {
    name: "a write to several arrays where the chip cannot",
    code: "broadcast-not-allowed",
    limits: { broadcast: false },
    program: edit("weightWrite", "WWR", (i) => {
      i.arrays = [1, 2];
    }),
  },
  {
    name: "a write beyond its tile",
    code: "outside-tile",
    program: edit("weightWrite", "WWR", (i) => {
      i.tileRow0 = 1;
    }),
  },
  {
    name: "a write of other columns than its tile",
    code: "columns-not-tile",
    program: edit("weightWrite", "WWR", (i) => {
      i.columns = 12;
    }),
  },
  {
    name: "a mode the chip does not run",
    code: "mode-not-run",
    says: /saw split; accepted: normal/,
    program: edit("mvm", "MVM", (i) => {
      i.mode = "split";
    }),
  },
  {
    name: "a group of another core",
    code: "group-of-another-core",
    program: (p) => {
      p.groups[0]!.core = 1;
    },
  },
  {
    name: "a group that drives two depths of an array",
    code: "two-depths",
    program: (p) => {
      p.groups[0]!.pieces.push({ ...p.groups[0]!.pieces[0]!, depth: 1 });
    },
  },
  {
    name: "groups of different input width in one MVM",
    code: "widths-differ",
    says: /inputs of different width; saw 8, 4/,
    program: (p) => {
      p.groups.push({ ...p.groups[0]!, inputBits: 4 });
      edit("mvm", "MVM", (i) => {
        i.groups = [0, 1];
      })(p);
    },
  },
  {
    name: "an input vector too short for its group",
    code: "vector-too-short",
    says: /saw 4 elements; accepted: 8 or more/,
    program: edit("mvm", "MVM", (i) => {
      i.source.partBytes = 4;
    }),
  },
  {
    name: "a row range outside every piece",
    code: "outside-piece",
    program: edit("mvm", "MVM", (i) => {
      i.rowRange = { row0: 4, rows: 5 };
    }),
  },
  {
    name: "an MVM whose tile nobody writes",
    code: "tile-not-written",
    says: /core 0 mvm #5 MVM.*expects tile "tile0" in core 0 array 1 depth 0.*saw nothing written; accepted: "tile0"/,
    program: (p) => recode(p, "weightWrite", (code) => code.filter((i) => i.op !== "WWR")),
  },
  {
    name: "an MVM on another tile",
    code: "tile-not-written",
    says: /expects tile "tile0".*no WWR puts it there; saw "other"/,
    program: (p) => {
      p.tiles.push({ ...p.tiles[0]!, name: "other" });
      edit("weightWrite", "WWR", (i) => {
        i.tile = 1;
      })(p);
    },
  },
  {
    name: "an MVM on a tile of which rows are missing",
    code: "tile-not-written",
    says: /puts all of it there; saw "tile0", row 6 missing/,
    program: edit("weightWrite", "WWR", (i) => {
      i.rows = 6;
    }),
  },
  {
    name: "a shadow bank never swapped in",
    code: "never-swapped",
    says: /WSWAP array=1/,
    limits: { doubleBanked: true },
  },
  { name: "a swap without banks", code: "no-banks", program: append("weightWrite", { op: "WSWAP", array: 1 }) },
];
