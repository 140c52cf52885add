/** How a run is made. */
import type { RequestListener } from "../dram/memory.js";
import type { IdealPart } from "../plan/plan.js";

/** Deliberate breaches of the determinism laws, for the tests that show their power. */
export interface Hazards {
  /** Decide inside the requesting event instead of in the arbitration phase. */
  arbitrateInRequest?: boolean;
  /** Keep requests of one tick in the order they came. */
  unsortedRequests?: boolean;
  /** Name the last poster as the cause instead of the lowest. */
  lastPosterCause?: boolean;
}

/** How a run is made. */
export interface MachineOptions {
  mode: "coarse" | "fine";
  engine: "wheel" | "heap";
  ideal: ReadonlySet<IdealPart>;
  seed: string;
  pathTotals: boolean;
  /** Nodes the path log holds before it folds (tests make it small). */
  pathCapacity?: number;
  shuffleSeed?: number;
  checked?: boolean;
  hazards?: Hazards;
  /** Told of every DRAM request as it is accepted (DRAM by commands). */
  onDramRequest?: RequestListener;
}
