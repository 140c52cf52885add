/** Closed forms: one instruction unloaded, the bounds of a program, exact counts and energy. */
export * from "./terms.js";
export * from "./unloaded/index.js";
