/** The two forms of a program file, by the ending of its name. */
import { UserError } from "../base/index.js";

/** The form a program's file name asks for. */
export function programFormOf(file: string): "text" | "binary" {
  if (file.endsWith(".cim")) return "text";
  if (file.endsWith(".cimb")) return "binary";
  throw new UserError({
    code: "program-name",
    message: "the name of a program file must say its form",
    place: { file },
    accepted: "a name ending in .cim (text) or .cimb (binary)",
  });
}
