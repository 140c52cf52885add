/** What a lane is doing, as `LANE_ACTIVE` says. */
export const IDLE = 0;
/** It waits for its resource. */
export const WAITING = 1;
/** A hold of it is under way. */
export const HOLDING = 2;
