/**
 * Schema of a chip file: every field with its meaning, default and accepted values, declared once.
 * Validation, docs/chips.md and docs/chip.schema.json all come from here. Objects are strict: an unknown field is an error.
 */
import * as z from "zod";
import { MVM_MODES } from "./chip.js";
import { bandwidth, bytes, energy, frequency, power, time } from "./quantities.js";

function count(description: string) {
  return z.int().min(1).describe(description);
}

function arbitration() {
  return z
    .enum(["oldest", "round-robin", "fixed"])
    .default("oldest")
    .describe(
      "Who is served first of those that wait: the oldest request, the next after the last winner, or the lowest id",
    );
}

const packet = () => bytes("Grain: bytes of one grant");
const PACKET = "64 B";

function sram(what: string) {
  return z
    .strictObject({
      size: bytes("Capacity"),
      bandwidth: bandwidth("Rate of one port"),
      readPorts: z.int().min(0).default(1).describe("Ports that only read"),
      writePorts: z.int().min(0).default(1).describe("Ports that only write"),
      sharedPorts: z.int().min(0).default(0).describe("Ports that do either"),
      banks: count("Banks; a packet holds the bank of its first byte").default(1),
      interleave: bytes("Addresses go round the banks every so many bytes; without it every packet's worth").optional(),
      packet: packet().default(PACKET),
      arbitration: arbitration(),
    })
    .describe(what);
}

const bus = z
  .strictObject({
    kind: z.literal("bus").describe("One packet at a time, from any source to any set of destinations"),
    bandwidth: bandwidth("Rate of the bus"),
    clock: frequency("Clock of the bus, at most the chip's; without it the chip's").optional(),
    packet: packet().default(PACKET),
    arbitration: arbitration(),
  })
  .describe("A shared bus");

const mesh = z
  .strictObject({
    kind: z
      .literal("mesh")
      .describe("Two dimensions with XY routing; core k sits in column k mod columns, row floor(k / columns)"),
    columns: count("Nodes in a row"),
    rows: count("Rows of nodes"),
    bandwidth: bandwidth("Rate of one link"),
    clock: frequency("Clock of the links, at most the chip's; without it the chip's").optional(),
    hopTime: time("Delay of a router at each hop, in cycles of the mesh"),
    packet: packet().default(PACKET),
    arbitration: arbitration(),
    memoryNode: z.int().min(0).default(0).describe("Node where DRAM and the global buffer are attached"),
  })
  .describe("A mesh");

/** A value of a device's field. */
const setting = z.union([z.number(), z.string(), z.boolean()]);

const dram = z
  .strictObject({
    model: z
      .enum(["bandwidth", "commands"])
      .default("bandwidth")
      .describe("How DRAM is modelled: as bandwidth and latency, or command by command"),
    device: z
      .string()
      .min(1)
      .optional()
      .describe("DRAM device: a preset's name or a device file; `bandwidth` takes what it lacks from it"),
    settings: z
      .record(z.string(), z.union([setting, z.record(z.string(), setting)]))
      .optional()
      .describe(
        "Fields of the device to set, such as `controller: { rowBufferPolicy: CLOSE_PAGE }`, or DRAMsim3's names for them",
      ),
    policy: z
      .enum(["dramsim3", "ramulator2"])
      .default("dramsim3")
      .describe("`commands`: the controller's scheduling policy"),
    readAhead: bytes("`commands`: bytes a transfer may have asked for beyond those handed on").default("1 kB"),
    size: bytes("Capacity of all channels together"),
    channels: count("Channels; without it the device's, or 1").optional(),
    interleave: bytes(
      "`bandwidth`: addresses go round the channels every so many bytes; without it every packet's worth",
    ).optional(),
    clock: frequency("`bandwidth`: DRAM clock; without it the device's, or the chip's").optional(),
    bandwidth: bandwidth("`bandwidth`: rate of one channel; without it the device's peak").optional(),
    latency: time(
      "`bandwidth`: from request to first data, once a transfer, in cycles of the DRAM clock; without it a closed bank's",
      0,
    ).optional(),
    packet: packet().default(PACKET),
    arbitration: arbitration(),
    storeAck: z
      .enum(["accepted", "written"])
      .default("accepted")
      .describe("When a store is complete: when its last packet is accepted, or one latency later"),
  })
  .describe("Off-chip memory");

const adc = z
  .strictObject({
    kind: z.literal("adc").describe("Analogue-to-digital converters"),
    bits: z.int().min(1).max(16).describe("Resolution"),
    arraysPerGroup: count("Arrays that share one group of converters; more than 1 makes them compete").default(1),
    convertersPerGroup: count("Converters in a group"),
    conversionTime: time("One conversion"),
    pipelined: z.boolean().default(true).describe("Whether the next phase may settle while this one converts"),
    grain: z.enum(["phase", "mvm"]).default("phase").describe("What one grant of a shared group covers"),
    arbitration: arbitration(),
  })
  .describe("Analogue read-out");

const adderTree = z
  .strictObject({
    kind: z.literal("adderTree").describe("Digital summation in the array: no conversions"),
    latency: time("Latency of the tree, paid once after the last phase", 0).default(0),
  })
  .describe("Digital read-out");

const timing = z
  .discriminatedUnion("kind", [
    z
      .strictObject({
        kind: z.literal("composed").describe("Composed of bit phases and row groups"),
        phaseTime: time("Driving rows, settling and sampling of one phase (digital: the phase itself)"),
        rowsActive: count("Wordlines driven at once; without it all rows").optional(),
        inputBitsPerPhase: count("Input bits fed in one phase (DAC bits)").default(1),
        converter: z.discriminatedUnion("kind", [adc, adderTree]).describe("How results leave the array"),
      })
      .describe("Timing composed of phases"),
    z
      .strictObject({
        kind: z.literal("given").describe("Given as time a step"),
        rowsPerStep: count("Rows of one step"),
        columnsPerStep: count("Results (columns of weights) of one step"),
        stepTime: time("One step"),
      })
      .describe("Timing given as time a step"),
  ])
  .describe("How long one MVM takes");

const probability = z.number().gt(0).max(1);

const verify = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("none").describe("No verification") }).describe("Write without looking"),
    z
      .strictObject({
        kind: z.literal("read").describe("One read-back after each pulse group"),
        readTime: time("One read-back"),
      })
      .describe("Read back once"),
    z
      .strictObject({
        kind: z.literal("program").describe("Pulse and read until right"),
        readTime: time("One read-back"),
        maxPasses: count("Most passes of one pulse group"),
        passProbability: probability.describe("Chance that a pass leaves every cell of the group right"),
      })
      .describe("Program and verify"),
  ])
  .default({ kind: "none" })
  .describe("Verification of a write");

const write = z
  .strictObject({
    portsPerCore: count("Writes under way at once in a core").default(1),
    rowsPerPulse: count("Rows one pulse writes").default(1),
    pulseTime: time("One write pulse"),
    verify,
    doubleBanked: z
      .boolean()
      .default(false)
      .describe("A second bank takes writes while the active one computes; WSWAP exchanges them"),
    swapTime: time("Exchanging the banks; only on a double-banked chip").default(1),
    broadcast: z.boolean().default(true).describe("Whether one write can go to several arrays of the core together"),
  })
  .describe("The write port");

const arrays = z
  .strictObject({
    count: count("Arrays in a core"),
    rows: count("Wordlines"),
    columns: count("Physical columns (cells in a row)"),
    depth: count("Weights behind each multiplier, one of them active at a time").default(1),
    cellBits: z.int().min(1).max(16).describe("Bits one cell holds"),
    railsPerCell: z
      .union([z.literal(1), z.literal(2)])
      .default(1)
      .describe("Rails a cell drives: 2 where it holds a weight and its complement"),
    modes: z.array(z.enum(MVM_MODES)).min(1).default(["normal"]).describe("Modes an MVM can run in"),
    inputsFrom: z
      .enum(["localMemory", "globalBuffer", "dram"])
      .default("localMemory")
      .describe("Memory that input vectors come from"),
    weightsFrom: z
      .enum(["weightBuffer", "globalBuffer", "dram"])
      .default("weightBuffer")
      .describe("Memory that weights come from"),
    outputsTo: z
      .enum(["localMemory", "globalBuffer", "dram"])
      .default("localMemory")
      .describe("Memory that results go to"),
    inputRegisters: z
      .union([z.literal(1), z.literal(2)])
      .default(2)
      .describe("Input registers of an array: with 2 the next vector loads while one computes"),
    arraysPerInput: count("Arrays that one input transfer reaches").default(1),
    timing,
    accumulateTime: time("Shift-and-add and accumulation after the last phase of a vector; pipelined", 0).default(0),
    write,
  })
  .describe("The arrays (crossbars, macros) of a core");

const outstanding = z
  .strictObject({
    weightLoad: count("Weight loads").default(2),
    load: count("Loads").default(4),
    store: count("Stores").default(2),
    mvm: count("MVMs; without it arrays times input registers").optional(),
    send: count("Sends").default(2),
    receive: count("Receives").default(2),
  })
  .prefault({})
  .describe("Instructions a unit may have under way at once");

const core = z
  .strictObject({
    arrays,
    localMemory: sram("Memory of a core for activations"),
    weightBuffer: z
      .strictObject({
        size: bytes("Capacity"),
        bandwidth: bandwidth("Rate of its read port"),
      })
      .optional()
      .describe("Buffer that holds weights on their way to the arrays"),
    vectorUnit: z
      .strictObject({
        bandwidth: bandwidth("Bytes of result a time"),
        startTime: time("Start of an instruction, paid with its first packet", 0).default(0),
        packet: packet().default(PACKET),
      })
      .describe("Unit for everything but MVM"),
    mvmIssueTime: time("Least time between two MVM issues of the core").default(1),
    accumulatorBits: z.int().min(1).max(64).default(32).describe("Width of an accumulator entry"),
    accumulatorEntries: count("Accumulator entries").default(4096),
    semaphores: count("Semaphores").default(1024),
    channelCredits: count("Messages a channel holds before a sender waits").default(2),
    outstanding,
  })
  .describe("One core; all are alike");

const energyTable = z
  .strictObject({
    arrayMvm: energy("One array computing one vector, whatever its use of rows and columns").default("0 pJ"),
    cellPhase: energy("One cell of an active row in one phase").default("0 pJ"),
    conversion: energy("One conversion").default("0 pJ"),
    cellWrite: energy("One cell receiving one write pulse").default("0 pJ"),
    verifyRow: energy("One row read back for verification").default("0 pJ"),
    localMemoryReadPerByte: energy("One byte read from local memory").default("0 pJ"),
    localMemoryWritePerByte: energy("One byte written to local memory").default("0 pJ"),
    weightBufferPerByte: energy("One byte through the weight buffer").default("0 pJ"),
    globalBufferReadPerByte: energy("One byte read from the global buffer").default("0 pJ"),
    globalBufferWritePerByte: energy("One byte written to the global buffer").default("0 pJ"),
    dramReadPerByte: energy(
      "One byte read from DRAM; with `commands` what comes on top of them, without it the device's bursts",
    ).optional(),
    dramWritePerByte: energy("One byte written to DRAM; likewise").optional(),
    networkPerByte: energy("One byte over the bus, or over one mesh link").default("0 pJ"),
    vectorPerByte: energy("One byte of vector-unit result").default("0 pJ"),
    staticPower: power("Power drawn all the time").default("0 mW"),
  })
  .prefault({})
  .describe("Energy of one count of each kind, and static power; what is left out is not counted");

const widths = (what: string) =>
  z.array(z.int().min(1).max(32)).min(1).describe(`${what} widths the arrays run, in bits`);

/** The YAML form of a chip. */
export const chipSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]*$/)
      .describe("Name: lower-case letters, digits, dots and hyphens"),
    description: z.string().describe("What the chip is, in a sentence"),
    clock: frequency("On-chip clock; one tick is one of its cycles"),
    cores: count("Cores"),
    defaultPrecision: z
      .strictObject({
        weightBits: count("Weight bits"),
        activationBits: count("Activation bits"),
      })
      .describe("Bit widths of a network that states none"),
    weightBits: widths("Weight"),
    inputBits: widths("Input"),
    core,
    globalBuffer: sram("Memory that all cores share").optional(),
    network: z.discriminatedUnion("kind", [bus, mesh]).describe("What joins cores, DRAM and global buffer"),
    dram: dram.optional(),
    energy: energyTable,
    sources: z
      .record(z.string(), z.string().min(1))
      .optional()
      .describe("Where numbers come from: field path (or the start of one) to a text"),
  })
  .describe("A chip");

/** A chip file after validation, its defaults filled in. */
export type ChipForm = z.output<typeof chipSchema>;
