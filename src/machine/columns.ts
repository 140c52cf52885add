/**
 * Columns of the state rows: where a lane's fields stand in its rows.
 * Fields used together lie together: one load of the row's array serves them all.
 */

/** `lane`, four integers a lane: holds done, what it is doing, its shared resource. */
export const LANE_DONE = 0;
/** 0 idle, 1 waiting for its resource, 2 in a hold. */
export const LANE_ACTIVE = 1;
/** Server, or trace row of an ADC group; −1 where private. */
export const LANE_RESOURCE = 2;

/** `laneTick`, four ticks a lane: ready, start and release of the hold at hand, and the end of the last one. */
export const LANE_READY = 0;
/** When the hold began. */
export const LANE_START = 1;
/** When its cause ended. */
export const LANE_RELEASE = 2;
/** When the last hold ended. */
export const LANE_LAST = 3;

/** `laneNode`, two path nodes a lane: the cause of the hold at hand, and the last hold. */
export const LANE_CAUSE = 0;
/** The last hold's node. */
export const LANE_LAST_NODE = 1;
