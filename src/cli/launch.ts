/** The thread that listens: starts the working thread, prints its words, and ends it on Ctrl-C without leaving half files. */
import { rmdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { Worker } from "node:worker_threads";
import pc from "picocolors";
import { INTERRUPTED, type WorkerInput, type WorkerMessage } from "./messages.js";
import { ProgressLine } from "./progress-line.js";

/** Exit code of a process ended by a signal: 128 + its number. */
const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
/** How long the working thread may take to stop by itself. */
const STOP_MILLISECONDS = 3000;

/** Runs a command line in a working thread made from `main`. */
export function launch(main: URL, argv: string[]): void {
  const stop = new SharedArrayBuffer(4);
  const line = process.stderr.isTTY ? new ProgressLine(process.stderr) : undefined;
  const input: WorkerInput = { argv, colors: pc.isColorSupported, showsProgress: line !== undefined, stop };
  const worker = new Worker(main, { workerData: input });
  const threadId = worker.threadId;
  const files: string[] = [];
  const folders: string[] = [];
  let exit: number | undefined;
  let stopping: number | undefined;

  const write = quietWriter();
  worker.on("message", (message: WorkerMessage) => {
    if ("progress" in message) line?.show(message.progress);
    else if ("file" in message) files.push(message.file);
    else if ("folder" in message) folders.push(message.folder);
    else if ("exit" in message) exit = message.exit;
    else {
      line?.show(undefined);
      if ("out" in message) write(process.stdout, message.out);
      else write(process.stderr, message.err);
    }
  });
  worker.on("error", (error) => {
    line?.show(undefined);
    write(process.stderr, `wordline: internal error (please report it): ${error.stack ?? error.message}\n`);
    exit = 1;
  });
  worker.on("exit", (code) => {
    line?.show(undefined);
    // A thread that was ended hard could not remove its unfinished files.
    for (const file of files) rmSync(`${resolve(file)}.partial-${process.pid}-${threadId}`, { force: true });
    removeEmptyFolders(folders);
    // A thread that stopped by itself has said so.
    if (stopping !== undefined && exit === undefined) write(process.stderr, `wordline: ${INTERRUPTED}\n`);
    if (stopping !== undefined && exit === 0) write(process.stderr, "wordline: interrupted when its work was done\n");
    process.exitCode = stopping ?? exit ?? code;
    for (const signal of Object.keys(SIGNAL_EXITS)) process.removeAllListeners(signal);
  });

  for (const [signal, code] of Object.entries(SIGNAL_EXITS))
    process.on(signal, () => {
      const again = stopping !== undefined;
      stopping = code;
      Atomics.store(new Int32Array(stop), 0, 1);
      if (again) void worker.terminate();
      else setTimeout(() => void worker.terminate(), STOP_MILLISECONDS).unref();
    });
}

/** Writes until the reader has gone (`wordline … | head`), then no more. */
function quietWriter(): (stream: NodeJS.WriteStream, text: string) => void {
  const gone = new Set<NodeJS.WriteStream>();
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      gone.add(stream);
    });
  return (stream, text) => {
    if (!gone.has(stream)) stream.write(text);
  };
}

/** Removes folders that were made, the last first, where nothing was put into them. */
function removeEmptyFolders(made: readonly string[]): void {
  for (const folder of [...made].reverse())
    try {
      rmdirSync(folder);
    } catch {
      // Something is in it, or somebody else took it away: it is not ours any more.
    }
}
