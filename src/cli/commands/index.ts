/** All commands, in the order of the help. */
import { addCheck } from "./check.js";
import { addChips } from "./chips.js";
import type { AddCommand } from "./command.js";
import { addCompile } from "./compile.js";
import { addConvert } from "./convert.js";
import { addDemo } from "./demo.js";
import { addDram } from "./dram/index.js";
import { addEstimate } from "./estimate.js";
import { addExplain } from "./explain.js";
import { addMap } from "./map.js";
import { addNetworks } from "./networks.js";
import { addRun } from "./run.js";
import { addSimulate } from "./simulate.js";

/** Every command. */
export const COMMANDS: readonly AddCommand[] = [
  addDemo,
  addRun,
  addMap,
  addCompile,
  addSimulate,
  addEstimate,
  addCheck,
  addExplain,
  addConvert,
  addDram,
  addChips,
  addNetworks,
];
