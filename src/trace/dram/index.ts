/** Traces of memory requests and of the commands they cause: readers and writers. */
export { readDramRequests } from "./read.js";
export { type DramCommandLine, DramCommandParser, readDramCommands } from "./read-commands.js";
export { type DramRequestBatch, type DramRequestLimits, DramRequestParser } from "./request-parser.js";
export {
  DRAM_STREAM_FORMS,
  DramRequestWriter,
  type DramStreamForm,
  dramStreamFormOf,
} from "./stream.js";
export { DRAM_COMMAND_HEADER, DRAM_REQUEST_HEADER, DramCommandFile, DramRequestFile } from "./write.js";
