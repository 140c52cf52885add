/** Memory controllers on their own: request traces replayed. */
export { FIRST_CYCLE, ReplayDriver, TAIL_CYCLES } from "./driver.js";
export { type DramReplayOptions, dramCapacityBytes, replayDram } from "./replay.js";
export { RequestWindow } from "./window.js";
