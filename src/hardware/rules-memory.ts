/** Checks of memories and network: what is named exists, what feeds is as fast as what drinks, packets fit. */
import { type Rational, toNumber } from "../base/index.js";
import type { FormReader } from "./form-reader.js";
import type { Rule } from "./rules.js";

/** A rate for a message, with the bytes a tick behind it. */
function rateText(form: FormReader, path: string, clock = "clock"): string {
  const perTick = 1 / toNumber(form.ticksPerByte(path, clock));
  return `${form.text(path)} (${Number(perTick.toPrecision(4))} B a tick)`;
}

const faster = (a: Rational, b: Rational) => toNumber(a) < toNumber(b) * (1 - 1e-12);

/** The bus (or a mesh link) must not be faster than a memory it feeds: the difference could never be used. */
function networkFits(memory: string, port: string): Rule {
  return (form, report) => {
    if (!form.has(memory)) return;
    const bus = form.ticksPerByte("network.bandwidth", "network.clock");
    if (!faster(bus, form.ticksPerByte(`${memory}.bandwidth`))) return;
    const kind = form.value("network.kind") === "mesh" ? "a link of the mesh" : "the bus";
    report({
      path: "network.bandwidth",
      message: `${kind} carries ${rateText(form, "network.bandwidth", "network.clock")}, more than ${port} takes: ${rateText(form, `${memory}.bandwidth`)}`,
      seen: form.text("network.bandwidth"),
      accepted: `at most the rate of ${memory}`,
    });
  };
}

/** A memory that the arrays name must be there. */
function memoryThere(field: "inputsFrom" | "weightsFrom" | "outputsTo"): Rule {
  return (form, report) => {
    const name = form.text(`core.arrays.${field}`);
    const path = name === "globalBuffer" || name === "dram" ? name : `core.${name}`;
    if (form.has(path)) return;
    report({
      path: `core.arrays.${field}`,
      message: `the arrays name the memory ${name}, but the chip has no "${path}"`,
      seen: form.has(`core.arrays.${field}`) ? name : `${name} (the default)`,
      accepted: `a memory of the chip, or a section "${path}"`,
    });
  };
}

const weightBufferUsed: Rule = (form, report) => {
  if (!form.has("core.weightBuffer")) return;
  const from = form.text("core.arrays.weightsFrom");
  if (from !== "weightBuffer")
    report({
      path: "core.weightBuffer",
      message: `a weight buffer that nothing reads: the arrays take weights from ${from}`,
      accepted: "weightsFrom: weightBuffer, or no weightBuffer",
    });
  else if (!form.has("dram") && !form.has("globalBuffer"))
    report({
      path: "core.weightBuffer",
      message:
        "nothing can fill the weight buffer: the chip has neither dram nor globalBuffer, so no weights can be loaded and none replaced",
      accepted: 'a section "dram" or "globalBuffer", large enough for the weights of the networks it is to run',
    });
};

const weightBufferHoldsPulse: Rule = (form, report) => {
  if (!form.has("core.weightBuffer")) return;
  const size = form.bytes("core.weightBuffer.size");
  const row = Math.ceil((form.number("core.arrays.columns") * form.number("core.arrays.cellBits")) / 8);
  const group = row * form.number("core.arrays.write.rowsPerPulse");
  if (size < group)
    report({
      path: "core.weightBuffer.size",
      message: `the weight buffer does not hold the ${group} bytes of one write pulse`,
      seen: String(form.value("core.weightBuffer.size")),
      accepted: `at least ${group} B`,
    });
};

const MEMORIES = ["core.localMemory", "globalBuffer", "dram"];

/** A packet must fit the memory it is a grant of. */
function packetFits(memory: string): Rule {
  return (form, report) => {
    if (!form.has(memory)) return;
    const packet = form.bytes(`${memory}.packet`);
    const size = form.bytes(`${memory}.size`);
    if (packet > size)
      report({
        path: `${memory}.packet`,
        message: "a packet is larger than its memory",
        seen: String(form.value(`${memory}.packet`)),
        accepted: `at most ${form.value(`${memory}.size`)}`,
      });
  };
}

/** An interleave says nothing with a single bank. */
function interleaveMeans(memory: string): Rule {
  return (form, report) => {
    if (form.has(`${memory}.interleave`) && form.number(`${memory}.banks`) === 1)
      report({
        path: `${memory}.interleave`,
        message: 'an interleave, but only one of "banks"',
        accepted: "banks of 2 or more, or no interleave",
      });
  };
}

function portsBothWays(memory: string): Rule {
  return (form, report) => {
    if (!form.has(memory)) return;
    const shared = form.number(`${memory}.sharedPorts`);
    for (const [ports, verb] of [
      ["readPorts", "reads"],
      ["writePorts", "writes"],
    ] as const)
      if (shared + form.number(`${memory}.${ports}`) === 0)
        report({
          path: `${memory}.${ports}`,
          message: `no port of the memory ${verb}`,
          seen: "0",
          accepted: `${ports} or sharedPorts of at least 1`,
        });
  };
}

const meshHoldsCores: Rule = (form, report) => {
  if (form.value("network.kind") !== "mesh") return;
  const columns = form.number("network.columns");
  const rows = form.number("network.rows");
  const cores = form.number("cores");
  if (columns * rows < cores)
    report({
      path: "network",
      message: `a mesh of ${columns} x ${rows} has ${columns * rows} nodes, too few for ${cores} cores`,
      seen: String(columns * rows),
      accepted: `at least ${cores} nodes`,
    });
};

const memoryNodeThere: Rule = (form, report) => {
  if (form.value("network.kind") !== "mesh") return;
  const nodes = form.number("network.columns") * form.number("network.rows");
  const node = form.number("network.memoryNode");
  if (node >= nodes)
    report({
      path: "network.memoryNode",
      message: "the mesh has no such node",
      seen: String(node),
      accepted: `0 to ${nodes - 1}`,
    });
};

/** Checks of memories and network. */
export const memoryRules: readonly Rule[] = [
  networkFits("core.localMemory", "a port of local memory"),
  networkFits("core.weightBuffer", "the weight buffer"),
  memoryThere("inputsFrom"),
  memoryThere("weightsFrom"),
  memoryThere("outputsTo"),
  weightBufferUsed,
  weightBufferHoldsPulse,
  ...MEMORIES.map(packetFits),
  interleaveMeans("core.localMemory"),
  interleaveMeans("globalBuffer"),
  portsBothWays("core.localMemory"),
  portsBothWays("globalBuffer"),
  meshHoldsCores,
  memoryNodeThere,
];
