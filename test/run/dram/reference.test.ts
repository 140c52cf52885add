/**
 * The reference runs of DRAMsim3 and Ramulator 2.1, replayed: every command, every acceptance and completion, every count, and
 * energies to 1e-9. docs/dram.md has the table; regenerate it with `UPDATE_DOCS=1 npx vitest run test/run/dram/reference.test.ts`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Compared, compare, HAS_REFERENCES, type Reference, references } from "./references.js";

const PAGE = new URL("../../../docs/dram.md", import.meta.url);
const [START, END] = ["<!-- reference runs -->\n", "<!-- end of reference runs -->\n"];
const folder = mkdtempSync(join(tmpdir(), "wordline-dram-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runs = HAS_REFERENCES ? references() : [];
const compared = new Map<Reference, Compared>();

describe.skipIf(!HAS_REFERENCES)("every visible reference run", () => {
  test.each(runs.map((run) => [`${run.policy} ${run.device} ${run.trace}`, run] as const))("%s", async (_, run) => {
    const found = await compare(run, join(folder, "run"));
    compared.set(run, found);
    expect(found.differences).toStrictEqual([]);
  });

  test("docs/dram.md lists them", () => {
    const table = tableOf();
    const page = readFileSync(PAGE, "utf8");
    const [start, end] = [page.indexOf(START), page.indexOf(END)];
    expect(start).toBeGreaterThan(0);
    const written = page.slice(0, start + START.length) + table + page.slice(end);
    if (process.env["UPDATE_DOCS"]) writeFileSync(PAGE, written);
    else expect(page).toBe(written);
  });
});

function tableOf(): string {
  const rows = runs.map((run) => {
    const found = compared.get(run)!;
    const { policy, device, trace } = run;
    return `| ${policy} | ${device} | ${trace} | ${found.result.requests} | ${found.commands} | ${found.result.lastDoneCycle} | ${found.differences.length === 0 ? "yes" : "**no**"} |\n`;
  });
  const equal = runs.filter((run) => compared.get(run)!.differences.length === 0).length;
  return `\n${equal} of ${runs.length} runs are reproduced.\n\n| policy | device | trace | requests | commands | last done | equal |\n|---|---|---|--:|--:|--:|---|\n${rows.join("")}\n`;
}
