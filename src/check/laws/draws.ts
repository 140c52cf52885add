/**
 * Law 4, drawn verification: the passes of every pulse group are those the run's seed draws for its array, in the order of the pulses, one value a pass
 * (docs/timing.md section 6); where rows are missing, any legal number of passes.
 */
import { type RandomStream, randomStream } from "../../base/index.js";
import type { CheckContext } from "../context.js";

/** Checks the pulses of all drawn writes. */
export function checkDraws(context: CheckContext): void {
  const { verify } = context.known!.chip.core.arrays.write;
  if (verify.kind !== "program") return;
  const { holds, header } = context.table;
  const pulses: { row: number; stream: string }[] = [];
  for (let slot = 0; slot < context.view.slots; slot++) {
    if (!context.isIntact(slot)) continue;
    const code = context.staticOf(slot)!;
    const lane = code.lanes.findIndex(({ drawn }) => drawn);
    if (lane < 0) continue;
    const stream = `write-verify/${context.core(slot)}/${Math.min(...code.arrays)}`;
    for (let unit = 0; unit < code.lanes[lane]!.units; unit++)
      pulses.push({ row: context.rowAt(slot, code, lane, unit), stream });
  }
  pulses.sort((a, b) => holds.startTick[a.row]! - holds.startTick[b.row]!);
  const streams = new Map<string, RandomStream>();
  const pass = context.known!.chip.core.arrays.write.pulseCycles + verify.readCycles;
  for (const { row, stream } of pulses) {
    const length = holds.endTick[row]! - holds.startTick[row]!;
    if (context.whole) {
      const draw = streams.get(stream) ?? randomStream(header.seed, stream);
      streams.set(stream, draw);
      let passes = 1;
      while (draw() >= verify.passProbability && passes < verify.maxPasses) passes++;
      if (length !== Math.max(1, passes * pass))
        context.blameHold("grants", "passes", row, `lasts ${length} ticks, ${passes} passes of ${pass} were drawn`);
    } else if (length % pass !== 0 || length < pass || length > pass * verify.maxPasses)
      context.blameHold(
        "grants",
        "passes",
        row,
        `lasts ${length} ticks, which is not 1 to ${verify.maxPasses} passes of ${pass}`,
      );
  }
}
