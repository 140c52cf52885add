/** The interpreter must see faults, or its silence proves nothing: waits taken away and addresses moved, one at a time. */
import { describe, expect, it } from "vitest";
import { randomStream } from "../../src/base/index.js";
import { readChip } from "../../src/hardware/index.js";
import { type Instruction, type Program, packCode } from "../../src/isa/index.js";
import { emit, map } from "../../src/mapper/index.js";
import { NetworkBuilder } from "../../src/workload/index.js";
import { Interpreter } from "./interpreter.js";
import { referenceTensors } from "./numbers.js";

const chip = readChip("thread-2");
const builder = new NetworkBuilder("faults");
const first = builder.conv(builder.input("input", { height: 8, width: 8, channels: 4 }), {
  channels: 8,
  kernel: 3,
  padding: 1,
});
const second = builder.conv(first, { channels: 8, kernel: 3, padding: 1 });
builder.output(builder.conv(builder.sum(second, first), { channels: 24, kernel: 3 }));
const network = builder.build();
const mapping = map(network, chip, { batch: 2, strategy: "layerwise", spareRows: 0 });
const good = emit(mapping, network, chip);

function isRight(program: Program): boolean {
  for (let order = 0; order < 6; order++) {
    const interpreter = new Interpreter(program, chip, network, randomStream(order, "interleaving"));
    try {
      interpreter.run();
      for (let sample = 0; sample < 2; sample++) {
        const wanted = referenceTensors(network, mapping.precision, sample);
        for (const { tensor } of program.tensors)
          for (const [index, value] of wanted[tensor]!.entries())
            if (interpreter.element(tensor, sample, index) !== value) return false;
      }
    } catch {
      return false;
    }
  }
  return true;
}

/** The program with one instruction changed. */
function changed(stream: number, index: number, change: (instruction: Instruction) => void): Program {
  const streams = good.streams.map((one, at) => {
    if (at !== stream) return one;
    const code = Array.from({ length: one.code.length }, (_, i) => one.code.at(i));
    change(code[index]!);
    return { ...one, code: packCode(code) };
  });
  return { ...good, streams };
}

describe("faults", () => {
  it("the program itself is right", () => expect(isRight(good)).toBe(true));
  it("most waits are missed when gone, and every moved address", () => {
    const random = randomStream(3, "faults");
    const seen = { waits: 0, waitsFound: 0, addresses: 0, addressesFound: 0 };
    for (let n = 0; n < 80; n++) {
      const stream = Math.floor(random() * good.streams.length);
      const { code } = good.streams[stream]!;
      const index = Math.floor(random() * code.length);
      const instruction = code.at(index);
      if (instruction.waits && instruction.op !== "WAIT" && instruction.op !== "POST") {
        seen.waits++;
        // The tokens stay, so that the rest of the program still runs: one wait too early, made up for by the next.
        if (!isRight(changed(stream, index, (one) => delete one.waits))) seen.waitsFound++;
      }
      if (
        instruction.op === "LD" ||
        instruction.op === "ST" ||
        instruction.op === "ACC.OUT" ||
        instruction.op === "MVM"
      ) {
        seen.addresses++;
        const moved = changed(stream, index, (one) => {
          if (one.op === "LD" || one.op === "ST") one.source.address.base += 1;
          else if (one.op === "ACC.OUT") one.destination.base += 1;
          else if (one.op === "MVM") one.source.address.base += 1;
        });
        if (!isRight(moved)) seen.addressesFound++;
      }
    }
    expect(seen.waits).toBeGreaterThan(20);
    // Some waits are implied by others: only most of them are missed when gone.
    expect(seen.waitsFound / seen.waits).toBeGreaterThan(0.4);
    expect(seen.addressesFound).toBe(seen.addresses);
  });
});
