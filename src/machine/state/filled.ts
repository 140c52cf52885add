/** Typed arrays filled with one value. */

/** Integers. */
export function i32(length: number, value = 0): Int32Array {
  return new Int32Array(length).fill(value);
}

/** Ticks. */
export function f64(length: number, value = 0): Float64Array {
  return new Float64Array(length).fill(value);
}

/** Small numbers, all 0. */
export function u8(length: number): Uint8Array {
  return new Uint8Array(length);
}
