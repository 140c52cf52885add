/** Reading a trace of memory requests, plain or gzipped, in bounded memory. */
import { readError, unpackedChunks } from "../read.js";
import { type DramRequestBatch, type DramRequestLimits, DramRequestParser } from "./request-parser.js";

/** Hands the requests of a file to `take`, batch by batch; where the file is wrong every problem found is thrown. */
export async function readDramRequests(
  file: string,
  limits: DramRequestLimits,
  take: (batch: DramRequestBatch) => void,
): Promise<void> {
  const parser = new DramRequestParser(file, limits, take);
  try {
    for await (const bytes of unpackedChunks(file)) parser.chunk(bytes);
    parser.finish();
  } catch (error) {
    throw readError(file, error);
  }
}
