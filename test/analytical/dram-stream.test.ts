/** The closed form of a stream: against the reference runs within a band, and against what must hold of it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { dramStreamCycles } from "../../src/analytical/index.js";
import { listDramDevices, readDramDevice } from "../../src/hardware/index.js";
import { HAS_REFERENCE, REFERENCE } from "../hardware/dram/reference.js";

/** How far the closed form may be from a run of the whole controller. */
const BAND = 0.05;

const REQUESTS: Readonly<Record<string, number>> = { seq_read_1m: 16384, seq_write_1m: 16384, long_stream: 50000 };

function summary(): { device: string; trace: string; lastDone: number }[] {
  if (!HAS_REFERENCE) return [];
  const text = readFileSync(new URL("expected/dramsim3/summary.csv", REFERENCE), "utf8");
  const [head, ...lines] = text.trimEnd().split("\n");
  const at = (name: string) => head!.split(",").indexOf(name);
  return lines
    .map((line) => line.split(","))
    .filter((cells) => REQUESTS[cells[at("trace")]!] !== undefined)
    .map((cells) => ({
      device: cells[at("device")]!,
      trace: cells[at("trace")]!,
      lastDone: Number(cells[at("last_done")]),
    }));
}

describe.skipIf(!HAS_REFERENCE)("against the reference runs", () => {
  const gaps: string[] = [];
  test.each(summary())("$device $trace", ({ device, trace, lastDone }) => {
    const read = readDramDevice(device, { asDramsim3: true });
    const bytes = REQUESTS[trace]! * read.organization.requestBytes;
    const { cycles } = dramStreamCycles(read, { bytes, write: trace === "seq_write_1m" });
    const gap = cycles / lastDone - 1;
    gaps.push(`${device} ${trace}: ${cycles} for ${lastDone}, ${(100 * gap).toFixed(2)} %`);
    expect(Math.abs(gap)).toBeLessThan(BAND);
  });

  test("the gaps, for whoever looks", () => {
    console.log(gaps.join("\n"));
    expect(gaps.length).toBeGreaterThan(10);
  });
});

describe.each(listDramDevices())("%s", (name) => {
  const device = readDramDevice(name);
  const { requestBytes, channels } = device.organization;

  test.each([false, true])("parts add up, more takes longer, no faster than the bus; writing: %s", (write) => {
    let before = 0;
    for (const requests of [1, 2, 7, 128, 1000, 100_000]) {
      const stream = dramStreamCycles(device, { bytes: requests * requestBytes, write });
      const { cycles, firstDataCycles, dataCycles, bankCycles, rowCycles, refreshCycles } = stream;
      expect(stream.requests).toBe(requests);
      expect(cycles).toBe(Math.ceil(firstDataCycles + dataCycles + bankCycles + rowCycles + refreshCycles));
      for (const part of [dataCycles, bankCycles, rowCycles, refreshCycles]) expect(part).toBeGreaterThanOrEqual(0);
      expect(cycles).toBeGreaterThan(before);
      expect(dataCycles * channels).toBeGreaterThanOrEqual(requests * Math.max(1, device.timing.tCCD_S) - 1e-6);
      before = cycles;
    }
  });
});

describe("what it hangs on", () => {
  const bytes = 2 ** 20;
  const cycles = (device: string, ...set: string[]) =>
    dramStreamCycles(readDramDevice(device, { set }), { bytes }).cycles;

  test("alignment: a stream that begins inside a burst touches one more", () => {
    const device = readDramDevice("ddr4_2400_x8");
    expect(dramStreamCycles(device, { bytes: 128, startAddress: 0 }).requests).toBe(2);
    expect(dramStreamCycles(device, { bytes: 128, startAddress: 63 }).requests).toBe(3);
    expect(() => dramStreamCycles(device, { bytes: 0 })).toThrow("a stream has bytes");
  });

  test("rows behind each other in one bank cost what nothing hides", () => {
    expect(cycles("ddr4_2400_x8", "address_mapping=chrababgroco")).toBeGreaterThan(cycles("ddr4_2400_x8"));
  });

  test("groups, refresh, closing rows, look-ahead", () => {
    const base = cycles("ddr4_2400_x8");
    expect(cycles("ddr4_2400_x8", "tCCD_L=12")).toBeGreaterThan(base);
    expect(cycles("ddr4_2400_x8", "tREFI=2000")).toBeGreaterThan(base);
    expect(cycles("ddr4_2400_x8", "row_buf_policy=CLOSE_PAGE")).toBeGreaterThan(5 * base);
    expect(cycles("ddr4_2400_x8", "trans_queue_size=8")).toBeGreaterThan(base);
    expect(cycles("hbm2_x128", "channels=4")).toBeGreaterThan(1.8 * cycles("hbm2_x128"));
  });
});
