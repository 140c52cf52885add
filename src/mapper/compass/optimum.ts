/**
 * The exact optimum. Time and energy of a group are sums over its partitions, so the best group is a shortest path over the borders. Their
 * product is not a sum, but it is quasi-concave, so its least value over all groups lies at a corner of the convex hull of their (cycles,
 * energy) points; every corner is the shortest path for some weighting of the two, and the corners are found one between two others.
 */
import type { CostTable } from "./cost-table.js";
import type { Objective } from "./objective.js";
import type { Group } from "./validity.js";

/** A group with both of its sums. */
interface Point {
  borders: Group;
  cycles: number;
  energy: number;
}

/** The best group for an objective. */
export function searchOptimum(costs: CostTable, objective: Objective): { borders: Group; fitness: number } {
  if (costs.validity.count === 0) return { borders: [0], fitness: 0 };
  const point =
    objective === "latency"
      ? shortest(costs, 1, 0)
      : objective === "energy"
        ? shortest(costs, 0, 1)
        : leastProduct(costs);
  const { borders, cycles, energy } = point;
  return { borders, fitness: objective === "latency" ? cycles : objective === "energy" ? energy : cycles * energy };
}

/** The group with the least weighted sum; of equal ones that with the earliest borders from the end. */
function shortest(costs: CostTable, cyclesWeight: number, energyWeight: number): Point {
  const { count, reach } = costs.validity;
  const best = new Float64Array(count + 1).fill(Number.POSITIVE_INFINITY);
  const from = new Int32Array(count + 1);
  best[0] = 0;
  for (let start = 0; start < count; start++)
    for (let end = start + 1; end <= reach[start]!; end++) {
      const cost = best[start]! + cyclesWeight * costs.cyclesOf(start, end) + energyWeight * costs.energyOf(start, end);
      if (cost < best[end]!) {
        best[end] = cost;
        from[end] = start;
      }
    }
  const borders: Group = [count];
  while (borders[0]! > 0) borders.unshift(from[borders[0]!]!);
  let [cycles, energy] = [0, 0];
  for (let k = 0; k + 1 < borders.length; k++) {
    cycles += costs.cyclesOf(borders[k]!, borders[k + 1]!);
    energy += costs.energyOf(borders[k]!, borders[k + 1]!);
  }
  return { borders, cycles, energy };
}

/** Relative gain below which a weighting has found no further corner: above the rounding of the sums. */
const NEW_CORNER = 1e-12;

function leastProduct(costs: CostTable): Point {
  const fastest = shortest(costs, 1, 0);
  const leanest = shortest(costs, 0, 1);
  const product = ({ cycles, energy }: Point) => cycles * energy;
  let best = product(leanest) < product(fastest) ? leanest : fastest;
  const between: [Point, Point][] = [[fastest, leanest]];
  for (let pair = between.pop(); pair; pair = between.pop()) {
    const [fast, lean] = pair;
    const cyclesWeight = fast.energy - lean.energy;
    const energyWeight = lean.cycles - fast.cycles;
    if (cyclesWeight <= 0 || energyWeight <= 0) continue;
    // No corner between the two is better than the corner of the box they span.
    if (fast.cycles * lean.energy >= product(best)) continue;
    const middle = shortest(costs, cyclesWeight, energyWeight);
    const weighted = ({ cycles, energy }: Point) => cyclesWeight * cycles + energyWeight * energy;
    if (weighted(middle) >= weighted(fast) * (1 - NEW_CORNER)) continue;
    if (product(middle) < product(best)) best = middle;
    between.push([fast, middle], [middle, lean]);
  }
  return best;
}
