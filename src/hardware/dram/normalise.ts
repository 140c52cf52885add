/** From a validated device file to the plain device: derived counts, and what the ramulator2 policy takes. */
import type { DramDevice, DramOrganization, DramTiming, RamulatorTiming } from "./device.js";
import { burstCycles, runsOnRamulator } from "./protocol.js";
import type { DramForm } from "./schema.js";

/**
 * What DRAMsim3 fills in where a file says nothing. None of these is read in a device whose file may leave it out;
 * they stand here so that a device compares equal to the simulator's own.
 */
export const SIMULATOR_DEFAULTS = {
  tRCD: 10,
  tRCDRD: 24,
  tRCDWR: 20,
  t32AW: 330,
  tRFCb: 20,
  tREFI: 7800,
  tREFIb: 1950,
  tPPD: 0,
  tRTRS: 2,
  tRTP: 5,
  idd5pbMa: 5,
} as const;

/** The device of a file in which validation and checks found nothing wrong. */
export function normaliseDram(form: DramForm): DramDevice {
  const timing = timingOf(form.timing);
  const { busWidthBits, deviceWidthBits, burstLength } = form.organization;
  const organization: DramOrganization = {
    ...form.organization,
    devicesPerRank: busWidthBits / deviceWidthBits,
    requestBytes: (busWidthBits / 8) * burstLength,
  };
  return {
    name: form.name,
    description: form.description,
    protocol: form.protocol,
    tCkNs: form.tCkNs,
    organization,
    addressMap: form.addressMap,
    timing,
    ...(runsOnRamulator(form.protocol)
      ? {
          ramulator2: {
            tCkNs: form.ramulator2?.tCkNs ?? form.tCkNs,
            timing: ramulatorTiming(form, timing),
            organization: ramulatorOrganization(form, organization),
          },
        }
      : {}),
    controller: { ...form.controller },
    quirks: { ...form.quirks },
    power: { ...form.power, idd5pbMa: form.power.idd5pbMa ?? SIMULATOR_DEFAULTS.idd5pbMa },
  };
}

function timingOf(given: DramForm["timing"]): DramTiming {
  const { tRCD, tRCDRD, tRCDWR, t32AW, tRFCb, tREFIb, tPPD } = SIMULATOR_DEFAULTS;
  return {
    ...{ tRCD, tRCDRD, tRCDWR, t32AW, tRFCb, tREFIb, tPPD },
    tCCD_L: given.tCCD_S,
    tRRD_L: given.tRRD_S,
    tWTR_L: given.tWTR_S,
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as typeof given & {
      AL: number;
    }),
  } as DramTiming;
}

/** Ramulator's timing: what the file gives for it, else the main timing under its names; one bank group knows only the short gaps. */
function ramulatorTiming(form: DramForm, main: DramTiming): RamulatorTiming {
  const own: Partial<NonNullable<DramForm["ramulator2"]>["timing"]> = form.ramulator2?.timing ?? {};
  const grouped = form.organization.bankGroups > 1;
  const nRAS = own.nRAS ?? main.tRAS;
  const nRP = own.nRP ?? main.tRP;
  const nCCDS = own.nCCDS ?? main.tCCD_S;
  const nRRDS = own.nRRDS ?? main.tRRD_S;
  const nWTRS = own.nWTRS ?? main.tWTR_S;
  return {
    nBL: own.nBL ?? burstCycles(form.protocol, form.organization.burstLength),
    nCL: own.nCL ?? main.CL,
    nRCD: own.nRCD ?? main.tRCD,
    nRP,
    nRAS,
    nRC: own.nRC ?? nRAS + nRP,
    nWR: own.nWR ?? main.tWR,
    nRTP: own.nRTP ?? main.tRTP,
    nCWL: own.nCWL ?? main.CWL,
    nCCDS,
    nCCDL: own.nCCDL ?? (grouped ? main.tCCD_L : nCCDS),
    nRRDS,
    nRRDL: own.nRRDL ?? (grouped ? main.tRRD_L : nRRDS),
    nWTRS,
    nWTRL: own.nWTRL ?? (grouped ? main.tWTR_L : nWTRS),
    nFAW: own.nFAW ?? main.tFAW,
    nRFC: own.nRFC ?? main.tRFC,
    nREFI: own.nREFI ?? main.tREFI,
    nCS: own.nCS ?? 2,
  };
}

function ramulatorOrganization(form: DramForm, main: DramOrganization): DramOrganization {
  const own: NonNullable<DramForm["ramulator2"]>["organization"] = form.ramulator2?.organization ?? {};
  return { ...main, rows: own.rows ?? main.rows, columns: own.columns ?? main.columns };
}
