/** Every cycle in a relation where each name leads to at most one other: `[["A", "B"]]` for A -> B -> A. */
export function findCircles(next: ReadonlyMap<string, string | undefined>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  for (const start of next.keys()) {
    const path = new Set<string>();
    let at: string | undefined = start;
    while (at !== undefined && !done.has(at) && !path.has(at)) {
      path.add(at);
      at = next.get(at);
    }
    if (at !== undefined && path.has(at)) circles.push([...path].slice([...path].indexOf(at)));
    for (const name of path) done.add(name);
  }
  return circles;
}

/** Time zones known to be valid: a check costs a tenth of a millisecond, and large hierarchies use the same few. */
const ZONES = new Set<string>();
const MOST_ZONES = 1000;

export function isTimeZone(text: string): boolean {
  if (ZONES.has(text)) return true;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: text });
    if (ZONES.size < MOST_ZONES) ZONES.add(text);
    return true;
  } catch {
    return false;
  }
}

/** A name that can be a folder, a key and a host name. */
export function isSystemName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(text);
}
