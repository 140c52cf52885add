/** Ports and banks of local memory. */
import { describe, expect, it } from "vitest";
import type { Chip } from "../../../src/hardware/index.js";
import { copy, fill, load, play, receive, send, store, tableChip, tableProgram } from "./table.js";

describe("local memory with two banks of 64 bytes", () => {
  const banked = (chip: Chip) => Object.assign(chip.core.localMemory, { banks: 2, readPorts: 2, bytes: 4096 });

  /**
   * ST reads at 0 (bank 0), SEND at `from`, CPY from 64 (bank 1), which starts at 1 behind a WAIT.
   *   SEND from 128 (bank 0): ST [0,4); SEND waits since 0 for the bank and is passed over: CPY [1,5); SEND [4,8)
   *     ST bus [4,6) global write [6,10)   SEND bus [8,10)   CPY vector [5,15) write [15,19)
   *   SEND from 192 (bank 1): ST [0,4) and SEND [0,4) together; CPY waits for bank 1, [4,8)
   *     ST bus [4,6), SEND bus [6,8)   CPY vector [8,18) write [18,22)
   */
  it("two reads of one bank exclude each other, a third passes", () => {
    const chip = tableChip(banked);
    const from = (address: number) =>
      play(
        tableProgram(
          chip,
          [],
          [
            [0, "store", [store("gb", 16)]],
            [0, "send", [send([1], 16, {}, address)]],
            [0, "vector", [{ op: "WAIT" }, copy(16, {}, 64, 448)]],
            [1, "receive", [receive(0, 16)]],
          ],
        ),
        chip,
      );
    const conflict = from(128);
    expect(conflict.holds("0 store", 0, "localRead")).toEqual([[0, 4]]);
    expect(conflict.holds("0 send", 0, "localRead")).toEqual([[4, 8]]);
    expect(conflict.holds("0 vector", 1, "localRead")).toEqual([[1, 5]]);
    expect(conflict.spans("0 store")).toEqual([[0, 10]]);
    expect(conflict.spans("0 send")).toEqual([[0, 10]]);
    expect(conflict.spans("0 vector")[1]).toEqual([1, 19]);
    expect(conflict.spans("1 receive")).toEqual([[10, 14]]);
    expect(conflict.holdCause("0 send", 0, "localRead")).toEqual({ by: "0 store #0 localRead 0", release: 4 });

    const apart = from(192);
    expect(apart.holds("0 send", 0, "localRead")).toEqual([[0, 4]]);
    expect(apart.holds("0 vector", 1, "localRead")).toEqual([[4, 8]]);
    expect(apart.spans("0 store")).toEqual([[0, 10]]);
    expect(apart.spans("0 send")).toEqual([[0, 8]]);
    expect(apart.spans("0 vector")[1]).toEqual([1, 22]);
    expect(apart.spans("1 receive")).toEqual([[8, 12]]);
  });

  /**
   * ST of 64 bytes reads bank 0 four times; FILL writes 16 bytes to it at 10. Reading keeps two packets ahead of the bus:
   *   read [0,4) [4,8) [8,12); at 12 FILL has asked since 10, the read since 12: write [12,16), read [16,20); bus [20,22), global write [22,26)
   * In one bank nothing but the ports counts: read [12,16), write [10,14); ends 22 and 14.
   */
  it("a write and a read of one bank exclude each other too", () => {
    const both = (banks: number) => {
      const chip = tableChip((each) => {
        banked(each);
        each.core.localMemory.banks = banks;
      });
      return play(
        tableProgram(
          chip,
          [],
          [
            [0, "store", [store("gb", 64)]],
            [0, "vector", [fill(16, {}, 32)]],
          ],
        ),
        chip,
      );
    };
    expect(both(2).spans("0 vector")).toEqual([[0, 16]]);
    expect(both(2).spans("0 store")).toEqual([[0, 26]]);
    expect(both(1).spans("0 vector")).toEqual([[0, 14]]);
    expect(both(1).spans("0 store")).toEqual([[0, 22]]);
  });

  /** One read port: oldest first, ST [0,4), SEND [4,8), CPY [8,12), whatever the bank. */
  it("one port serves one packet at a time", () => {
    const chip = tableChip();
    const played = play(
      tableProgram(
        chip,
        [],
        [
          [0, "store", [store("gb", 16)]],
          [0, "send", [send([1], 16, {}, 192)]],
          [0, "vector", [{ op: "WAIT" }, copy(16)]],
          [1, "receive", [receive(0, 16)]],
        ],
      ),
      chip,
    );
    expect(played.holds("0 send", 0, "localRead")).toEqual([[4, 8]]);
    expect(played.holds("0 vector", 1, "localRead")).toEqual([[8, 12]]);
  });

  /** A shared port serves where the own direction's is taken: ST reads on the read port, LD writes on the shared one. */
  it("own port first, then a shared one", () => {
    const chip = tableChip((each) =>
      Object.assign(each.core.localMemory, { readPorts: 1, writePorts: 0, sharedPorts: 1 }),
    );
    const played = play(
      tableProgram(
        chip,
        [],
        [
          [0, "store", [store("gb", 32)]],
          [0, "load", [load("gb", 16)]],
        ],
      ),
      chip,
    );
    // ST reads [0,4) [4,8) on the read port; LD: global read [0,4), bus: ST's p0 asks at 4 too, LD's stage id is lower: [4,6), write [6,10).
    expect(played.holds("0 store", 0, "localRead")).toEqual([
      [0, 4],
      [4, 8],
    ]);
    expect(played.spans("0 load")).toEqual([[0, 10]]);
    // ST's bus [6,8) [8,10), global write [8,12) [12,16).
    expect(played.spans("0 store")).toEqual([[0, 16]]);
  });
});
