/**
 * A scheduler without timing: any legal order of a program, drawn from a seed. Units, limits, tokens, messages and barriers hold;
 * how long an instruction takes is random. What is right must come out right under every one of them.
 */
import { randomStream, uniformInt } from "../../src/base/index.js";
import { unitLimit } from "../../src/functional/replay.js";
import { StreamWalk } from "../../src/functional/walk.js";
/** Records of one legal run, in order of end tick; throws where nothing can go on. */
export function schedule(program, chip, seed, longest = 40) {
    const random = randomStream(seed, "schedule");
    const walks = program.streams.map((stream) => new StreamWalk(stream.code));
    const underWay = program.streams.map(() => 0);
    const behindBarrier = program.streams.map(() => false);
    const tokens = new Map();
    const give = (key, count) => tokens.set(key, (tokens.get(key) ?? 0) + count);
    const has = (key, count) => (tokens.get(key) ?? 0) >= count;
    const arrived = new Map();
    const records = [];
    let running = [];
    for (let tick = 0;; tick++) {
        for (const one of running.filter(({ record }) => record.endTick === tick)) {
            const { core } = program.streams[one.record.stream];
            for (const post of one.instruction.posts ?? [])
                give(`${post.core}:${post.semaphore}`, post.count);
            if (one.instruction.op === "SEND")
                for (const to of one.instruction.cores)
                    give(`${core}>${to}#${one.instruction.channel}`, 1);
            underWay[one.record.stream]--;
            if (one.instruction.op === "BAR")
                behindBarrier[one.record.stream] = false;
            records.push(one.record);
        }
        running = running.filter(({ record }) => record.endTick !== tick);
        let started = false;
        for (const [index, walk] of walks.entries()) {
            if (walk.ended || behindBarrier[index])
                continue;
            const { core, unit } = program.streams[index];
            if (underWay[index] >= unitLimit(chip, unit))
                continue;
            const { instruction } = walk;
            const wanted = (instruction.waits ?? []).map(({ semaphore, count }) => [`${core}:${semaphore}`, count]);
            const all = instruction.op === "RECV"
                ? [...wanted, [`${instruction.core}>${core}#${instruction.channel}`, 1]]
                : wanted;
            if (!all.every(([key, count]) => has(key, count)))
                continue;
            if (random() < 0.3) {
                started = true; // held up by nothing in particular
                continue;
            }
            for (const [key, count] of all)
                give(key, -count);
            const endTick = tick + uniformInt(random, 1, longest);
            const none = {
                fetchTick: 0,
                releaseTick: -1,
                causeKind: -1,
                causeStream: -1,
                causeN: -1,
                causeStage: -1,
                causePacket: -1,
            };
            const record = { stream: index, n: walk.n, pc: walk.pc, startTick: tick, endTick, ...none };
            const one = { record, instruction };
            if (instruction.op === "BAR") {
                behindBarrier[index] = true;
                const others = arrived.get(instruction.barrier) ?? [];
                others.push(one);
                arrived.set(instruction.barrier, others);
                record.endTick = Number.POSITIVE_INFINITY;
                if (others.length === instruction.count) {
                    for (const other of others)
                        other.record.endTick = tick + 1;
                    arrived.delete(instruction.barrier);
                }
            }
            running.push(one);
            underWay[index]++;
            walk.advance();
            started = true;
        }
        if (walks.every((walk) => walk.ended) && running.length === 0)
            return records;
        if (!started && running.every(({ record }) => record.endTick === Number.POSITIVE_INFINITY))
            throw new Error(`deadlock at tick ${tick}`);
    }
}
