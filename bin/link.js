/**
 * Run by `npm run prepare` in a clone: puts `wordline` among the commands of node_modules, so that `npx wordline` starts this very
 * checkout. Without it npx links the package into a cache of its own first, which takes half a minute and wants the network.
 */
import { existsSync, lstatSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../node_modules/.bin/", import.meta.url);
const link = fileURLToPath(new URL("wordline", folder));
try {
  if (existsSync(new URL("../node_modules/", import.meta.url))) {
    mkdirSync(folder, { recursive: true });
    if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link);
    symlinkSync("../../bin/wordline.js", link);
  }
} catch {
  // Where links are not allowed, npx falls back to its own way.
}
