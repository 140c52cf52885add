/** What Ramulator's generic controller holds to, for DDR3 and DDR4; written from its table of bounds alone. */
import { UserError } from "../../base/index.js";
import type { DramDevice } from "../../hardware/dram/index.js";
import type { GapRule, LegalTable } from "./gap.js";

type Kind = "ACT" | "PREpb" | "PREab" | "RD" | "WR" | "REFab";

/** The table of a device under Ramulator's commands. */
export function ramulator2Table(device: DramDevice): LegalTable<Kind> {
  if (!device.ramulator2)
    throw new UserError({
      code: "policy-device",
      message: `the ramulator2 policy does not run ${device.protocol}`,
      seen: device.name,
      accepted: "a device of DDR3 or DDR4",
    });
  const { timing: n } = device.ramulator2;
  return {
    kinds: ["ACT", "PREpb", "PREab", "RD", "WR", "REFab"],
    effects: {
      ACT: ["open"],
      PREpb: ["close"],
      PREab: ["closeRank"],
      RD: ["read"],
      WR: ["write"],
      REFab: ["refreshRank"],
    },
    gaps: gaps(device).filter(({ cycles }) => cycles > 0),
    windows: [{ name: "nFAW", activations: 4, cycles: n.nFAW }],
    dualCommand: false,
    refresh: { unit: "rank", intervalCycles: n.nREFI },
  };
}

function gaps(device: DramDevice): GapRule<Kind>[] {
  const { timing: n } = device.ramulator2!;
  const rule = (
    name: string,
    earlier: Kind,
    later: Kind | readonly Kind[],
    reach: GapRule<Kind>["reach"],
    cycles: number,
  ): GapRule<Kind> => ({ name, earlier: [earlier], later: typeof later === "string" ? [later] : later, reach, cycles });
  /** From a write to the end of its data. */
  const written = n.nCWL + n.nBL;
  const list = [
    rule("nBL", "RD", "RD", "wholeRank", n.nBL),
    rule("nBL", "RD", "RD", "otherRanks", n.nBL),
    rule("nCCDS", "RD", "RD", "wholeRank", n.nCCDS),
    rule("nCCDL", "RD", "RD", "sameGroup", n.nCCDL),
    rule("read to write", "RD", "WR", "wholeRank", n.nCL + n.nBL + 2 - n.nCWL),
    rule("nRTP", "RD", "PREpb", "bank", n.nRTP),
    rule("nRTP", "RD", "PREab", "wholeRank", n.nRTP),
    rule("nCS", "RD", ["RD", "WR"], "otherRanks", n.nBL + n.nCS),
    rule("nBL", "WR", "WR", "wholeRank", n.nBL),
    rule("nBL", "WR", "WR", "otherRanks", n.nBL),
    rule("nCCDS", "WR", "WR", "wholeRank", n.nCCDS),
    rule("nCCDL", "WR", "WR", "sameGroup", n.nCCDL),
    rule("nWTRS", "WR", "RD", "wholeRank", written + n.nWTRS),
    rule("nWTRL", "WR", "RD", "sameGroup", written + n.nWTRL),
    rule("nWR", "WR", "PREpb", "bank", written + n.nWR),
    rule("nWR", "WR", "PREab", "wholeRank", written + n.nWR),
    rule("write to read, other rank", "WR", "RD", "otherRanks", written + n.nCS - n.nCL),
    rule("nRC", "ACT", "ACT", "bank", n.nRC),
    rule("nRRDS", "ACT", "ACT", "wholeRank", n.nRRDS),
    rule("nRRDL", "ACT", "ACT", "sameGroup", n.nRRDL),
    rule("nRCD", "ACT", ["RD", "WR"], "bank", n.nRCD),
    rule("nRAS", "ACT", "PREpb", "bank", n.nRAS),
    rule("nRAS", "ACT", "PREab", "wholeRank", n.nRAS),
    rule("nRC", "ACT", "REFab", "wholeRank", n.nRC),
    rule("nRP", "PREpb", "ACT", "bank", n.nRP),
    rule("nRP", "PREpb", "REFab", "wholeRank", n.nRP),
    rule("nRP", "PREab", ["ACT", "REFab"], "wholeRank", n.nRP),
    rule("nRFC", "REFab", "ACT", "wholeRank", n.nRFC),
  ];
  if (device.protocol !== "DDR3") list.push(rule("nRFC", "REFab", "PREab", "wholeRank", n.nRFC));
  return list;
}
