/** The working thread: runs one command line and tells the other thread what to print. */
import { parentPort, workerData } from "node:worker_threads";
import { runCli } from "./cli.js";
import type { WorkerInput, WorkerMessage } from "./messages.js";
import type { Terminal } from "./terminal.js";

/** Least milliseconds between two messages of progress. */
const PROGRESS_EVERY = 50;

/** Runs the command line this thread was given. */
export async function work(): Promise<void> {
  const input = workerData as WorkerInput;
  const port = parentPort!;
  const stop = new Int32Array(input.stop);
  const say = (message: WorkerMessage) => port.postMessage(message);
  let lastProgress = 0;
  const terminal: Terminal = {
    out: (text) => say({ out: text }),
    err: (text) => say({ err: text }),
    progress: (progress) => {
      const now = Date.now();
      if (!input.showsProgress || (progress !== undefined && now - lastProgress < PROGRESS_EVERY)) return;
      lastProgress = now;
      say({ progress });
    },
    showsProgress: input.showsProgress,
    colors: input.colors,
    aborted: () => Atomics.load(stop, 0) !== 0,
    announce: (file) => say({ file }),
    announceFolder: (folder) => say({ folder }),
  };
  const exit = await runCli(input.argv, terminal);
  say({ exit });
  port.close();
}
