/** Text: what a hand-written file may look like, and every problem at its line and column. */
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { formatProgram, type InstructionOf, parseProgram, programLines } from "../../src/isa/index.js";
import { programOf } from "./legal.js";

const header = ".program name=t chip=c structure=s cores=2\n";

/** The one instruction of a stream, read from text. */
function one(line: string, before = ""): ReturnType<ReturnType<typeof parseProgram>["streams"][0]["code"]["at"]> {
  return parseProgram(`${header}${before}.core 1\n.stream mvm\n${line}\n`).streams[0]!.code.at(0);
}

/** The lines of the problems a text has. */
function problems(text: string | Iterable<string>): string[] {
  try {
    parseProgram(text, "a.cim");
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message.split("\n");
  }
  return [];
}

const tables = [
  ".tile name=t0 rows=8 columns=4 weightBits=8 columnsPerWeight=2 rowBytes=4",
  ".tile name=t1 rows=8 columns=4 weightBits=8 columnsPerWeight=2 rowBytes=4",
  ".group name=g0 core=1 inputs=8 outputs=4 inputBits=8 weightBits=8",
  ".group name=g1 core=1 inputs=8 outputs=4 inputBits=8 weightBits=8",
  "",
].join("\n");
const write = "row0=0 rows=8 column0=0 columns=8 depth=0 source=wb:0 tileRow0=0";
const vector = "segments=1 segmentStride=0 parts=1 partBytes=8 partStride=0";
const multiply = `source=lm:0 ${vector} vectors=1 vectorStride=0 accumulator=acc:0 accumulate=set mode=normal`;

describe("reading", () => {
  it("takes keys in any order, comments, quotes, hexadecimal numbers, CRLF and defaults", () => {
    const program = parseProgram(
      `; a comment\r\n.program cores=2 structure="s;s" chip="two words" name=t ; more\r\n.tag layer="a=b" stage=-1\r\n` +
        `.core 0x1\r\n.stream load\r\n\tLD source=gm:0x100/-8 destination=lm:0x10-4i1/0 rowBytes=8 rows=2\r\n`,
    );
    expect(program).toMatchObject({ chip: "two words", structureDigest: "s;s", batch: 1, resident: false });
    expect(program.tags).toStrictEqual([{ stage: -1, layer: "a=b" }]);
    expect(program.streams[0]!.core).toBe(1);
    expect(program.streams[0]!.code.at(0)).toStrictEqual({
      op: "LD",
      rows: 2,
      rowBytes: 8,
      destination: { address: { space: "lm", base: 16, steps: [0, -4] }, stride: 0 },
      source: { address: { space: "gm", base: 256 }, stride: -8 },
    });
  });

  it("reads addresses with steps and rings", () => {
    const { source } = one(
      `MVM groups=none ${multiply.replace("lm:0", "lm:128+16i0+64i2@ring(64,4096)")}`,
    ) as InstructionOf<"MVM">;
    expect(source.address).toStrictEqual({
      space: "lm",
      base: 128,
      steps: [16, 0, 64],
      ring: { base: 64, bytes: 4096 },
    });
  });

  it("reads tiles and groups by name or index, lists as ranges", () => {
    expect(one(`MVMM groups=g1,g0 ${multiply}`, tables)).toMatchObject({ op: "MVM", groups: [1, 0] });
    expect(one(`MVM groups=0-1 ${multiply}`, tables)).toMatchObject({ groups: [0, 1] });
    expect(one(`WBC arrays=0-2,7 tile=t1 ${write}`, tables)).toMatchObject({
      op: "WWR",
      arrays: [0, 1, 2, 7],
      tile: 1,
    });
    expect(one(`WWR arrays=3 tile=0 ${write}`, tables)).toMatchObject({ arrays: [3], tile: 0 });
    expect(one(`MVMR groups=g0 rowRange=4:2 ${multiply}`, tables)).toMatchObject({ rowRange: { row0: 4, rows: 2 } });
  });

  it("posts to its own core where none is named", () => {
    expect(one("POST wait=3:2,4:1 post=5:1,0:6:2 tag=0")).toStrictEqual({
      op: "POST",
      waits: [
        { semaphore: 3, count: 2 },
        { semaphore: 4, count: 1 },
      ],
      posts: [
        { core: 1, semaphore: 5, count: 1 },
        { core: 0, semaphore: 6, count: 2 },
      ],
      tag: 0,
    });
  });

  it("takes lines as they come", () => {
    const program = programOf([{ kind: "message", from: 0, count: 2, bytes: 8, channel: 0, unrolled: false }]);
    expect(formatProgram(parseProgram(programLines(program)))).toBe(formatProgram(program));
  });
});

describe("writing", () => {
  const canonical = (line: string): string =>
    formatProgram(parseProgram(`${header}${tables}.core 1\n.stream mvm\n${line}\n`))
      .trimEnd()
      .split("\n")
      .at(-1)!
      .trim();

  it("names special forms, short posts, runs of a list, and leaves out zero padding", () => {
    expect(canonical(`MVM ${multiply} groups=0,1`)).toBe(`MVMM groups=g0,g1 ${multiply}`);
    expect(canonical(`MVM rowRange=0:4 ${multiply} groups=0`)).toBe(`MVMR groups=g0 ${multiply} rowRange=0:4`);
    expect(canonical(`WWR arrays=3,4,5,9 ${write} tile=0`)).toBe(
      `WBC arrays=3-5,9 ${write.replace(" tileRow0=0", "")} tile=t0 tileRow0=0`,
    );
    expect(canonical("WAIT post=1:2:1,0:2:1 wait=1:1")).toBe("WAIT wait=1:1 post=2:1,0:2:1");
    const padded = `MVM groups=g0 source=lm:0 ${vector} headRows=1 tailRows=0 padValue=-3 ${multiply.split(`${vector} `)[1]}`;
    expect(canonical(padded)).toBe(padded.replace(" tailRows=0", ""));
  });

  it("writes an index where a name would not find it again", () => {
    const doubled = tables.replaceAll("name=t1", "name=t0").replace("name=g1", "name=7");
    const text = formatProgram(
      parseProgram(`${header}${doubled}.core 1\n.stream mvm\nWWR arrays=0 tile=1 ${write}\nMVM groups=1 ${multiply}\n`),
    );
    expect(text).toContain("tile=1 ");
    expect(text).toContain("MVM groups=1 ");
  });

  it("indents loops", () => {
    const text = `${header}.core 0\n.stream load\nLOOP trips=2\nLOOP trips=3\nPOST\nENDL\nENDL\nHALT\n`;
    expect(formatProgram(parseProgram(text)).split(".stream load\n")[1]).toBe(
      "  LOOP trips=2\n    LOOP trips=3\n      POST\n    ENDL\n  ENDL\n  HALT\n",
    );
  });
});

describe("problems", () => {
  it("come all at once, each with line, column, value and the nearest name", () => {
    const text = [
      ".program name=t chip=c structur=s cores=two",
      ".tiel name=x",
      ".tag 1 stage=0 layer=a",
      ".piece array=0",
      "LD rows=1",
      ".core 0",
      ".stream laod",
      ".stream load",
      "  LOAD rows=1",
      "  LD rows=1 rows=2 rowByts=3 destination=lmm:0/1 source=gm:0",
      "  MVM mode=nromal",
      "  POST wait=3 post=1:2:3:4 tag=x extra",
      '  ACC.OUT params="open',
      "  FILL rows=1 rowBytes=99999999999999999999 destination=lm:0+1i0+2i0/1 value=- elementBits=8",
      ".stream load",
      ".core",
    ].join("\n");
    const lines = problems(text);
    const expected = [
      'a.cim:1:24: no such key; saw structur; accepted: name, chip, structure, cores, batch, resident; did you mean "structure"?',
      "a.cim:1:1: .program needs structure; accepted: structure=… (digest of that chip's structure)",
      "a.cim:1:41: not a whole number; saw two; accepted: a whole number up to 2^52",
      'a.cim:2:1: no such section; saw .tiel; accepted: .program, .tag, .tile, .group, .piece, .tensor, .slice, .core, .stream; did you mean ".tile"?',
      "a.cim:3:6: indices count up from 0; saw 1; accepted: 0",
      "a.cim:4:1: .piece needs rows; accepted: rows=… (rows)",
      "a.cim:4:1: .piece needs a .group line before it",
      "a.cim:5:1: an instruction needs a .stream line before it",
      'a.cim:7:9: no such stream; saw laod; accepted: weightLoad, weightWrite, load, store, mvm, vector, send, receive; did you mean "load"?',
      'a.cim:9:3: no such instruction; saw LOAD; did you mean "LD"?',
      "a.cim:10:13: the key stands twice; saw rows",
      'did you mean "rowBytes"?',
      'a.cim:10:42: no such space "lmm"; saw lmm:0/1; accepted: lm, wb, acc, gb, gm; did you mean "lm"?',
      "a.cim:10:57: no row stride; saw gm:0; accepted: address/stride, as lm:0/1792",
      'a.cim:11:12: no such mode; saw nromal; accepted: normal, double, dualBroadcast, split; did you mean "normal"?',
      'a.cim:12:13: "3" is not of that form; saw 3; accepted: semaphore:count,…',
      'a.cim:12:20: "1:2:3:4" is not of that form',
      "a.cim:12:32: not a whole number; saw x",
      "a.cim:12:34: expected key=value; saw extra",
      "a.cim:13:18: a quoted text does not end on its line",
      "a.cim:14:24: not a whole number; saw 99999999999999999999",
      "a.cim:14:57: two steps for loop level 0; saw lm:0+1i0+2i0/1; accepted: one step a level",
      "a.cim:14:78: not a whole number; saw -",
      "a.cim:15:1: core 0 already has a stream load",
      "a.cim:16:1: .core takes one word",
    ];
    for (const part of expected)
      expect(
        lines.some((line) => line.includes(part)),
        `${part}\n\n${lines.join("\n")}`,
      ).toBe(true);
  });

  it("tell of a missing header, a doubled one, a stream without core", () => {
    expect(problems("")).toStrictEqual([
      "a.cim:1:1: there is no .program line; accepted: .program name=… chip=… structure=… cores=…",
    ]);
    expect(problems(header + header)[0]).toContain("a.cim:2:1: there is a .program line already");
    expect(problems(`${header}.stream load`)[0]).toContain("a.cim:2:1: a stream needs a .core line before it");
  });

  it("tell of names that nobody or several have, and of lists that cannot be", () => {
    const text = `${header}${tables}.core 0\n.stream mvm\n`;
    expect(problems(`${text}WWR arrays=0 tile=t3 ${write}`)[0]).toMatch(/no such tile; saw t3; .* did you mean "t0"/);
    const doubled = text.replace("name=t1", "name=t0");
    expect(problems(`${doubled}WWR arrays=0 tile=t0 ${write}`)[0]).toContain('several tiles are named "t0"');
    expect(problems(`${text}WWR arrays=4-2 tile=t0 ${write}`)[0]).toContain("the range 4-2 runs backwards");
    expect(problems(`${text}WWR arrays=0-99999999 tile=t0 ${write}`)[0]).toContain("the list is too long");
    expect(problems(`${text}WWR arrays=0,-1 tile=t0 ${write}`)[0]).toContain("a negative number in a list");
    expect(problems(`${text}MVMR groups=g0 ${multiply}`)[0]).toContain("MVMR needs rowRange");
  });

  it("stop at fifty", () => {
    function* endless(): Generator<string> {
      for (;;) yield "WHAT";
    }
    expect(problems(endless())).toHaveLength(50);
  });
});
