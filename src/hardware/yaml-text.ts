/**
 * The text of a chip file: parsed YAML that still knows the line and column of every field.
 * Overrides are put into the document before validation, and are marked in messages because they have no line.
 */
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Place, Problem } from "../base/index.js";
import { type Path, pathParts, pathText } from "./schema-walk.js";

/** What a caller sets in a chip before it is validated: field path to value; null takes the field away. */
export type Overrides = Readonly<Record<string, unknown>>;

/** A parsed chip file. */
export class YamlText {
  readonly problems: Problem[] = [];
  /** The plain value; undefined where the text is not YAML. */
  readonly value: unknown;
  private readonly document: Document;
  private readonly lines = new LineCounter();
  private readonly overridden: string[] = [];

  constructor(
    text: string,
    private readonly file: string,
    overrides: Overrides = {},
  ) {
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false, uniqueKeys: true });
    let readable = true;
    for (const error of [...this.document.errors, ...this.document.warnings]) {
      if (error.code !== "DUPLICATE_KEY") readable = false;
      const { line, col } = this.lines.linePos(error.pos[0]);
      this.problems.push({
        code: error.code === "DUPLICATE_KEY" ? "duplicate-field" : "not-yaml",
        message: error.code === "DUPLICATE_KEY" ? "the field is given twice" : `not valid YAML: ${error.message}`,
        place: { file, line, column: col },
        ...(error.code === "DUPLICATE_KEY" ? { seen: this.wordAt(text, error.pos[0]) } : {}),
      });
    }
    if (!readable) return;
    for (const [path, value] of Object.entries(overrides)) this.override(path, value);
    try {
      this.value = this.document.toJS();
    } catch (error) {
      this.problems.push({ code: "not-yaml", message: `not valid YAML: ${(error as Error).message}`, place: { file } });
    }
  }

  /** The place of a field's value, or of its name; of the nearest field around it where it is missing. */
  place(path: Path, part: "name" | "value" = "value"): Place {
    const field = pathText(path);
    if (this.overridden.some((set) => set === field || field.startsWith(`${set}.`)))
      return { file: `${this.file} (override)`, field };
    let node: unknown = this.document.contents;
    let offset = isNode(node) ? node.range?.[0] : undefined;
    for (const [index, key] of path.entries()) {
      let found: unknown;
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
        if (!pair || !isNode(pair.key)) break;
        const nameOnly = part === "name" && index === path.length - 1;
        offset = pair.key.range?.[0] ?? offset;
        found = pair.value;
        // A block map starts on the next line; the name it hangs on says more.
        if (!nameOnly && isNode(found) && !isMap(found) && found.range) offset = found.range[0];
      } else if (isSeq(node)) {
        found = node.items[Number(key)];
        if (isNode(found) && found.range) offset = found.range[0];
      }
      if (found === undefined || found === null) break;
      node = found;
    }
    const { line, col } = this.lines.linePos(offset ?? 0);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col), field };
  }

  private override(path: string, value: unknown): void {
    const keys = pathParts(path);
    try {
      if (value === null) this.document.deleteIn(keys);
      else this.document.setIn(keys, this.document.createNode(value));
      if (value !== null) this.overridden.push(path);
    } catch {
      this.problems.push({
        code: "bad-override",
        message: "the override goes into a field that has no fields of its own",
        place: { file: this.file, field: path },
      });
    }
  }

  private wordAt(text: string, offset: number): string {
    return /^[^\s:]*/.exec(text.slice(offset))![0];
  }
}
