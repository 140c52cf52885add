/** Small networks and chips for the tests of runs: seconds, not minutes. */
import { type Chip, readChip } from "../../src/hardware/index.js";
import { type Network, readNetwork } from "../../src/workload/index.js";

/** A network that fits compass-s many times over. */
export function smallNetwork(): Network {
  return readNetwork("resnet8@16x16");
}

/** A chip on which it stays. */
export function roomyChip(): Chip {
  return readChip("compass-s");
}

/** A chip too small for it, though not for any of its layers. */
export function tightChip(): Chip {
  return readChip("compass-s", { set: { cores: 1, "core.arrays.count": 4 } });
}

/** A chip too small for its largest layers. */
export function tinyChip(): Chip {
  return readChip("compass-s", {
    set: {
      cores: 1,
      "core.arrays.count": 4,
      "core.arrays.columns": 128,
      "core.arrays.timing.converter.convertersPerGroup": 128,
    },
  });
}
