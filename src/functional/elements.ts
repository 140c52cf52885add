/**
 * Elements in bytes: packed from the low end of each byte upwards, two's complement where signed, each pixel on a byte of its own.
 */

/** Bytes that `count` elements of `bits` bits take, packed. */
export function packedBytes(count: number, bits: number): number {
  return Math.ceil((count * bits) / 8);
}

/** Reads `count` packed elements from a byte on into `out`. */
export function unpackElements(
  bytes: Uint8Array,
  from: number,
  count: number,
  bits: number,
  signed: boolean,
  out: Int32Array | Float64Array,
  outFrom = 0,
): void {
  if (bits === 8) {
    for (let i = 0; i < count; i++) out[outFrom + i] = signed ? (bytes[from + i]! << 24) >> 24 : bytes[from + i]!;
    return;
  }
  const half = 2 ** (bits - 1);
  const whole = 2 ** bits;
  for (let i = 0; i < count; i++) {
    let value = 0;
    let taken = 0;
    let bit = i * bits;
    while (taken < bits) {
      const inByte = bit & 7;
      const take = Math.min(8 - inByte, bits - taken);
      value += ((bytes[from + (bit >> 3)]! >> inByte) & ((1 << take) - 1)) * 2 ** taken;
      taken += take;
      bit += take;
    }
    out[outFrom + i] = signed && value >= half ? value - whole : value;
  }
}

/** Writes `count` elements packed from a byte on; bits above an element's width are dropped. Bits behind the last stay as they are. */
export function packElements(
  values: ArrayLike<number>,
  valuesFrom: number,
  count: number,
  bits: number,
  bytes: Uint8Array,
  to: number,
): void {
  if (bits === 8) {
    for (let i = 0; i < count; i++) bytes[to + i] = values[valuesFrom + i]!;
    return;
  }
  const whole = 2 ** bits;
  for (let i = 0; i < count; i++) {
    let value = values[valuesFrom + i]! % whole;
    if (value < 0) value += whole;
    let left = bits;
    let bit = i * bits;
    while (left > 0) {
      const inByte = bit & 7;
      const take = Math.min(8 - inByte, left);
      const mask = (1 << take) - 1;
      const part = value % 2 ** take;
      const at = to + (bit >> 3);
      bytes[at] = (bytes[at]! & ~(mask << inByte)) | (part << inByte);
      value = Math.floor(value / 2 ** take);
      left -= take;
      bit += take;
    }
  }
}

/** A value wrapped into `bits` bits of two's complement. */
export function wrapSigned(value: number, bits: number): number {
  const whole = 2 ** bits;
  const half = whole / 2;
  if (value >= -half && value < half) return value;
  const rest = (((value + half) % whole) + whole) % whole;
  return rest - half;
}
