/** Tables that a bench writes into a page of the documentation, between two marks. */
import { readFileSync, writeFileSync } from "node:fs";

/** A place in a page. */
export interface PagePart {
  page: string;
  begin: string;
  end: string;
}

function parts({ page, begin, end }: PagePart): { before: string; inside: string; after: string } {
  const text = readFileSync(page, "utf8");
  const start = text.indexOf(begin) + begin.length;
  const stop = text.indexOf(end);
  return { before: text.slice(0, start), inside: text.slice(start, stop).trim(), after: text.slice(stop) };
}

/** What stands there now. */
export function readPart(part: PagePart): string {
  return parts(part).inside;
}

/** Puts a table there. */
export function writePart(part: PagePart, table: string): void {
  const { before, after } = parts(part);
  writeFileSync(part.page, `${before}\n\n${table}\n\n${after}`);
}
