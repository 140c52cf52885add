/** Checks of DRAM: each model has what it needs, and nothing that only the other reads (law 10). */
import type { FormReader } from "./form-reader.js";
import type { Rule } from "./rules.js";

const FIGURES = ["bandwidth", "latency"];
const OF_BANDWIDTH = ["clock", "bandwidth", "latency", "interleave"];
const OF_COMMANDS = ["policy", "readAhead"];

const isCommands = (form: FormReader): boolean => form.text("dram.model") === "commands";

const deviceThere: Rule = (form, report) => {
  if (!form.has("dram") || form.has("dram.device")) return;
  if (isCommands(form))
    report({
      path: "dram",
      message: "DRAM played command by command needs a device",
      accepted: 'a field "device": a preset of `wordline dram devices`, or a device file',
    });
  else
    for (const field of FIGURES)
      if (!form.has(`dram.${field}`))
        report({
          path: "dram",
          message: `neither "${field}" nor a device to take it from`,
          accepted: `a field "${field}" or "device"`,
        });
  if (form.has("dram.settings"))
    report({ path: "dram.settings", message: "settings of a device, but there is no device", accepted: "a device" });
};

const fieldsOfModel: Rule = (form, report) => {
  if (!form.has("dram")) return;
  const [own, others] = isCommands(form) ? ["commands", OF_BANDWIDTH] : ["bandwidth", OF_COMMANDS];
  for (const field of others)
    if (form.has(`dram.${field}`))
      report({
        path: `dram.${field}`,
        message: `the model "${own}" does not read "${field}"`,
        seen: String(form.value(`dram.${field}`)),
        accepted:
          own === "commands" ? "settings of the device, or model: bandwidth" : "model: commands, or nothing here",
      });
};

const interleaveMeans: Rule = (form, report) => {
  if (!form.has("dram.interleave") || form.has("dram.device")) return;
  if ((form.has("dram.channels") ? form.number("dram.channels") : 1) === 1)
    report({
      path: "dram.interleave",
      message: 'an interleave, but only one of "channels"',
      accepted: "channels of 2 or more, or no interleave",
    });
};

/** Checks of the DRAM section. */
export const dramRules: readonly Rule[] = [deviceThere, fieldsOfModel, interleaveMeans];
