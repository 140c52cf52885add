/** Where a byte address lies in the DRAM: channel, rank, bank group, bank, row, column. */
import { invariant } from "../../base/index.js";
import type { DramOrganization } from "../../hardware/dram/index.js";

/** The fields of an address, by their two letters in a device's map. */
export type AddressField = "ro" | "ch" | "ra" | "bg" | "ba" | "co";

/** Bit position and mask of every field, counted in bursts: bit 0 is the lowest bit above the bytes of one request. */
export interface AddressMap {
  /** Bytes of one request; the address divided by it (rounded down) is the burst the positions below count in. */
  burstBytes: number;
  shift: Record<AddressField, number>;
  mask: Record<AddressField, number>;
  /** Bits of all fields together; higher bits of a burst number are ignored. */
  bits: number;
}

const FIELDS: readonly AddressField[] = ["ro", "ch", "ra", "bg", "ba", "co"];

/** Cuts a device's map (fields from most to least significant) into positions. All counts are powers of two. */
export function addressMap(order: string, organization: DramOrganization): AddressMap {
  const { channels, ranks, bankGroups, banksPerGroup, rows, columns, burstLength } = organization;
  const counts: Record<AddressField, number> = {
    ro: rows,
    ch: channels,
    ra: ranks,
    bg: bankGroups,
    ba: banksPerGroup,
    co: columns / burstLength,
  };
  const named = (order.match(/../g) ?? []) as AddressField[];
  invariant(
    order.length === 12 && FIELDS.every((field) => named.includes(field)),
    `the address map "${order}" does not name ${FIELDS.join(" ")} once each`,
  );
  const map: AddressMap = {
    burstBytes: organization.requestBytes,
    shift: { ro: 0, ch: 0, ra: 0, bg: 0, ba: 0, co: 0 },
    mask: { ro: 0, ch: 0, ra: 0, bg: 0, ba: 0, co: 0 },
    bits: 0,
  };
  for (const field of named.reverse()) {
    const width = Math.log2(counts[field]);
    invariant(Number.isInteger(width) && width >= 0, `the number of ${field} is no power of two: ${counts[field]}`);
    // A shift by 32 would be one by 0; a field of one value has mask 0 and needs no shift.
    map.shift[field] = width === 0 ? 0 : map.bits;
    map.mask[field] = counts[field] - 1;
    map.bits += width;
  }
  // Bursts are decoded in 32-bit integers: with 64-byte requests that is 256 GiB.
  invariant(map.bits <= 32, `the address map needs ${map.bits} bits above a burst, more than 32`);
  return map;
}

/** The burst an address lies in, as a 32-bit integer; bits above the map's highest field fall off when masked. */
export function burstOf(address: number, map: AddressMap): number {
  return (address / map.burstBytes) | 0;
}

/** One field of a burst number. */
export function fieldOf(burst: number, field: AddressField, map: AddressMap): number {
  return (burst >>> map.shift[field]) & map.mask[field];
}
