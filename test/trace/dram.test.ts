/** Traces of memory requests: what is read, what is refused and where, what is written. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { UserError } from "../../src/base/index.js";
import {
  DramCommandFile,
  DramRequestFile,
  DramRequestParser,
  DramRequestWriter,
  dramStreamFormOf,
  readDramRequests,
} from "../../src/trace/dram/index.js";

const folder = mkdtempSync(join(tmpdir(), "wordline-dram-trace-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string) => join(folder, name);

const LIMITS = { capacityBytes: 2 ** 34, wrap: false };
type Read = [address: number, write: number, arrival: number];

/** Parses a text cut into chunks of so many bytes. */
function parse(text: string, chunkBytes = 1 << 20, limits = LIMITS): Read[] {
  const found: Read[] = [];
  const parser = new DramRequestParser("t", limits, ({ count, address, write, arrival }) => {
    for (let i = 0; i < count; i++) found.push([address[i], write[i], arrival[i]]);
  });
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += chunkBytes) parser.chunk(bytes.subarray(at, at + chunkBytes));
  parser.finish();
  return found;
}

function problems(text: string, limits = LIMITS): string[] {
  try {
    parse(text, 7, limits);
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ code, place }) => `${place!.line} ${code}`);
    throw error;
  }
  throw new Error("nothing was wrong");
}

describe("reading", () => {
  const text = "0x028d1300 WRITE 2\n0x1F READ 2\r\n0X3ffffffff\tREAD   12 \n0x0 READ 999999999999999";
  const requests: Read[] = [
    [0x028d1300, 1, 2],
    [0x1f, 0, 2],
    [0x3ffffffff, 0, 12],
    [0, 0, 999999999999999],
  ];

  test.each([1, 2, 3, 5, 19, 1000])("in chunks of %i bytes", (chunkBytes) => {
    expect(parse(text, chunkBytes)).toStrictEqual(requests);
  });

  test("more requests than a batch holds", () => {
    const many = Array.from({ length: 20_000 }, (_, i): Read => [i * 64, i % 2, i >> 2]);
    const lines = many.map(
      ([address, write, arrival]) => `0x${address.toString(16)} ${write ? "WRITE" : "READ"} ${arrival}`,
    );
    expect(parse(`${lines.join("\n")}\n`, 4096)).toStrictEqual(many);
  });

  test("a gzipped file, whatever its name", async () => {
    writeFileSync(file("a.trace"), gzipSync(text));
    const found: Read[] = [];
    await readDramRequests(file("a.trace"), LIMITS, ({ count, address, write, arrival }) => {
      for (let i = 0; i < count; i++) found.push([address[i], write[i], arrival[i]]);
    });
    expect(found).toStrictEqual(requests);
  });

  test("addresses beyond the device, where their bits above are to be dropped", () => {
    expect(parse("0x440 READ 0", 9, { capacityBytes: 0x400, wrap: true })).toStrictEqual([[0x40, 0, 0]]);
  });
});

describe("what is wrong", () => {
  test.each([
    ["", "1 dram-trace-empty"],
    ["0x0 READ\n", "1 dram-trace-line"],
    ["0x0 READ 1 2\n", "1 dram-trace-line"],
    ["\n0x0 READ 1\n", "1 dram-trace-line"],
    [" 0x0 READ 1\n", "1 dram-trace-line"],
    ["0x READ 1", "1 dram-trace-address"],
    ["64 READ 1", "1 dram-trace-address"],
    ["0x12345678901234 READ 1", "1 dram-trace-address"],
    ["0x0 read 1", "1 dram-trace-word"],
    ["0x0 READS 1", "1 dram-trace-word"],
    ["0x0 READ -1", "1 dram-trace-arrival"],
    ["0x0 READ 1.5", "1 dram-trace-arrival"],
    ["0x0 READ 1e3", "1 dram-trace-arrival"],
    ["0x0 READ 5\n0x40 WRITE 4\n", "2 dram-trace-order"],
    ["0x400000000 READ 0", "1 dram-trace-beyond"],
  ])("%j: %s", (text, problem) => {
    expect(problems(text)).toStrictEqual([problem]);
  });

  test("everything at once, at most twenty", () => {
    expect(problems("0x0 READ 3\nx\n0x0 WRTE 3\n0x0 READ 2\n")).toStrictEqual([
      "2 dram-trace-line",
      "3 dram-trace-word",
      "4 dram-trace-order",
    ]);
    expect(problems("x\n".repeat(50))).toHaveLength(20);
  });

  test("nothing after the first problem is handed on", () => {
    const taken: number[] = [];
    const parser = new DramRequestParser("t", LIMITS, ({ count }) => taken.push(count));
    parser.chunk(Buffer.from(`x\n${"0x0 READ 1\n".repeat(20_000)}`));
    expect(() => parser.finish()).toThrow(UserError);
    expect(taken).toStrictEqual([]);
  });

  test("a file of one endless line is given up early", () => {
    const parser = new DramRequestParser("t", LIMITS, () => {});
    expect(() => parser.chunk(Buffer.alloc(10_000, 48))).toThrow("longer than");
  });

  test("a file that is not there, or cut off", async () => {
    await expect(readDramRequests(file("none"), LIMITS, () => {})).rejects.toThrow("cannot read");
    writeFileSync(file("cut.gz"), gzipSync("0x0 READ 1\n".repeat(1000)).subarray(0, 40));
    await expect(readDramRequests(file("cut.gz"), LIMITS, () => {})).rejects.toThrow("cut off");
  });
});

describe("writing", () => {
  test("commands and requests", () => {
    const commands = new DramCommandFile(file("c.csv"), ["ACT", "REF"]);
    commands.command(4, 0, 0, 1, 2, 3, 326, -1);
    commands.command(5_000_000_000, 1, 1, 0, -1, -1, -1, -1);
    commands.finish();
    expect(readFileSync(file("c.csv"), "utf8")).toBe(
      "cycle,ch,cmd,rank,bg,bank,row,col\n4,0,ACT,1,2,3,326,-1\n5000000000,1,REF,0,-1,-1,-1,-1\n",
    );
    const requests = new DramRequestFile(file("r.csv.gz"));
    requests.request(0, 3, 21);
    requests.finish();
    expect(gunzipSync(readFileSync(file("r.csv.gz"))).toString()).toBe("idx,accept,done\n0,3,21\n");
  });

  test("a command out of order is our fault and said so", () => {
    const commands = new DramCommandFile(file("d.csv"), ["ACT"]);
    commands.command(4, 1, 0, 0, 0, 0, 0, -1);
    expect(() => commands.command(4, 0, 0, 0, 0, 0, 0, -1)).toThrow("comes after");
    commands.abort();
    expect(() => readFileSync(file("d.csv"))).toThrow("ENOENT");
  });

  test("request streams for both peers", () => {
    const add = (form: "dramsim3" | "ramulator", name: string) => {
      const writer = new DramRequestWriter(file(name), form);
      writer.add(0x1f40, false, 0);
      writer.add(0x12_3456_7000, true, 12);
      writer.finish();
      expect(writer.requests).toBe(2);
      return readFileSync(file(name), "utf8");
    };
    const text = add("dramsim3", "s.trace");
    expect(text).toBe("0x00001f40 READ 0\n0x1234567000 WRITE 12\n");
    expect(parse(text, 100, { capacityBytes: 2 ** 40, wrap: false })).toStrictEqual([
      [0x1f40, 0, 0],
      [0x1234567000, 1, 12],
    ]);
    expect(add("ramulator", "s.ramulator")).toBe("LD 0x00001f40\nST 0x1234567000\n");
    expect(["a.trace", "a.ramulator", "a.ramulator.gz", "a.gz"].map(dramStreamFormOf)).toStrictEqual([
      "dramsim3",
      "ramulator",
      "ramulator",
      "dramsim3",
    ]);
  });
});
