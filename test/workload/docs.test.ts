import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  listNetworks,
  loadBuiltin,
  networkTotals,
  onnxOperators,
  readNetworkJson,
  tfliteOperators,
} from "../../src/workload/index.js";

const page = readFileSync(new URL("../../docs/networks.md", import.meta.url), "utf8");

describe("docs/networks.md", () => {
  it("lists every built-in network with its totals", () => {
    const format = (value: number) => value.toLocaleString("en-US");
    for (const name of listNetworks()) {
      const totals = networkTotals(loadBuiltin(name));
      const kinds = `${totals.convLayers} / ${totals.depthwiseLayers} / ${totals.fcLayers}`;
      const numbers = [totals.weights, totals.biases, totals.macs].map(format).join(" | ");
      expect(page).toContain(`| \`${name}\` | ${totals.layers} | ${kinds} | ${numbers} |`);
    }
  });

  it("lists every operator", () => {
    const listed = /Operators: ([^.]*)\./.exec(page)![1]!.split(/,\s+/);
    expect(listed).toEqual(onnxOperators);
  });

  it("lists every operator of tflite", () => {
    const listed = /Supported: ([^.]*)\./.exec(page)![1]!.split(/,\s+/);
    expect(listed).toEqual(tfliteOperators);
  });

  it("shows a layer table that can be read", () => {
    const example = /```json\n([\s\S]*?)```/.exec(page)![1]!;
    expect(readNetworkJson(example).layers).toHaveLength(5);
  });
});
