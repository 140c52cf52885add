/**
 * Output files that appear whole or not at all (law 14).
 * Bytes go to `NAME.partial-<pid>` beside the target, synchronously, so that memory stays bounded; the end renames it.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { isMainThread, threadId } from "node:worker_threads";
import * as zlib from "node:zlib";
import { invariant, UserError } from "../base/index.js";
import type { ByteOutput } from "./row-buffer.js";

/** The system calls an output needs; tests put their own in place. */
export interface FileCalls {
  open(file: string): number;
  /** Returns how many bytes were taken. */
  write(descriptor: number, bytes: Uint8Array, offset: number, length: number): number;
  close(descriptor: number): void;
  rename(from: string, to: string): void;
  remove(file: string): void;
}

/** The real system calls. */
export const NODE_FILE_CALLS: FileCalls = {
  open: (file) => fs.openSync(file, "w"),
  write: (descriptor, bytes, offset, length) => fs.writeSync(descriptor, bytes, offset, length),
  close: (descriptor) => fs.closeSync(descriptor),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (file) => fs.rmSync(file, { force: true }),
};

/** How a file is written. */
export interface FileOutputOptions {
  /** Default: whether the name ends in `.gz`. */
  gzip?: boolean;
  /** Compression level, 1 (default) to 9: a trace's rows shrink little more above 1, and take several times longer. */
  level?: number;
  calls?: FileCalls;
}

/** The reason a system call gave, e.g. "ENOSPC: no space left on device". */
export function systemReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split(/, (?:open|write|close|rename|unlink|rm|stat|lstat|read|fsync|scandir)\b/)[0]!;
}

/** Outputs not yet finished, so that an interrupted process can remove its partial files. */
const openOutputs = new Set<FileOutput>();
let exitHooked = false;

/** Drops every unfinished output of this thread; for a handler of Ctrl-C. Also runs by itself when the process exits. */
export function abortOpenOutputs(): void {
  for (const output of [...openOutputs]) output.abort();
}

/** One output file. Every failure removes the partial file and is thrown as one `UserError` naming the path. */
export class FileOutput implements ByteOutput {
  /** Bytes given to `write`, before compression. */
  bytesTaken = 0;
  /** Bytes in the file. */
  bytesWritten = 0;
  private readonly target: string;
  /** Undefined where the target is a device or a pipe, which must not be replaced. */
  private readonly partial: string | undefined;
  private readonly descriptor: number;
  private readonly calls: FileCalls;
  private readonly gzip: GzipStream | undefined;
  private state: "open" | "finished" | "aborted" = "open";

  constructor(
    /** The name as the user gave it. */
    readonly file: string,
    options: FileOutputOptions = {},
  ) {
    this.calls = options.calls ?? NODE_FILE_CALLS;
    const { target, replaceable } = resolveTarget(file);
    this.target = target;
    for (const other of openOutputs)
      if (other.target === target)
        throw new UserError({ code: "output-twice", message: "two outputs go to one file", place: { file } });
    this.partial = replaceable ? `${target}.partial-${process.pid}${isMainThread ? "" : `-${threadId}`}` : undefined;
    try {
      this.descriptor = this.calls.open(this.partial ?? target);
    } catch (error) {
      this.state = "aborted";
      throw writeError(file, error);
    }
    openOutputs.add(this);
    if (!exitHooked) {
      exitHooked = true;
      process.once("exit", abortOpenOutputs);
    }
    if (options.gzip ?? file.endsWith(".gz")) {
      this.gzip = new GzipStream(options.level ?? 1);
      this.put(this.gzip.start());
    }
  }

  write(bytes: Uint8Array): void {
    invariant(this.state === "open", `${this.file} is written after its end`);
    this.bytesTaken += bytes.length;
    this.put(this.gzip ? this.gzip.chunk(bytes) : bytes);
  }

  finish(): void {
    invariant(this.state === "open", `${this.file} is ended twice`);
    if (this.gzip) this.put(this.gzip.end());
    this.attempt(() => this.calls.close(this.descriptor));
    const partial = this.partial;
    if (partial !== undefined) this.attempt(() => this.calls.rename(partial, this.target));
    this.state = "finished";
    openOutputs.delete(this);
  }

  abort(): void {
    if (this.state !== "open") return;
    this.state = "aborted";
    openOutputs.delete(this);
    quietly(() => this.calls.close(this.descriptor));
    const partial = this.partial;
    if (partial !== undefined) quietly(() => this.calls.remove(partial));
  }

  /** All the bytes, however few the system takes at a time. */
  private put(bytes: Uint8Array): void {
    this.attempt(() => {
      for (let offset = 0; offset < bytes.length; )
        offset += this.calls.write(this.descriptor, bytes, offset, bytes.length - offset);
      this.bytesWritten += bytes.length;
    });
  }

  private attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.abort();
      throw writeError(this.file, error);
    }
  }
}

/** The file behind symbolic links, and whether it may be replaced by a rename. */
function resolveTarget(file: string): { target: string; replaceable: boolean } {
  const target = path.resolve(file);
  try {
    const stat = fs.statSync(target, { throwIfNoEntry: false });
    if (stat === undefined) return { target, replaceable: true };
    // A folder stays "replaceable": it is refused below by its own reason, before anything is written.
    if (stat.isDirectory()) throw Object.assign(new Error("EISDIR: this is a folder"), { code: "EISDIR" });
    return { target: fs.realpathSync(target), replaceable: stat.isFile() };
  } catch (error) {
    throw writeError(file, error);
  }
}

function writeError(file: string, error: unknown): unknown {
  if (error instanceof UserError || (error as NodeJS.ErrnoException).code === undefined) return error;
  const hints: Record<string, string> = {
    ENOENT: "a name in a folder that exists",
    EISDIR: "the name of a file",
    ENOTDIR: "a name in a folder that exists",
  };
  const accepted = hints[(error as NodeJS.ErrnoException).code ?? ""];
  return new UserError({
    code: "output-file",
    message: "cannot write this file; nothing is left under its name",
    place: { file },
    seen: systemReason(error),
    ...(accepted === undefined ? {} : { accepted }),
  });
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // The first failure is the one to tell.
  }
}

/**
 * A gzip file of one member, made by synchronous calls: each chunk is flushed to a byte boundary (RFC 1951 3.2.4), so that the
 * chunks joined are one deflate stream. Some readers stop after the first of several members; none can here.
 */
class GzipStream {
  private check = 0;
  private size = 0;

  constructor(private readonly level: number) {}

  start(): Uint8Array {
    // RFC 1952: magic, deflate, no flags, no time (equal runs give equal files), system unknown.
    return Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
  }

  chunk(bytes: Uint8Array): Uint8Array {
    this.check = zlib.crc32(bytes, this.check);
    this.size = (this.size + bytes.length) >>> 0;
    return zlib.deflateRawSync(bytes, { level: this.level, finishFlush: zlib.constants.Z_SYNC_FLUSH });
  }

  end(): Uint8Array {
    const tail = Buffer.alloc(10);
    tail.set([0x03, 0x00]); // an empty last block
    tail.writeUInt32LE(this.check, 2);
    tail.writeUInt32LE(this.size, 6);
    return tail;
  }
}
