/**
 * Built-in networks with seeded weights at reduced size on the presets, batch 1 and 3: equal, without races.
 * WORDLINE_PRESETS=1 (or names of networks) runs them on every preset with every mapper and writes their rows in docs/functional.md.
 */
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { listChips } from "../../src/hardware/index.js";
import { listNetworks, loadBuiltin, type Network, withInputSize } from "../../src/workload/index.js";
import { errorsOf, settingOf, verifyRun } from "./setting.js";

/** Input sizes that keep every layer alive; networks not named run as they are. */
const SIZES: Readonly<Record<string, number>> = {
  resnet8: 16,
  resnet18: 32,
  resnet50: 32,
  vgg16: 32,
  squeezenet1_1: 35,
  mobilenet_v1_025: 32,
  mobilenet_v2: 32,
  efficientnet_b0: 32,
};

function reduced(name: string): Network {
  const plain = loadBuiltin(name);
  const size = SIZES[name];
  return size === undefined ? plain : withInputSize(plain, size, size);
}

/** What became of a network on a chip: `equal`, or why it does not run there. */
function outcome(name: string, chip: string, batch: number, strategy: string, turn: number): string {
  let setting: ReturnType<typeof settingOf>;
  try {
    setting = settingOf(reduced(name), chip, batch, undefined, { strategy });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems[0]!.code;
  }
  const report = verifyRun(setting, {
    mode: turn % 4 === 3 ? "fine" : "coarse",
    engine: turn % 2 === 0 ? "wheel" : "heap",
  });
  if (report.passed) return "equal";
  if (report.counts.overflows > 0) return "overflow";
  console.log(`${name} on ${chip}, batch ${batch}, ${strategy}: ${errorsOf(report).slice(0, 3).join("\n")}`);
  return "DIFFERS";
}

const few: [string, string, number, string][] = [
  ["resnet8", "pack-dimc", 3, "greedy"],
  ["ds_cnn", "isaac", 1, "greedy"],
  ["deep_autoencoder", "compass-m", 3, "layerwise"],
  ["mobilenet_v1_025", "compass-s", 1, "layerwise"],
];
for (const [turn, [name, chip, batch, strategy]] of few.entries())
  it(`${name} on ${chip}, batch ${batch}, ${strategy}`, () =>
    expect(outcome(name, chip, batch, strategy, turn)).toBe("equal"));

const BEGIN = "<!-- presets: written by WORDLINE_PRESETS=1 npx vitest run test/functional/presets.test.ts -->";
const END = "<!-- end of presets -->";

/** Rows of the table in the page, by network. */
function tableRows(text: string): Map<string, string> {
  const rows = text.slice(text.indexOf(BEGIN), text.indexOf(END)).matchAll(/^\| (\w+)(?: @\d+)? \|.*$/gm);
  return new Map([...rows].filter(([, name]) => name !== "network").map(([row, name]) => [name!, row]));
}

it.runIf(process.env["WORDLINE_PRESETS"])("every network on every preset", { timeout: 7_200_000 }, () => {
  const chips = listChips();
  const only = process.env["WORDLINE_PRESETS"]!.split(",");
  const file = new URL("../../docs/functional.md", import.meta.url);
  let turn = 0;
  const wrong: string[] = [];
  for (const name of listNetworks().filter((one) => only[0] === "1" || only.includes(one))) {
    const size = SIZES[name] === undefined ? "" : ` @${SIZES[name]}`;
    const cells = chips.map((chip) => {
      const found = new Set<string>();
      for (const strategy of ["greedy", "layerwise"])
        for (const batch of [1, 3]) found.add(outcome(name, chip, batch, strategy, turn++));
      if (found.has("DIFFERS")) wrong.push(`${name} on ${chip}`);
      writeSync(2, `${name} on ${chip}: ${[...found].join(", ")}\n`);
      return [...found].join(", ");
    });
    // A row is written as soon as it is known.
    const text = readFileSync(file, "utf8");
    const rows = tableRows(text).set(name, `| ${name}${size} | ${cells.join(" | ")} |`);
    const order = listNetworks().flatMap((one) => rows.get(one) ?? []);
    const table = [`| network | ${chips.join(" | ")} |`, `|${"---|".repeat(chips.length + 1)}`, ...order].join("\n");
    writeFileSync(
      file,
      `${text.slice(0, text.indexOf(BEGIN))}${BEGIN}\n\n${table}\n\n${text.slice(text.indexOf(END))}`,
    );
  }
  expect(wrong).toEqual([]);
});
