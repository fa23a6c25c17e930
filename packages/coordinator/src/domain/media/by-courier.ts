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
  /** Of the unit's content and its list, bytes; on one medium it counts once for all systems. */
  bytes: number;
  /** The same for all systems of one unit. */
  manifest: string;
  /** When the line would have brought it, ms since 1970; absent: never, or not known. */
  lineAt?: number | undefined;
}

/**
 * Which parcels go by the medium: those that the line would bring later than the courier, as long as they fit, the last of the line first,
 * since they gain most. What a medium has for one system it has for all.
 * @returns One of each for every parcel.
 */
export function byMedium(parcels: readonly Parcel[], { arrives, capacity = Infinity }: Courier): boolean[] {
  const late = parcels
    .map(({ lineAt = Infinity, ...parcel }, index) => ({ ...parcel, lineAt, index }))
    .filter(({ lineAt }) => lineAt > arrives)
    .toSorted((a, b) => (a.lineAt === b.lineAt ? a.index - b.index : b.lineAt - a.lineAt));
  const chosen = new Set<string>();
  let used = 0;
  for (const { manifest, bytes } of late) {
    if (chosen.has(manifest) || used + bytes > capacity) continue;
    chosen.add(manifest);
    used += bytes;
  }
  return parcels.map(({ manifest, lineAt = Infinity }) => lineAt > arrives && chosen.has(manifest));
}
