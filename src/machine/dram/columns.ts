/** Columns that grow. */

/** A copy of a column, `size` long, zero behind what it held. */
export function widened<T extends Int32Array | Float64Array | Uint8Array>(column: T, size: number): T {
  const wider = new (column.constructor as new (length: number) => T)(size);
  wider.set(column as never);
  return wider;
}
