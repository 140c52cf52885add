/** The DRAM controllers of the machine: one contract, a policy by name. */
import type { DramDevice, DramPolicy } from "../../hardware/dram/index.js";
import type { DramController, DramListener } from "./controller.js";
import { createDramsim3 } from "./dramsim3/controller.js";
import { Ramulator2Controller } from "./ramulator2/controller.js";

export * from "./address-map.js";
export * from "./controller.js";

/** Builds the controller of a device; `listener` hears commands and completions. */
export function createDramController(
  device: DramDevice,
  policy: DramPolicy,
  listener: DramListener = {},
): DramController {
  switch (policy) {
    case "dramsim3":
      return createDramsim3(device, listener);
    case "ramulator2":
      return new Ramulator2Controller(device, listener);
  }
}
