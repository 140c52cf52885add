/** Several sinks as one: a run that writes a file, counts and collects at once. */
import type { FileTraceSink } from "./csv.js";
import type { HoldRecord, InstructionRecord, TraceFooter, TraceHeader, TraceSink } from "./record.js";

/** Drops the output of a sink that has one. */
export function abortSink(sink: TraceSink): void {
  if ("abort" in sink && typeof sink.abort === "function") sink.abort();
}

/** Hands every fact to each sink in turn; where one fails, the outputs of all are dropped and the failure goes on. */
export class TeeSink implements FileTraceSink {
  constructor(private readonly sinks: readonly TraceSink[]) {}

  begin(header: TraceHeader): void {
    try {
      for (const sink of this.sinks) sink.begin(header);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  instruction(record: Readonly<InstructionRecord>): void {
    try {
      for (let i = 0; i < this.sinks.length; i++) this.sinks[i]!.instruction(record);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  hold(record: Readonly<HoldRecord>): void {
    try {
      for (let i = 0; i < this.sinks.length; i++) this.sinks[i]!.hold(record);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  async end(footer: TraceFooter): Promise<void> {
    try {
      for (const sink of this.sinks) await sink.end(footer);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  abort(): void {
    for (const sink of this.sinks) abortSink(sink);
  }
}
