/** The header and footer: the trace is of this program on this chip, and the footer counts its rows. */
import { structureDigest } from "../../hardware/index.js";
import { programDigest } from "../../isa/index.js";
import type { CheckContext } from "../context.js";

/** Compares header and footer with program, chip and rows. */
export function checkHeader(context: CheckContext): void {
  const { table, findings, known, whole } = context;
  const { header, footer, instructions, holds } = table;
  const wrong = (code: string, message: string): void => findings.add({ law: "header", code, message });
  if (known) {
    const { program, chip, resources } = known;
    const digest = structureDigest(chip);
    if (header.structureDigest !== digest)
      wrong("other-chip", `the trace is of a chip of structure ${header.structureDigest}, not ${digest}`);
    if (header.programDigest !== "" && header.programDigest !== programDigest(program))
      wrong("other-program", `the trace is of program ${header.programDigest}, not ${programDigest(program)}`);
    if (header.clockHz !== chip.clockHz)
      wrong("other-clock", `clock ${header.clockHz} Hz, the chip has ${chip.clockHz}`);
    if (header.streams.length !== program.streams.length)
      wrong("streams", `${header.streams.length} streams, the program has ${program.streams.length}`);
    program.streams.forEach(({ core, unit }, id) => {
      const row = header.streams[id];
      if (row && (row.id !== id || row.core !== core || row.unit !== unit))
        wrong("streams", `stream ${id} is core ${row.core} ${row.unit}, in the program core ${core} ${unit}`);
    });
    header.resources.forEach((row, id) => {
      if (row.id !== id) wrong("resources", `resource ${id} is numbered ${row.id}`);
      else if (row.ports !== resources.limits(id).all)
        wrong("resources", `${row.name} has ${row.ports} ports, on the chip ${resources.limits(id).all}`);
    });
  }
  if (!whole) {
    findings.skip("the trace is filtered: the footer counts rows that were left out", "header");
    return;
  }
  if (footer.instructions !== instructions.length)
    wrong(
      "instruction-count",
      `the footer counts ${footer.instructions} instructions, there are ${instructions.length}`,
    );
  if (footer.holds !== holds.length)
    wrong("hold-count", `the footer counts ${footer.holds} holds, there are ${holds.length}`);
  let makespan = 0;
  for (let row = 0; row < instructions.length; row++) makespan = Math.max(makespan, instructions.endTick[row]!);
  if (footer.makespanTicks !== makespan)
    wrong("makespan", `the footer says ${footer.makespanTicks} ticks, the last instruction ends at ${makespan}`);
}
