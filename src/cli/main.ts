/**
 * The program `wordline`: commands work in a thread of their own, so that this one can hear Ctrl-C and draw progress meanwhile.
 * The words of both sides are in messages.ts.
 */
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  const { launch } = await import("./launch.js");
  launch(new URL(import.meta.url), process.argv.slice(2));
} else {
  const { work } = await import("./work.js");
  await work();
}
