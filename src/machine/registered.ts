/**
 * Registration of the machine's state with the engine (law 13): one snapshot and compare serves steady state, checkpoints and tests.
 * Trip counts and issue counts are counters: they differ from period to period without changing what happens next.
 */
import { InternalError } from "../base/index.js";
import { StateRegistry, type StateRole } from "../engine/index.js";
import type { MachineState } from "./state.js";

type Column = Int32Array | Float64Array | Uint8Array;

/** Columns that count periods instead of deciding what comes next. */
const COUNTERS = new Set([
  "streamTrips",
  "streamCount",
  "contextN",
  "contextCauseN",
  "contextFar",
  "contextNear",
  "slotFreeN",
  "semaphorePosterN",
  "channelFreeN",
  "channelMessageN",
  "registerFreeN",
  "shadowFreeN",
  "channelHead",
  "channelTail",
  "lastWinner",
]);

/** Columns that never change after the machine is built. */
const FIXED = new Set([
  "rows",
  "stageKey",
  "streamCore",
  "streamUnit",
  "streamLimit",
  "streamEnd",
  "firstContext",
  "contextStream",
  "blocked",
  "plain",
  "policy",
  "portStart",
  "bankStart",
  "portDirections",
  "clockNum",
  "clockDen",
]);

/** Past ticks only matter in their own tick; what is compared is how far a tick lies ahead. */
function roleOf(name: string, column: Column): StateRole {
  if (COUNTERS.has(name)) return "counter";
  if (name.endsWith("Node")) return "ref";
  if (column instanceof Float64Array && name !== "streamInterval" && name !== "channelLengths") return "deadline";
  return "state";
}

/** Registers every column of a machine's state, its servers, sets and array contents. */
export function registerState(state: MachineState): StateRegistry {
  if (state.memory) throw new InternalError("the state of DRAM played by commands is not registered: no snapshots");
  const registry = new StateRegistry(state.queue);
  const add = (prefix: string, owner: object): void => {
    for (const [name, value] of Object.entries(owner)) {
      if (FIXED.has(name)) continue;
      if (value instanceof Int32Array || value instanceof Float64Array || value instanceof Uint8Array) {
        if (value.length > 0) registry.register(`${prefix}${name}`, roleOf(name, value), value);
      }
    }
  };
  add("", state);
  add("servers.", state.servers);
  state.arraySets.forEach((set, core) => {
    add(`arrays ${core}.`, set);
  });
  state.adcSets.forEach((set, core) => {
    add(`adc ${core}.`, set);
  });
  add("tiles.", state.decoded.tiles);
  return registry;
}
