/** Maps, emits, checks and interprets a network, and compares every stored tensor with plain loops. */
import { expect } from "vitest";
import { randomStream } from "../../src/base/index.js";
import type { Chip } from "../../src/hardware/index.js";
import { checkProgram, type Program } from "../../src/isa/index.js";
import { emit, type MapOptions, map } from "../../src/mapper/index.js";
import type { Mapping } from "../../src/mapping/index.js";
import { limitsOf } from "../../src/run/limits.js";
import type { Network } from "../../src/workload/index.js";
import { Interpreter } from "./interpreter.js";
import { referenceTensors } from "./numbers.js";

/** The mapping and program of a network that runs right in several random orders. */
export function runRight(
  network: Network,
  chip: Chip,
  options: MapOptions = {},
  orders = 2,
): { mapping: Mapping; program: Program } {
  const mapping = map(network, chip, options);
  return { mapping, program: emitsRight(mapping, network, chip, orders) };
}

/** The program of a mapping that runs right in several random orders. */
export function emitsRight(mapping: Mapping, network: Network, chip: Chip, orders = 2): Program {
  const program = emit(mapping, network, chip);
  expect(checkProgram(program, limitsOf(chip))).toEqual([]);
  const wanted = Array.from({ length: mapping.batch }, (_, s) => referenceTensors(network, mapping.precision, s));
  for (let order = 0; order < orders; order++) {
    const interpreter = new Interpreter(program, chip, network, randomStream(order, "interleaving"));
    interpreter.run();
    for (const tensor of program.tensors)
      for (let sample = 0; sample < mapping.batch; sample++)
        wanted[sample]![tensor.tensor]!.forEach((value, index) => {
          const made = isWhole(tensor.tensor) ? interpreter.element(tensor.tensor, sample, index) : value;
          if (made !== value)
            throw new Error(
              `${network.name}: ${tensor.name} sample ${sample} element ${index} is ${made}, not ${value}`,
            );
        });
  }
  return program;

  /** A tensor that streams in some partitions is not stored as a whole. */
  function isWhole(tensor: number): boolean {
    const makers = mapping.partitions.flatMap((p) => p.layers).filter((layer) => layer.output === tensor);
    return makers.every((layer) => layer.stored);
  }
}
