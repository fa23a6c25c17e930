/** A line with latency, a departure and a capacity: a person with a medium. */
export interface Courier {
  /** ms since 1970. */
  leaves: number;
  arrives: number;
  /** Bytes; absent: as much as there is. */
  capacity?: number | undefined;
}

/** A unit for a system. */
export interface Parcel {
  /** Of the unit's content, and of its list, bytes; on one medium they count once for all systems. */
  bytes: number;
  listBytes: number;
  /** The same for all systems of one unit. */
  manifest: string;
  /** When the line would have brought it, ms since 1970; absent: never, or not known. */
  lineAt?: number | undefined;
}

/** What goes by the medium. */
export interface Load {
  /** One of each for every parcel. */
  goes: boolean[];
  /** The unit that goes in part, and how much of its content, bytes: the line brings the rest meanwhile. */
  part?: { manifest: string; bytes: number };
}

/** A smaller share of a unit is not worth its list on the medium. */
const LEAST = 0.05;

/**
 * Which parcels go by the medium: those that the line would bring later than the courier, as long as they fit, the last of the line first,
 * since they gain most. What room is left takes a part of the first that does not fit, if a line brings the rest. What a medium has for one
 * system it has for all.
 */
export function byMedium(parcels: readonly Parcel[], { arrives, capacity = Infinity }: Courier): Load {
  const late = parcels
    .map(({ lineAt = Infinity, ...parcel }, index) => ({ ...parcel, lineAt, index }))
    .filter(({ lineAt }) => lineAt > arrives)
    .toSorted((a, b) => (a.lineAt === b.lineAt ? a.index - b.index : b.lineAt - a.lineAt));
  const chosen = new Set<string>();
  let used = 0;
  for (const { manifest, bytes, listBytes } of late) {
    if (chosen.has(manifest) || used + bytes + listBytes > capacity) continue;
    chosen.add(manifest);
    used += bytes + listBytes;
  }
  const next = late.find(({ manifest }) => !chosen.has(manifest));
  const room = next ? capacity - used - next.listBytes : 0;
  // One that any of its systems gets by no line would never be whole there.
  const hasLine = next && late.every(({ manifest, lineAt }) => manifest !== next.manifest || lineAt < Infinity);
  const part = next && hasLine && room >= next.bytes * LEAST ? { manifest: next.manifest, bytes: Math.floor(room) } : undefined;
  if (part) chosen.add(part.manifest);
  return {
    goes: parcels.map(({ manifest, lineAt = Infinity }) => lineAt > arrives && chosen.has(manifest)),
    ...(part ? { part } : {}),
  };
}
