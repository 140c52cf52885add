/** All commands, in the order of the help. */
import { addChips } from "./chips.js";
import type { AddCommand } from "./command.js";
import { addCompile } from "./compile.js";
import { addConvert } from "./convert.js";
import { addEstimate } from "./estimate.js";
import { addMap } from "./map.js";
import { addNetworks } from "./networks.js";
import { addRun } from "./run.js";
import { addSimulate } from "./simulate.js";

/** Every command. */
export const COMMANDS: readonly AddCommand[] = [
  addRun,
  addMap,
  addCompile,
  addSimulate,
  addEstimate,
  addConvert,
  addChips,
  addNetworks,
];
