/** Lines of `.cim` text into tokens: words and `key=value` pairs with their columns, `;` comments left out, quotes kept whole. */
import { nearestName } from "../base/index.js";

/** A piece of a line; columns count from 1. */
export interface Token {
  text: string;
  column: number;
}

/** The lines of a text. */
export function* linesOf(text: string): Generator<string> {
  let from = 0;
  while (from < text.length) {
    const end = text.indexOf("\n", from);
    const to = end < 0 ? text.length : end;
    yield text.slice(from, text[to - 1] === "\r" && to > from ? to - 1 : to);
    from = to + 1;
  }
}

/** The tokens of one line. */
export function tokensOf(line: string, problem: (column: number, message: string) => void): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < line.length) {
    const character = line[at]!;
    if (character === " " || character === "\t") {
      at++;
      continue;
    }
    if (character === ";") break;
    const from = at;
    while (at < line.length && !" \t;".includes(line[at]!)) {
      if (line[at] === '"') {
        const quote = at;
        for (at++; at < line.length && line[at] !== '"'; at++) if (line[at] === "\\") at++;
        if (at >= line.length) {
          problem(quote + 1, "a quoted text does not end on its line");
          return [];
        }
      }
      at++;
    }
    tokens.push({ text: line.slice(from, at), column: from + 1 });
  }
  return tokens;
}

/** What is told about a pair that cannot be. */
export type PairProblem = (
  column: number,
  code: string,
  message: string,
  more?: { seen?: string; accepted?: string; nearest?: string | undefined },
) => void;

/** The values of `key=value` tokens by key, each with the column of its value; unknown and doubled keys are problems. */
export function pairsOf(tokens: readonly Token[], known: readonly string[], problem: PairProblem): Map<string, Token> {
  const pairs = new Map<string, Token>();
  for (const { text, column } of tokens) {
    const equals = text.indexOf("=");
    if (equals <= 0) {
      problem(column, "no-pair", "expected key=value", { seen: text });
      continue;
    }
    const key = text.slice(0, equals);
    if (!known.includes(key))
      problem(column, "unknown-key", "no such key", {
        seen: key,
        accepted: known.length > 0 ? known.join(", ") : "none",
        nearest: nearestName(key, known),
      });
    else if (pairs.has(key)) problem(column, "doubled-key", "the key stands twice", { seen: key });
    else pairs.set(key, { text: text.slice(equals + 1), column: column + equals + 1 });
  }
  return pairs;
}
