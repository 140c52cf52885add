/** `wordline run --dram-trace`: the request stream of a run's DRAM, read back by `dram replay`, and refused where there is none. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { temporaryFolder, wordline } from "./lab.js";

const file = temporaryFolder();

test("writes both forms, and the replay reads one back", async () => {
  const [plain, other] = [file("run.trace"), file("run.ramulator")];
  const { exit, stdout } = await wordline(
    ...["run", "deep_autoencoder", "-c", "compass-s", "--no-experiments", "--json"],
    ...["--dram-trace", plain, "--dram-trace", other],
  );
  expect(exit).toBe(0);
  const result = JSON.parse(stdout);
  expect(result.traces.map(({ form }: { form: string }) => form)).toEqual(["dram-dramsim3", "dram-ramulator"]);
  const lines = readFileSync(plain, "utf8").trimEnd().split("\n");
  expect(lines[0]).toMatch(/^0x[0-9a-f]+ READ \d+$/);
  expect(readFileSync(other, "utf8").trimEnd().split("\n")).toHaveLength(lines.length);
  const { RD = 0, WR = 0 } = result.dram.commands;
  // Every request is a column command, but for those that merge.
  expect(lines.length).toBeGreaterThanOrEqual(RD + WR);
  const replay = await wordline(
    ...["dram", "replay", plain, "--device", "lpddr3_1600_x32", "--product", "--json"],
    ...["--set", "organization.busWidthBits=32", "--set", "organization.ranks=8"],
  );
  expect(replay.exit).toBe(0);
  const replayed = JSON.parse(replay.stdout);
  expect(replayed.requests).toBe(lines.length);
  expect(replayed.commands.RD).toBe(RD);
});

test("is refused with one message where DRAM is not played by commands, and leaves no file", async () => {
  const name = file("none.trace");
  const { exit, stderr } = await wordline("run", "ds_cnn", "-c", "thread-2", "--dram-trace", name);
  expect(exit).toBe(2);
  expect(stderr).toContain("dram.model: commands");
  expect(existsSync(name)).toBe(false);
});
