/** Legality: every rule fires, with its place and the values a reader needs (the cases stand in `cases/`). */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatProblem } from "../../src/base/index.js";
import { checkProgram, type Instruction, legalityReport, PROBLEM_CAP, packCode } from "../../src/isa/index.js";
import { addressesCases } from "./cases/addresses.js";
import { append, base, send } from "./cases/case.js";
import { operandsCases } from "./cases/operands.js";
import { tablesCases } from "./cases/tables.js";
import { tokensCases } from "./cases/tokens.js";
import { weightsCases } from "./cases/weights.js";
import { programOf, smallLimits } from "./legal.js";

const cases = [...tablesCases, ...operandsCases, ...addressesCases, ...weightsCases, ...tokensCases];

describe("every rule fires", () => {
  it("not on the program the cases start from", () => {
    expect(checkProgram(base(), smallLimits)).toStrictEqual([]);
  });

  for (const { name, code, says, program: change, limits } of cases)
    it(`${code}: ${name}`, () => {
      const program = base();
      change?.(program);
      const found = checkProgram(program, { ...smallLimits, ...limits });
      const lines = found.filter((problem) => problem.code === code).map(formatProblem);
      expect(lines.length, found.map(formatProblem).join("\n")).toBeGreaterThan(0);
      if (says)
        expect(
          lines.some((line) => says.test(line)),
          lines.join("\n"),
        ).toBe(true);
    });

  it("and there is a case for every code the rules name", () => {
    const folder = new URL("../../src/isa/legality/", import.meta.url);
    const text = readdirSync(folder)
      .map((file) => readFileSync(new URL(file, folder), "utf8"))
      .join("\n");
    const codes = [...text.matchAll(/context\.(?:at|of)\(\s*\w+,\s*"([a-z-]+)"/g)].map((match) => match[1]!);
    expect(codes.length).toBeGreaterThan(40);
    expect([...new Set(codes)].filter((code) => !cases.some((known) => known.code === code))).toStrictEqual([]);
  });
});

describe("the report", () => {
  it("tells everything at once, but never more than the cap", () => {
    const program = base();
    append("load", ...Array.from({ length: 200 }, (): Instruction => ({ op: "WSWAP", array: 9 })))(program);
    expect(checkProgram(program, smallLimits)).toHaveLength(PROBLEM_CAP);
    const two = base();
    two.batch = 0;
    append("send", send)(two);
    expect(checkProgram(two, smallLimits).map((problem) => problem.code)).toStrictEqual([
      "too-small",
      "message-counts-differ",
    ]);
  });

  it("compares long message sequences folded, and says where it stopped unfolding", () => {
    const message = (op: "SEND" | "RECV", rowBytes: number): Instruction => {
      const block = { address: { space: "lm" as const, base: 0 }, stride: rowBytes };
      return op === "SEND"
        ? { op, cores: [1], channel: 1, rows: 1, rowBytes, source: block }
        : { op, core: 0, channel: 1, rows: 1, rowBytes, destination: block };
    };
    const loop = (trips: number, ...body: Instruction[]): Instruction[] => [
      { op: "LOOP", trips },
      ...body,
      { op: "ENDL" },
    ];
    const run = (sent: Instruction[], taken: Instruction[], comparedRuns?: number) => {
      const program = programOf([]);
      program.streams = [
        { core: 0, unit: "send", code: packCode(sent) },
        { core: 1, unit: "receive", code: packCode(taken) },
      ];
      return legalityReport(program, smallLimits, comparedRuns ? { comparedRuns } : {});
    };
    const [a, b] = [message("SEND", 8), message("SEND", 16)];
    const [c, d] = [message("RECV", 8), message("RECV", 16)];
    const long = 1_000_000_000;
    // Same shape: equal at any length. Different shape, same messages: unfolded.
    expect(run(loop(long, a, b), loop(long, c, d))).toStrictEqual({ problems: [], notes: [] });
    expect(run(loop(long, a), loop(long / 2, c, c))).toStrictEqual({ problems: [], notes: [] });
    expect(run(loop(4, a, b), loop(2, c, d, c, d))).toStrictEqual({ problems: [], notes: [] });
    expect(run(loop(long, a, b), loop(long / 2, c, d, c, d), 100)).toStrictEqual({
      problems: [],
      notes: ["core 0 to core 1, channel 1: lengths compared for the first 100 runs of messages only"],
    });
    expect(run([...loop(3, a), ...loop(3, b)], loop(3, c, d)).problems[0]!.message).toMatch(/message 1 is taken/);
  });
});
