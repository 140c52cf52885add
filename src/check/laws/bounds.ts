/** Law 5: the makespan lies between the busiest resource or longest dependency chain and all holds laid end to end. */
import { type ProgramBounds, programBounds } from "../../analytical/index.js";
import type { CheckContext } from "../context.js";

const LAW = "bounds";

/** Checks the footer's makespan against the program's bounds, given or worked out. */
export function checkBounds(
  context: CheckContext,
  given?: Pick<ProgramBounds, "lowerTicks" | "upperTicks" | "method">,
): { lowerTicks: number; upperTicks: number } | undefined {
  const { known, findings, table } = context;
  if (!known) {
    findings.skip("it needs program and chip", LAW);
    return undefined;
  }
  const { makespanTicks } = table.footer;
  const { lowerTicks, upperTicks, method } = given ?? programBounds(known.program, known.chip, { ideal: known.ideal });
  if (method === "busiest")
    findings.skip("the program is too long for its dependency chain: the lower bound is the busiest resource", LAW);
  if (makespanTicks < lowerTicks)
    findings.add({
      law: LAW,
      code: "below",
      message: `${makespanTicks} ticks, the program needs at least ${lowerTicks}`,
    });
  if (makespanTicks > upperTicks)
    findings.add({
      law: LAW,
      code: "above",
      message: `${makespanTicks} ticks, all holds end to end are ${upperTicks}`,
    });
  return { lowerTicks, upperTicks };
}
