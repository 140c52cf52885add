/** Sinks of a run: several joined into one, a memory with a limit, and the two ticks that tell a first load. */
import {
  abortSink,
  type HoldRecord,
  type InstructionRecord,
  MemorySink,
  type TraceFooter,
  type TraceHeader,
  type TraceSink,
  type TraceTable,
} from "../trace/index.js";

/** Several sinks as one. `simulate` does not wait for the end of a sink, so whoever ran it waits for `ended`. */
export class JoinedSink implements TraceSink {
  /** Settles when every sink has ended; a failure of one is thrown here. */
  ended: Promise<void> = Promise.resolve();

  constructor(private readonly sinks: readonly TraceSink[]) {}

  begin(header: TraceHeader): void {
    for (const sink of this.sinks) sink.begin(header);
  }

  instruction(record: Readonly<InstructionRecord>): void {
    for (let i = 0; i < this.sinks.length; i++) this.sinks[i]!.instruction(record);
  }

  hold(record: Readonly<HoldRecord>): void {
    for (let i = 0; i < this.sinks.length; i++) this.sinks[i]!.hold(record);
  }

  end(footer: TraceFooter): void {
    this.ended = Promise.all(this.sinks.map((sink) => sink.end(footer))).then(() => undefined);
  }

  /** Drops the outputs of all. */
  abort(): void {
    for (const sink of this.sinks) abortSink(sink);
  }
}

/** Keeps a trace in memory up to so many rows; beyond them it lets go of everything. */
export class LimitedMemory implements TraceSink {
  private memory: MemorySink | undefined = new MemorySink();
  private left: number;

  constructor(readonly limitRows: number) {
    this.left = limitRows;
  }

  begin(header: TraceHeader): void {
    this.memory?.begin(header);
  }

  instruction(record: Readonly<InstructionRecord>): void {
    if (this.memory === undefined) return;
    if (--this.left < 0) this.memory = undefined;
    else this.memory.instruction(record);
  }

  hold(record: Readonly<HoldRecord>): void {
    if (this.memory === undefined) return;
    if (--this.left < 0) this.memory = undefined;
    else this.memory.hold(record);
  }

  end(footer: TraceFooter): void {
    this.memory?.end(footer);
  }

  /** The trace, undefined where it was larger than the limit. */
  get table(): TraceTable | undefined {
    return this.memory?.table;
  }
}

/** Notes when the last weight was written and when the first MVM started. */
export class FirstLoadWatch implements TraceSink {
  lastWriteEndTick = 0;
  firstMvmStartTick = Number.POSITIVE_INFINITY;
  private units: string[] = [];

  begin(header: TraceHeader): void {
    for (const stream of header.streams) this.units[stream.id] = stream.unit;
  }

  instruction(record: Readonly<InstructionRecord>): void {
    const unit = this.units[record.stream];
    if (unit === "weightWrite" && record.endTick > this.lastWriteEndTick) this.lastWriteEndTick = record.endTick;
    if (unit === "mvm" && record.startTick < this.firstMvmStartTick) this.firstMvmStartTick = record.startTick;
  }

  hold(): void {}

  end(): void {}
}
