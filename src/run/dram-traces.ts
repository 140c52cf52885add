/** Request streams of a run's DRAM, for other simulators and for `wordline dram replay`. */

import { statSync } from "node:fs";
import { UserError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { TraceFile } from "../results/index.js";
import { DramRequestWriter, dramStreamFormOf } from "../trace/dram/index.js";

/** The files of one run. */
export class DramTraces {
  private readonly writers: DramRequestWriter[] = [];

  constructor(
    private readonly files: readonly string[],
    chip: Chip,
    ideal: readonly string[],
  ) {
    if (files.length === 0) return;
    if (chip.dram?.model !== "commands" || ideal.includes("dram"))
      throw new UserError({
        code: "no-dram-requests",
        message: "a DRAM request stream is only there where DRAM is played command by command",
        seen:
          chip.dram === undefined
            ? `${chip.name} has no DRAM`
            : `dram.model ${chip.dram.model}${ideal.includes("dram") ? ", made ideal" : ""}`,
        accepted: "a chip with dram.model: commands, without --ideal dram",
      });
    try {
      for (const file of files) this.writers.push(new DramRequestWriter(file, dramStreamFormOf(file)));
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /** What the simulation tells every accepted request to; undefined where no file is asked for. */
  get listener(): ((address: number, write: boolean, cycle: number) => void) | undefined {
    const { writers } = this;
    if (writers.length === 0) return undefined;
    return (address, write, cycle) => {
      for (const writer of writers) writer.add(address, write, cycle);
    };
  }

  /** Makes the files whole. */
  finish(): void {
    for (const writer of this.writers) writer.finish();
  }

  /** Drops them. */
  abort(): void {
    for (const writer of this.writers) writer.abort();
  }

  /** What was written. */
  written(): TraceFile[] {
    return this.files.map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return {
        file,
        form: `dram-${dramStreamFormOf(file)}` as const,
        bytes: stat?.isFile() ? stat.size : 0,
        filtered: false,
      };
    });
  }
}
