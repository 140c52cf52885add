/**
 * Small files of every form exporters leave behind, from bytes to simulated integers: equal to the reference, free of races,
 * and equal to what ONNX Runtime makes of the same file (real ones in dB). Each on one chip here; all chips and mappers with
 * WORDLINE_ZOO=1.
 */
import { describe, expect, it } from "vitest";
import { readChip } from "../../src/hardware/index.js";
import { runNetwork, Verification, verifyFailure } from "../../src/run/index.js";
import { loadRuntime } from "../../src/run/onnx-runtime.js";
import { readOnnxNames, readTflite } from "../../src/workload/index.js";
import { zooModels } from "./onnx-zoo.js";
import { asymmetricModels } from "./onnx-zoo-asymmetric.js";
import { curveModels } from "./onnx-zoo-curves.js";
import { tfliteModels } from "./tflite-zoo.js";
import { fullTfliteModels } from "./tflite-zoo-full.js";
import { habitualTfliteModels } from "./tflite-zoo-habits.js";
import { moreTfliteModels } from "./tflite-zoo-more.js";
import { exportedNetworks } from "./zoo-exports.js";
import { integerNetworks, realNetworks } from "./zoo-networks.js";
import { publishedNetworks } from "./zoo-published.js";

const runtime = await loadRuntime().catch((error: Error) => {
  console.warn(`SKIPPED in part: ${error.message}`);
  return undefined;
});
const everywhere = ["compass-s", "dimc-28nm", "rram-130nm", "isaac"].flatMap((chip) =>
  ["greedy", "layerwise", "compass"].map((mapper) => ({ chip, mapper })),
);
/** Chip and mapper in turn, or all of them. */
const placesOf = (index: number) =>
  process.env.WORDLINE_ZOO === undefined ? [everywhere[index % everywhere.length]!] : everywhere;

/** Those that come in both types in one of them, unless everything is run. */
const published = publishedNetworks().filter(
  ({ name }) => process.env.WORDLINE_ZOO !== undefined || !name.endsWith(" uint8"),
);
const models = [
  ...zooModels(),
  ...asymmetricModels(),
  ...curveModels(),
  ...realNetworks(),
  ...integerNetworks(),
  ...exportedNetworks(),
  ...published,
];
const precision = { weightBits: 8, activationBits: 8 };

describe("ONNX files", { timeout: 60_000 }, () => {
  const cases = models.flatMap((model, index) =>
    placesOf(index).map((place) => ({ ...model, ...place, title: `${model.name} on ${place.chip}, ${place.mapper}` })),
  );
  it.each(cases)("$title", async ({ bytes, integer, loose, chip: name, mapper }) => {
    const { network, names } = readOnnxNames(bytes);
    const chip = readChip(name);
    const verification = new Verification(network, chip, {
      seed: "1",
      batch: 2,
      samples: 4,
      precision,
      onnx: { bytes, names },
    });
    const { result } = await runNetwork(verification.network, chip, {
      mapper,
      batch: 2,
      precision,
      experiments: false,
      verification,
    });
    const verify = result.verify!;
    expect(verifyFailure(verify)).toEqual([]);
    expect(verify).toMatchObject({ passed: true, equal: true, samples: 4, overflows: 0 });
    if (runtime === undefined) {
      expect(verify.onnxRuntime).toMatchObject({ status: "skipped" });
      return;
    }
    expect(verify.onnxRuntime).toMatchObject({ status: "compared", model: "file" });
    expect(["all", "basic"]).toContain(verify.onnxRuntime!.optimisation);
    const { kind, reason } = verify.onnxRuntime!;
    if (loose === true && kind === "float") expect(reason).toMatch(/in real numbers beside integer weights$/);
    else expect(kind).toBe(integer ? "integer" : "float");
    if (kind === "integer") expect(verify.onnxRuntime!.equal).toBe(true);
    // Of real numbers quantised to 8 bits by the samples themselves.
    else for (const { sqnrDb } of verify.onnxRuntime!.outputs!) expect(sqnrDb).toBeGreaterThan(20);
  });
});

describe("tflite files", { timeout: 60_000 }, () => {
  const full = process.env.WORDLINE_ZOO === undefined ? [] : fullTfliteModels();
  const cases = [...tfliteModels(), ...moreTfliteModels(), ...habitualTfliteModels(), ...full].flatMap((model, index) =>
    placesOf(index).map((place) => ({ ...model, ...place, title: `${model.name} on ${place.chip}, ${place.mapper}` })),
  );
  it.each(cases)("$title", async ({ bytes, chip: name, mapper }) => {
    const network = readTflite(bytes);
    const chip = readChip(name);
    const verification = new Verification(network, chip, { seed: "1", batch: 2 });
    const { result } = await runNetwork(verification.network, chip, {
      mapper,
      batch: 2,
      experiments: false,
      verification,
    });
    const verify = result.verify!;
    expect(verifyFailure(verify)).toEqual([]);
    expect(verify).toMatchObject({ passed: true, equal: true, samples: 2, overflows: 0 });
    if (runtime !== undefined)
      expect(verify.onnxRuntime).toMatchObject({ status: "compared", model: "written", kind: "integer", equal: true });
  });
});
