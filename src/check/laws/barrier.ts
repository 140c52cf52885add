/** Barriers: all arrivals of a round open in the tick of the last one, whose start's cause is theirs (docs/timing.md sections 2 and 8). */
import { UNITS } from "../../isa/index.js";
import type { CheckContext } from "../context.js";
import type { BarrierGates } from "./cause.js";

/** When each BAR opens and by whose arrival; BARs that arrive last themselves open by their own. */
export function openBarriers(context: CheckContext): BarrierGates {
  const gates = new Map<number, { tick: number; opener: number }>();
  if (!context.known || !context.whole) return gates;
  const arrivals = new Map<number, { slot: number; count: number }[]>();
  for (let slot = 0; slot < context.view.slots; slot++) {
    const code = context.isIntact(slot) ? context.staticOf(slot)! : undefined;
    if (code?.instruction.op !== "BAR") continue;
    const { barrier, count } = code.instruction;
    const list = arrivals.get(barrier) ?? [];
    list.push({ slot, count });
    arrivals.set(barrier, list);
  }
  const { streams } = context.known.program;
  const place = (slot: number): number => {
    const { core, unit } = streams[context.streamOf[slot]!]!;
    return core * UNITS.length + UNITS.indexOf(unit);
  };
  for (const list of arrivals.values()) {
    list.sort((a, b) => context.startOf(a.slot) - context.startOf(b.slot) || place(a.slot) - place(b.slot));
    const { count } = list[0]!;
    for (let from = 0; from + count <= list.length; from += count) {
      const round = list.slice(from, from + count);
      const tick = context.startOf(round.at(-1)!.slot);
      const opener = round.find(({ slot }) => context.startOf(slot) === tick)!.slot;
      for (const { slot } of round) if (context.startOf(slot) !== tick) gates.set(slot, { tick, opener });
    }
  }
  return gates;
}
