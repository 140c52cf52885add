/** Writing results: files appear whole or not at all, folders are made where they are missing. */
import { mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../base/index.js";
import { FileOutput, systemReason } from "../trace/index.js";
import type { Terminal } from "./terminal.js";

const CHUNK_CHARACTERS = 1 << 20;

/** Writes a file from texts or bytes as they come; gzipped where its name ends in `.gz`. */
export function writeFile(terminal: Terminal, file: string, parts: Iterable<string | Uint8Array>): void {
  terminal.announce(file);
  const output = new FileOutput(file);
  try {
    let text = "";
    for (const part of parts) {
      if (typeof part !== "string") output.write(part);
      else {
        text += part;
        if (text.length < CHUNK_CHARACTERS) continue;
        output.write(Buffer.from(text));
        text = "";
      }
    }
    if (text !== "") output.write(Buffer.from(text));
    output.finish();
  } catch (error) {
    output.abort();
    throw error;
  }
}

/** Makes a folder, with those above it. */
export function makeFolder(terminal: Terminal, folder: string): void {
  try {
    makeFolders(resolve(folder), terminal);
  } catch (error) {
    throw new UserError({
      code: "output-folder",
      message: "cannot make this folder",
      place: { file: folder },
      seen: systemReason(error).replace(/, mkdir.*$/, ""),
      accepted: "a folder you may write to",
    });
  }
}

/** Not mkdirSync's own recursion: where the kernel says ENOENT below a folder that exists (/proc), that never ends. */
function makeFolders(folder: string, terminal: Terminal): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(folder) !== folder) makeFolders(dirname(folder), terminal);
  mkdirSync(folder);
  terminal.announceFolder(folder);
}

/** The path of a file in a folder that exists. */
export function inFolder(folder: string, name: string): string {
  return join(folder, name);
}

/** A value as JSON text with a line end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Bytes of a file that was written; 0 for a device. */
export function fileSize(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : 0;
}

/** Lines with their ends. */
export function* withLineEnds(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}
