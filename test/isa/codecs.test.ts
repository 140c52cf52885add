/** Text and binary: round trips, and answers to damaged input. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { decodeProgram, encodeProgram, formatProgram, parseProgram, programDigest } from "../../src/isa/index.js";
import { anyProgram, laidOpen } from "./arbitrary.js";

describe("round trips", () => {
  it("text -> binary -> text is identical, binary -> program and text -> program deep equal", () => {
    fc.assert(
      fc.property(anyProgram, (program) => {
        const text = formatProgram(program);
        const parsed = parseProgram(text);
        expect(laidOpen(parsed)).toStrictEqual(laidOpen(program));
        const bytes = encodeProgram(parsed);
        const decoded = decodeProgram(bytes);
        expect(laidOpen(decoded)).toStrictEqual(laidOpen(program));
        expect(formatProgram(decoded)).toBe(text);
        expect(encodeProgram(decoded)).toStrictEqual(bytes);
        expect(programDigest(decoded)).toBe(programDigest(program));
      }),
      { numRuns: 100 },
    );
  });

  it("gives different programs different digests", () => {
    fc.assert(
      fc.property(anyProgram, anyProgram, (a, b) => {
        const same = formatProgram(a) === formatProgram(b);
        expect(programDigest(a) === programDigest(b)).toBe(same);
      }),
    );
  });
});

describe("damaged binaries", () => {
  it("answers any cut and any changed byte with a UserError that names an offset", () => {
    fc.assert(
      fc.property(
        anyProgram,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 255 }),
        (program, where, flip) => {
          const bytes = encodeProgram(program);
          const at = Math.floor(where * bytes.length);
          expect(() => decodeProgram(bytes.slice(0, at))).toThrow(UserError);
          const changed = bytes.slice();
          changed[at]! ^= flip;
          expect(() => decodeProgram(changed, "a.bin")).toThrow(/no binary|version|at byte [0-9]+ of/);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("says what it wants", () => {
    const [program] = fc.sample(anyProgram, { numRuns: 1, seed: 1 });
    const bytes = encodeProgram(program!);
    expect(() => decodeProgram(new Uint8Array(3))).toThrow(/begins with WORDLINE/);
    expect(() => decodeProgram(Uint8Array.from([...bytes, 0]))).toThrow(/more behind its end/);
    const newer = bytes.slice();
    newer[8] = 9;
    expect(() => decodeProgram(newer)).toThrow(/unknown version; saw 9; accepted: 1/);
  });
});
