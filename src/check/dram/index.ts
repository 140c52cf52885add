/** The law on memory commands: what a stream of them may and may not do on a device, looked at pair by pair. */
export { type DramCheckOptions, DramCommandChecker } from "./checker.js";
export * from "./report.js";
