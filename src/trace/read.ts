/**
 * Reading a CSV trace, plain or gzipped, in bounded memory: the rows are played into any sink.
 * So a file can be collected, filtered again, or turned into another form by the sinks a run uses.
 */
import * as fs from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { UserError } from "../base/index.js";
import { CsvParser } from "./csv-parser.js";
import { systemReason } from "./file-output.js";
import type { TraceSink } from "./record.js";
import { MemorySink, type TraceTable } from "./table.js";
import { abortSink } from "./tee.js";

const CHUNK_BYTES = 1 << 20;

/** Plays a trace file into a sink: header, rows, footer. Where the file is wrong the sink's output is dropped and every problem found is thrown. */
export async function readTrace(file: string, sink: TraceSink): Promise<void> {
  const parser = new CsvParser(file, sink);
  try {
    for await (const bytes of unpackedChunks(file)) parser.chunk(bytes);
    await sink.end(parser.finish());
  } catch (error) {
    abortSink(sink);
    throw readError(file, error);
  }
}

/** The whole of a trace file as columns in memory. */
export async function collectTrace(file: string): Promise<TraceTable> {
  const sink = new MemorySink();
  await readTrace(file, sink);
  return sink.table;
}

/** The file's bytes, gunzipped where it begins as gzip does, whatever its name. */
export async function* unpackedChunks(file: string): AsyncGenerator<Buffer> {
  const chunks = fileChunks(file);
  try {
    const first = await chunks.next();
    if (first.done) return;
    const whole = (async function* () {
      yield first.value;
      yield* chunks;
    })();
    if (first.value[0] === 0x1f && first.value[1] === 0x8b) {
      // `pipeline` hands an error of either side to whoever iterates; there is nothing left to do in the callback.
      yield* pipeline(
        Readable.from(whole),
        createGunzip({ chunkSize: CHUNK_BYTES }),
        () => {},
      ) as AsyncIterable<Buffer>;
    } else yield* whole;
  } finally {
    // A reader that stops early closes the file here.
    await chunks.return(undefined);
  }
}

async function* fileChunks(file: string): AsyncGenerator<Buffer> {
  const handle = await fs.open(file, "r");
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** What went wrong while a file was read, in one message. */
export function readError(file: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof UserError || code === undefined) return error;
  const place = { file };
  if (code === "Z_BUF_ERROR")
    return new UserError({ code: "trace-truncated", message: "the compressed file is cut off", place });
  if (code.startsWith("Z_"))
    return new UserError({
      code: "trace-gzip",
      message: "the compressed file is damaged",
      place,
      seen: systemReason(error),
    });
  if (typeof (error as NodeJS.ErrnoException).syscall !== "string") return error;
  return new UserError({
    code: "trace-file",
    message: "cannot read this trace file",
    place,
    seen: systemReason(error),
  });
}
