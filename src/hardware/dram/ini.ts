/**
 * Reading the form of DRAMsim3's `.ini` files: sections, `key = value`, comments behind `;` or `#`.
 * Done here because the form is that small, and because a package would not say on which line a key stands.
 */
import { type Problem, UserError } from "../../base/index.js";

/** One key of a file. */
export interface IniEntry {
  section: string;
  key: string;
  value: string;
  line: number;
}

/** The keys of a text in their order. */
export function parseIni(text: string, file: string): IniEntry[] {
  const entries: IniEntry[] = [];
  const problems: Problem[] = [];
  let section = "";
  for (const [index, whole] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const content = whole.replace(/(^|\s)[;#].*$/, "").trim();
    if (content === "") continue;
    const head = /^\[([^\]]+)\]$/.exec(content);
    if (head) {
      section = head[1]!.trim();
      continue;
    }
    const pair = /^([A-Za-z_]\w*)\s*[=:]\s*(.*)$/.exec(content);
    if (!pair)
      problems.push({
        code: "not-ini",
        message: "neither a section nor a key with a value",
        place: { file, line },
        seen: JSON.stringify(content.slice(0, 60)),
        accepted: "[section], or key = value",
      });
    else {
      const [, key, value] = pair as unknown as [string, string, string];
      const first = entries.find((entry) => entry.key === key && entry.section === section);
      if (first)
        problems.push({
          code: "duplicate-field",
          message: `the key is given twice, first in line ${first.line}`,
          place: { file, line },
          seen: key,
        });
      entries.push({ section, key, value, line });
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return entries;
}
