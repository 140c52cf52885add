/** Checks of the energy table: an energy of a part the chip does not have would never be counted. */
import type { FormReader } from "./form-reader.js";
import type { Rule } from "./rules.js";

const COUNTED: readonly { fields: readonly string[]; when: (form: FormReader) => boolean; part: string }[] = [
  {
    fields: ["conversion"],
    when: (form) => form.value("core.arrays.timing.converter.kind") === "adc",
    part: "analogue-to-digital converters",
  },
  { fields: ["weightBufferPerByte"], when: (form) => form.has("core.weightBuffer"), part: "weight buffer" },
  {
    fields: ["globalBufferReadPerByte", "globalBufferWritePerByte"],
    when: (form) => form.has("globalBuffer"),
    part: "global buffer",
  },
  { fields: ["dramReadPerByte", "dramWritePerByte"], when: (form) => form.has("dram"), part: "DRAM" },
];

/** Checks of the energy table. */
export const energyRules: readonly Rule[] = COUNTED.flatMap(({ fields, when, part }) =>
  fields.map(
    (field): Rule =>
      (form, report) => {
        if (form.has(`energy.${field}`) && !when(form))
          report({
            path: `energy.${field}`,
            message: `an energy that is never counted: the chip has no ${part}`,
            seen: form.text(`energy.${field}`),
          });
      },
  ),
);
