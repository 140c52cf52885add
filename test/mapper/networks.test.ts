/** The built-in networks at small input sizes, computed to the last bit by their programs. */
import { describe, it } from "vitest";
import { readChip } from "../../src/hardware/index.js";
import { loadBuiltin, withInputSize } from "../../src/workload/index.js";
import { runRight } from "./run.js";

const sized = (name: string, size: number) => withInputSize(loadBuiltin(name), size, size);

describe("built-in networks", () => {
  it.each([
    ["resnet8", "compass-s", 16, 2],
    ["squeezenet1_1", "compass-s", 35, 1],
    ["mobilenet_v1_025", "compass-m", 32, 1],
    ["resnet8", "dimc-28nm", 16, 2],
    ["resnet8", "rram-130nm", 16, 2],
    ["resnet8", "isaac", 16, 1],
  ] as const)("%s on %s", (name, chip, size, batch) => {
    runRight(sized(name, size), readChip(chip), { batch }, 1);
  });
});
