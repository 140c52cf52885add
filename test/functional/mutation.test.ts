/**
 * Any one dependency removed or address shifted must fail verification or legality, or change no order that two accesses need (a shifted
 * load: carry bytes that no number depends on).
 * WORDLINE_MUTATIONS=200 runs so many on every network of the long list; WORDLINE_MUTATIONS_OUT names a file for what was found.
 */
import { appendFileSync } from "node:fs";
import { expect, it } from "vitest";
import { linesOf, mutations } from "./mutants.js";
import { mutationCases } from "./mutation-cases.js";

const LONG = Number(process.env["WORDLINE_MUTATIONS"] ?? 0);

for (const { name, make, few } of mutationCases())
  it.runIf(few > 0 || LONG > 0)(`mutants of ${name}`, { timeout: 3_600_000 }, () => {
    const found = mutations(make, LONG > 0 ? LONG : few);
    console.log(linesOf(name, found, LONG > 0).join("\n"));
    const file = process.env["WORDLINE_MUTATIONS_OUT"];
    if (file !== undefined) appendFileSync(file, `${linesOf(name, found, true).join("\n")}\n`);
    expect(found.unexplained).toEqual([]);
  });
