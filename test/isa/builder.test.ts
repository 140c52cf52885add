/** The program builder: tags once, semaphores lowest first, streams in order, loops closed. */
import { expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { formatProgram, ProgramBuilder } from "../../src/isa/index.js";

const options = { name: "built", chip: "c", structureDigest: "s", cores: 2, semaphores: 2 };

it("interns tags and hands out the lowest free semaphore of a core", () => {
  const builder = new ProgramBuilder(options);
  expect([builder.tag(0, "a"), builder.tag(0, "b"), builder.tag(0, "a"), builder.tag(1, "a")]).toStrictEqual([
    0, 1, 0, 2,
  ]);
  expect(builder.semaphore(0, "x")).toBe(0);
  expect(builder.semaphore(0, "y")).toBe(1);
  expect(builder.semaphore(0, "x")).toBe(0);
  expect(builder.semaphore(1, "z")).toBe(0);
  expect(() => builder.semaphore(0, "w")).toThrow(UserError);
  expect(() => builder.semaphore(0, "w")).toThrow(
    /core 0 has no free semaphore for "w"; saw 2 in use; accepted: at most 2/,
  );
  builder.releaseSemaphore(0, "x");
  expect(builder.semaphore(0, "w")).toBe(0);
});

it("closes loops, orders streams and leaves empty ones out", () => {
  const builder = new ProgramBuilder(options);
  const vector = builder.stream(1, "vector");
  vector.loop(2, () => {
    vector.push({ op: "POST" });
    vector.loop(3, () => {
      expect(vector.depth).toBe(2);
      vector.push({ op: "WAIT" });
    });
  });
  builder.stream(1, "load").push({ op: "HALT" });
  builder.stream(0, "send");
  builder.stream(0, "receive").push({ op: "HALT" });
  expect(formatProgram(builder.build()).split("\n\n").slice(1).join("\n")).toBe(
    [
      ".core 0",
      ".stream receive",
      "  HALT",
      ".core 1",
      ".stream load",
      "  HALT",
      ".stream vector",
      "  LOOP trips=2",
      "    POST",
      "    LOOP trips=3",
      "      WAIT",
      "    ENDL",
      "  ENDL",
      "",
    ].join("\n"),
  );
});

it("refuses to build inside a loop", () => {
  const builder = new ProgramBuilder(options);
  const stream = builder.stream(0, "load");
  stream.loop(2, () => expect(() => builder.build()).toThrow(/core 0 load: a loop is still open/));
});
