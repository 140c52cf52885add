/** Columns of what streams wait for: semaphores, channels, input registers, shadow banks, barriers. */
import type { Chip } from "../../hardware/index.js";
import type { Program } from "../../isa/index.js";
import type { Decoded } from "../decode.js";
import { f64, i32, u8 } from "./filled.js";
import { StreamColumns } from "./streams.js";

/** Tokens of one run, beside its streams. */
export class TokenColumns extends StreamColumns {
  readonly cores: number;
  readonly arraysPerCore: number;

  readonly semaphoreCount: Int32Array;
  readonly semaphoreTick: Float64Array;
  readonly semaphoreBefore: Int32Array;
  readonly semaphorePoster: Int32Array;
  readonly semaphorePosterN: Int32Array;
  readonly semaphoreNode: Int32Array;
  readonly semaphoreWaiter: Int32Array;
  readonly semaphoreNeed: Int32Array;
  readonly channelSent: Int32Array;
  readonly channelArrived: Int32Array;
  readonly channelSender: Int32Array;
  readonly channelReceiver: Int32Array;
  readonly channelFreeTick: Float64Array;
  readonly channelFreeCount: Int32Array;
  readonly channelFreeStream: Int32Array;
  readonly channelFreeN: Int32Array;
  readonly channelFreeNode: Int32Array;
  readonly channelMessageTick: Float64Array;
  readonly channelMessageBefore: Int32Array;
  readonly channelMessageStream: Int32Array;
  readonly channelMessageN: Int32Array;
  readonly channelMessageNode: Int32Array;
  readonly channelLengths: Float64Array;
  readonly channelHead: Int32Array;
  readonly channelTail: Int32Array;
  readonly registersFree: Int32Array;
  readonly registerFreeTick: Float64Array;
  readonly registerFreeCount: Int32Array;
  readonly registerFreeStream: Int32Array;
  readonly registerFreeN: Int32Array;
  readonly registerFreeNode: Int32Array;
  readonly shadowBusy: Uint8Array;
  readonly shadowFreeTick: Float64Array;
  readonly shadowFreeStream: Int32Array;
  readonly shadowFreeN: Int32Array;
  readonly shadowFreeNode: Int32Array;
  readonly barrierArrived: Int32Array;

  constructor(program: Program, chip: Chip, decoded: Decoded) {
    super(program, chip, decoded);
    this.cores = program.cores;
    this.arraysPerCore = chip.core.arrays.count;

    const semaphores = this.decoded.semaphores.length;
    this.semaphoreCount = i32(semaphores);
    this.semaphoreTick = f64(semaphores, -1);
    this.semaphoreBefore = i32(semaphores);
    this.semaphorePoster = i32(semaphores, -1);
    this.semaphorePosterN = i32(semaphores, -1);
    this.semaphoreNode = i32(semaphores, -1);
    this.semaphoreWaiter = i32(semaphores, -1);
    this.semaphoreNeed = i32(semaphores);

    const channels = this.decoded.channels.length;
    const credits = chip.core.channelCredits;
    this.channelSent = i32(channels);
    this.channelArrived = i32(channels);
    this.channelSender = i32(channels, -1);
    this.channelReceiver = i32(channels, -1);
    this.channelFreeTick = f64(channels, -1);
    this.channelFreeCount = i32(channels);
    this.channelFreeStream = i32(channels, -1);
    this.channelFreeN = i32(channels, -1);
    this.channelFreeNode = i32(channels, -1);
    this.channelMessageTick = f64(channels, -1);
    this.channelMessageBefore = i32(channels);
    this.channelMessageStream = i32(channels, -1);
    this.channelMessageN = i32(channels, -1);
    this.channelMessageNode = i32(channels, -1);
    this.channelLengths = f64(channels * credits);
    this.channelHead = i32(channels);
    this.channelTail = i32(channels);

    const arrays = this.cores * this.arraysPerCore;
    this.registersFree = i32(arrays, chip.core.arrays.inputRegisters);
    this.registerFreeTick = f64(arrays, -1);
    this.registerFreeCount = i32(arrays);
    this.registerFreeStream = i32(arrays, -1);
    this.registerFreeN = i32(arrays, -1);
    this.registerFreeNode = i32(arrays, -1);
    this.shadowBusy = u8(arrays);
    this.shadowFreeTick = f64(arrays, -1);
    this.shadowFreeStream = i32(arrays, -1);
    this.shadowFreeN = i32(arrays, -1);
    this.shadowFreeNode = i32(arrays, -1);
    this.barrierArrived = i32(this.decoded.barriers.length);
  }
}
