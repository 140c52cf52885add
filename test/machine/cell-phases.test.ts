/** Cells driven: once a phase of the input bits, however many groups of rows take turns; the machine and the closed form alike. */
import { expect, test } from "vitest";
import { programCounts } from "../../src/analytical/index.js";
import { readChip } from "../../src/hardware/index.js";
import { simulate } from "../../src/machine/index.js";
import { emit, map } from "../../src/mapper/index.js";
import { loadBuiltin } from "../../src/workload/index.js";

test.each([256, 128, 64])("%i rows active at once", (rowsActive) => {
  const chip = readChip("compass-s", { set: { "core.arrays.timing.rowsActive": rowsActive } });
  const network = loadBuiltin("deep_autoencoder");
  const program = emit(map(network, chip), network, chip);
  const { counts } = simulate(program, chip);
  expect(counts.cellPhases).toBe(programCounts(program, chip).cellPhases);
  const one = readChip("compass-s");
  expect(counts.cellPhases).toBe(programCounts(program, one).cellPhases);
  // Conversions do grow: every group of rows is converted by itself.
  const groups = counts.conversions / programCounts(program, one).conversions;
  if (rowsActive < 256) expect(groups).toBeGreaterThan(1);
});
