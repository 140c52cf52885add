/**
 * Reads a network from wherever a user may point: a built-in name or a file.
 * Inputs: a name, a name with a size (`resnet18@64x64`), or a path ending in .onnx, .tflite, .csv or
 * .json. Invariants: whatever is wrong is a UserError.
 */
import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { UserError } from "../base/index.js";
import { listNetworks, loadBuiltin } from "./builtin.js";
import { readNetworkCsv } from "./csv/read.js";
import { readNetworkJson } from "./json.js";
import type { Network } from "./network.js";
import { type OnnxOptions, readOnnx } from "./onnx/read.js";
import { withInputSize } from "./resize.js";
import { readTflite } from "./tflite/read.js";

const extensions = [".onnx", ".tflite", ".csv", ".json"];

/** Reads a built-in network by name or a network file by path; throws a UserError with every problem. */
export function readNetwork(pathOrName: string, options: Omit<OnnxOptions, "file" | "name"> = {}): Network {
  const extension = extname(pathOrName).toLowerCase();
  if (!extensions.includes(extension)) return readByName(pathOrName);
  const bytes = readBytes(pathOrName);
  const name = basename(pathOrName).slice(0, -extension.length) || "network";
  if (extension === ".onnx") return readOnnx(bytes, { ...options, file: pathOrName, name });
  if (extension === ".tflite") return readTflite(bytes, { ...weightsOption(options), file: pathOrName, name });
  const text = new TextDecoder().decode(bytes);
  return extension === ".csv" ? readNetworkCsv(text, { name, file: pathOrName }) : readNetworkJson(text, pathOrName);
}

function weightsOption({ weights }: Pick<OnnxOptions, "weights">): { weights?: boolean } {
  return weights === undefined ? {} : { weights };
}

function readByName(name: string): Network {
  const sized = /^(.+)@(\d+)x(\d+)$/.exec(name);
  if (sized !== null) return withInputSize(loadBuiltin(sized[1]!), Number(sized[2]), Number(sized[3]));
  if (!/[./\\]/.test(name)) return loadBuiltin(name);
  throw new UserError({
    code: "unknown-network",
    message: "is neither a built-in network nor a file that can be read as one",
    seen: `"${name}"`,
    accepted: `a file ending in ${extensions.join(", ")}, or ${listNetworks().join(", ")}`,
  });
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    const message = code === "ENOENT" ? "there is no such file" : `the file cannot be read (${code})`;
    throw new UserError({ code: "file-unreadable", message, place: { file: path } });
  }
}
