/** Names on a command line that limit what a table runs. */

/** Those of each list that are named, all of a list none of whose is; throws for a name that is in no list. */
export function limitedTo(names: readonly string[], ...lists: readonly (readonly string[])[]): string[][] {
  const unknown = names.find((name) => !lists.some((list) => list.includes(name)));
  if (unknown !== undefined) throw new Error(`"${unknown}" is none of ${lists.flat().join(", ")}`);
  return lists.map((list) => {
    const named = list.filter((one) => names.includes(one));
    return named.length > 0 ? named : [...list];
  });
}
