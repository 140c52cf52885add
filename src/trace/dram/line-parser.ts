/** What parsers of line files share: the line at hand, and the problems found so far. */
import { type Problem, UserError } from "../../base/index.js";
import { MOST_PROBLEMS } from "../csv-parser.js";

/** A parser of one file, line by line; at most MOST_PROBLEMS problems are collected before they are thrown. */
export class LineParser {
  protected readonly problems: Problem[] = [];
  /** The line at hand, from 1. */
  protected line = 0;

  constructor(protected readonly file: string) {}

  /** Notes a problem of the line at hand. */
  protected problem(
    code: string,
    message: string,
    more: { field?: string; seen?: string; accepted?: string; nearest?: string },
  ): void {
    const { field, ...rest } = more;
    const place = { file: this.file, line: this.line, ...(field === undefined ? {} : { field }) };
    this.problems.push({ code, message, place, ...rest });
    if (this.problems.length >= MOST_PROBLEMS) throw new UserError(this.problems);
  }
}

/** The beginning of a text in quotes. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
