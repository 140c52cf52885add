/** The networks of the study: MLPerf Tiny in int8 with real weights where their files exist, else the built-in ones with seeded weights. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { loadBuiltin, type Network, readNetwork } from "../../src/workload/index.js";
import { fillNetwork } from "../../src/workload/reference/index.js";

/** A network of the study. */
export interface StudyNetwork {
  name: string;
  /** Where its weights come from. */
  weights: "real" | "seeded";
}

const FILES = ["resnet8", "ds_cnn"];

function pathOf(name: string): string {
  return resolve(process.env["WORDLINE_MODELS"] ?? "../shared/models", `${name}_int8.tflite`);
}

/** What is studied here; says which files were not found. */
export function studyNetworks(): StudyNetwork[] {
  return FILES.map((name) => {
    if (existsSync(pathOf(name))) return { name, weights: "real" };
    process.stderr.write(
      `skipped: ${name}_int8.tflite is not there (WORDLINE_MODELS names its folder); seeded weights instead\n`,
    );
    return { name, weights: "seeded" };
  });
}

/** A network with all its numbers, in 8 bits. */
export function loadStudyNetwork({ name, weights }: StudyNetwork): Network {
  const plain = weights === "real" ? readNetwork(pathOf(name)) : loadBuiltin(name);
  return fillNetwork(plain, { seed: 1, precision: { weightBits: 8, activationBits: 8 } });
}
