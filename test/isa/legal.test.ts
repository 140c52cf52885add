/** Random legal programs: nothing is found, and both codecs keep them. */
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  checkProgram,
  decodeProgram,
  encodeProgram,
  formatProgram,
  parseProgram,
  programDigest,
} from "../../src/isa/index.js";
import { laidOpen } from "./arbitrary.js";
import { legalProgram, smallLimits } from "./legal.js";

it("finds nothing wrong with legal programs, before and after both codecs", () => {
  fc.assert(
    fc.property(legalProgram, (program) => {
      expect(checkProgram(program, smallLimits)).toStrictEqual([]);
      const text = formatProgram(program);
      const read = parseProgram(text);
      expect(laidOpen(read)).toStrictEqual(laidOpen(program));
      const decoded = decodeProgram(encodeProgram(read));
      expect(formatProgram(decoded)).toBe(text);
      expect(programDigest(decoded)).toBe(programDigest(program));
      expect(checkProgram(decoded, smallLimits)).toStrictEqual([]);
    }),
    { numRuns: 200 },
  );
});
