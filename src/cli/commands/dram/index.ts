/** `wordline dram …`: memory devices and controllers on their own. */
import type { AddCommand } from "../command.js";
import { addDramCheck } from "./check.js";
import { addDramDevices } from "./devices.js";
import { addDramReplay } from "./replay.js";

/** Adds `dram` with its commands. */
export const addDram: AddCommand = (program, terminal, setExit) => {
  const dram = program
    .command("dram")
    .summary("memory devices and controllers on their own")
    .description("Memory devices and controllers on their own, command by command (docs/dram.md).");
  for (const add of [addDramReplay, addDramDevices, addDramCheck]) add(dram, terminal, setExit);
};
