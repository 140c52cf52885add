import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Claims } from "../../src/functional/claims.js";
import { legalOrder } from "../../src/functional/index.js";
import { Knowledge } from "../../src/functional/knowledge.js";
import { Order } from "../../src/functional/order.js";
import { eachStart } from "../../src/functional/untimed.js";
import { readChip, structureDigest } from "../../src/hardware/index.js";
import { type Instruction, type Program, packCode, type Unit } from "../../src/isa/index.js";

const chip = readChip("compass-s", { set: { "core.outstanding.load": 3, "core.outstanding.mvm": 2 } });

type Step = { waits?: [number, number][]; posts?: [number, number][] };

/** A program of one core whose instructions only wait and post. */
function tokenProgram(streams: Partial<Record<Unit, Step[]>>): Program {
  return {
    name: "tokens",
    chip: chip.name,
    structureDigest: structureDigest(chip),
    cores: 1,
    batch: 1,
    tiles: [],
    groups: [],
    tensors: [],
    tags: [],
    streams: Object.entries(streams).map(([unit, steps]) => ({
      core: 0,
      unit: unit as Unit,
      code: packCode(
        steps.map(({ waits = [], posts = [] }): Instruction => {
          const tokens = {
            waits: waits.map(([semaphore, count]) => ({ semaphore, count })),
            posts: posts.map(([semaphore, count]) => ({ core: 0, semaphore, count })),
          };
          // FILL may take any time; what it writes does not matter here.
          return {
            op: "FILL",
            rows: 1,
            rowBytes: 1,
            destination: { address: { space: "lm", base: 0 }, stride: 1 },
            value: 0,
            elementBits: 8,
            ...tokens,
          };
        }),
      ),
    })),
  } as unknown as Program;
}

/** What every start knows to be over, as "stream.n<stream.n". */
function knownPairs(program: Program): Set<string> {
  const order = new Order(program, chip, new Claims(program, chip));
  const seen: [number, number][] = [];
  const pairs = new Set<string>();
  eachStart(program, (stream, n, instruction) => {
    order.start(stream, n, instruction);
    for (const [s, k] of seen) if (order.knows(s, k)) pairs.add(`${s}.${k}<${stream}.${n}`);
    seen.push([stream, n]);
  });
  return pairs;
}

it("knowledge is what sets would hold, near its prefix and far behind it", () => {
  const [streams, events] = [2, 4];
  const step = fc.tuple(
    fc.constantFrom("learn", "learn", "learn", "allBefore", "join", "copy"),
    ...[fc.nat(events - 1), fc.nat(events - 1), fc.nat(streams - 1), fc.nat(150)],
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      const tally = { unlearnt: 0 };
      const known = Array.from({ length: events }, () => new Knowledge(streams, tally));
      const sets = known.map(() => Array.from({ length: streams }, () => new Set<number>()));
      for (const [kind, to, from, stream, n] of steps as [string, number, number, number, number][]) {
        if (kind === "learn") {
          known[to]!.learn(stream, n);
          sets[to]![stream]!.add(n);
        } else if (kind === "allBefore") {
          known[to]!.learnAllBefore(stream, n);
          for (let i = 0; i < n; i++) sets[to]![stream]!.add(i);
        } else if (kind === "join") {
          known[to]!.join(known[from]!);
          sets[from]!.forEach((set, s) => {
            for (const i of set) sets[to]![s]!.add(i);
          });
        } else {
          known[to] = known[from]!.copy();
          sets[to] = sets[from]!.map((set) => new Set(set));
        }
      }
      const numbers = Array.from({ length: 152 }, (_, n) => n);
      for (let event = 0; event < events; event++)
        for (let s = 0; s < streams; s++)
          expect(numbers.filter((n) => known[event]!.knows(s, n))).toEqual(
            numbers.filter((n) => sets[event]![s]!.has(n)),
          );
      expect(tally.unlearnt).toBe(0);
    }),
    { numRuns: 150, seed: 3 },
  );
});

describe("a wait among anonymous tokens", () => {
  const two: Step[] = [{ waits: [[0, 1]] }, { waits: [[0, 1]] }];

  it("knows neither of two posts after one token, both after two, however late one comes", () => {
    const late: Step[] = [{}, {}, {}, {}, { posts: [[0, 1]] }];
    const pairs = knownPairs(tokenProgram({ vector: two, store: [{ posts: [[0, 1]] }], send: late }));
    expect(pairs.has("1.0<0.0")).toBe(false);
    expect(pairs.has("2.4<0.0")).toBe(false);
    expect(pairs.has("1.0<0.1") && pairs.has("2.4<0.1")).toBe(true);
  });

  it("knows the first where the second follows the wait itself", () => {
    const waiting: Step[] = [{ waits: [[0, 1]], posts: [[1, 1]] }, { waits: [[0, 1]] }];
    const second: Step[] = [{ waits: [[1, 1]], posts: [[0, 1]] }];
    const pairs = knownPairs(tokenProgram({ vector: waiting, store: [{ posts: [[0, 1]] }], send: second }));
    expect(pairs.has("1.0<0.0")).toBe(true);
    expect(pairs.has("2.0<0.0")).toBe(false);
    expect(pairs.has("2.0<0.1")).toBe(true);
  });

  it("knows the first where the second follows it", () => {
    const first: Step[] = [
      {
        posts: [
          [0, 1],
          [1, 1],
        ],
      },
    ];
    const second: Step[] = [{ waits: [[1, 1]], posts: [[0, 1]] }];
    const pairs = knownPairs(tokenProgram({ vector: two, store: first, send: second }));
    expect(pairs.has("1.0<0.0")).toBe(true);
    expect(pairs.has("2.0<0.0")).toBe(false);
  });

  it("does not tell apart what one unit has under way at once", () => {
    const loads: Step[] = [{ posts: [[0, 1]] }, { posts: [[0, 1]] }];
    const pairs = knownPairs(tokenProgram({ vector: two, load: loads }));
    expect(pairs.has("1.0<0.0")).toBe(false);
    expect(pairs.has("1.0<0.1") && pairs.has("1.1<0.1")).toBe(true);
  });

  it("knows all of a unit that has more under way than a window holds, taken by several semaphores", () => {
    const loads: Step[] = Array.from({ length: 45 }, (_, n) => ({ posts: [[Math.floor(n / 9), 1]] }));
    const waits: Step[] = Array.from({ length: 5 }, (_, semaphore) => ({ waits: [[semaphore, 9]] }));
    const pairs = knownPairs(tokenProgram({ vector: waits, load: loads }));
    for (let n = 0; n < 45; n++) {
      const first = Math.floor(n / 9);
      for (let wait = 0; wait < 5; wait++) expect(pairs.has(`1.${n}<0.${wait}`)).toBe(wait >= first);
    }
    // The last alone, its unit's others unknown.
    const alone = knownPairs(tokenProgram({ vector: [{ waits: [[4, 9]] }], load: loads }));
    for (let n = 0; n < 45; n++) expect(alone.has(`1.${n}<0.0`)).toBe(n >= 36);
  });

  it("claims that bear out only each other hold: a ring of waits", () => {
    // Each second post follows the other side's first wait.
    const vector: Step[] = [{ waits: [[0, 1]], posts: [[2, 1]] }, { waits: [[0, 1]] }];
    const mvm: Step[] = [{ waits: [[1, 1]], posts: [[3, 1]] }, { waits: [[1, 1]] }];
    const store: Step[] = [{ posts: [[0, 1]] }, { waits: [[3, 1]], posts: [[0, 1]] }];
    const send: Step[] = [{ posts: [[1, 1]] }, { waits: [[2, 1]], posts: [[1, 1]] }];
    const pairs = knownPairs(tokenProgram({ vector, mvm, store, send }));
    expect(pairs.size).toBeGreaterThan(0);
  });
});

it("what is claimed holds in every order drawn, for random programs", () => {
  const units: Unit[] = ["load", "mvm", "vector", "store", "send"];
  // Steps in one order that works: a wait stands only where its tokens are there by then. Semaphores 2u and 2u+1 belong to stream u.
  const step = fc.record({
    unit: fc.nat(4),
    wait: fc.option(fc.tuple(fc.nat(1), fc.integer({ min: 1, max: 2 })), { freq: 3 }),
    post: fc.option(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 2 })), { freq: 3 }),
  });
  let complete = 0;
  let claimed = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 3, maxLength: 22 }), (drawn) => {
      const streams: Partial<Record<Unit, Step[]>> = {};
      const tokens = new Array(10).fill(0);
      for (const { unit, wait, post } of drawn) {
        const made: Step = {};
        if (wait !== null && tokens[2 * unit + wait[0]] >= wait[1]) {
          made.waits = [[2 * unit + wait[0], wait[1]]];
          tokens[2 * unit + wait[0]] -= wait[1];
        }
        if (post !== null) {
          made.posts = [post];
          tokens[post[0]] += post[1];
        }
        streams[units[unit]!] ??= [];
        streams[units[unit]!]!.push(made);
      }
      const program = tokenProgram(streams);
      const claims = knownPairs(program);
      for (let seed = 0; seed < 6; seed++) {
        const records = legalOrder(program, chip, seed, 12);
        complete++;
        claimed += claims.size;
        const at = new Map(records.map((record) => [`${record.stream}.${record.n}`, record]));
        for (const pair of claims) {
          const [first, second] = pair.split("<") as [string, string];
          expect(at.get(first)!.endTick, pair).toBeLessThanOrEqual(at.get(second)!.startTick);
        }
      }
    }),
    { numRuns: 1500, seed: 7 },
  );
  expect(complete).toBe(9000);
  expect(claimed).toBeGreaterThan(3000);
});
