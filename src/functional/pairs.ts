/** Pairs of conflicting accesses that happens-before orders: what a change of a program's dependencies must leave as it is. */
import type { Chip } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import { Claims } from "./claims.js";
import { Order } from "./order.js";
import { eachStart } from "./untimed.js";

/** Collects pairs (earlier, later) of dynamic instructions. */
export class OrderedPairs {
  private readonly earlier = new Map<string, Set<string>>();
  /** How many pairs there are. */
  size = 0;

  add(stream: number, n: number, laterStream: number, laterN: number): void {
    const later = `${laterStream}.${laterN}`;
    let set = this.earlier.get(later);
    if (set === undefined) {
      set = new Set();
      this.earlier.set(later, set);
    }
    set.add(`${stream}.${n}`);
    this.size++;
  }

  /** The pairs that another form of the program does not order the same way, as "stream.n before stream.n". */
  lostIn(program: Program, chip: Chip): string[] {
    const order = new Order(program, chip, new Claims(program, chip));
    const lost: string[] = [];
    eachStart(program, (stream, n, instruction) => {
      order.start(stream, n, instruction);
      for (const pair of this.earlier.get(`${stream}.${n}`) ?? []) {
        const [earlierStream, earlierN] = pair.split(".").map(Number) as [number, number];
        if (!order.knows(earlierStream, earlierN)) lost.push(`${pair} before ${stream}.${n}`);
      }
    });
    return lost;
  }
}
