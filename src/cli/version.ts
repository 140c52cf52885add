/** The version of this package, read from its package.json. */
import { readFileSync } from "node:fs";

/** The version of this package. */
export function packageVersion(): string {
  // Both src/cli and dist/cli lie two folders below the package root.
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
