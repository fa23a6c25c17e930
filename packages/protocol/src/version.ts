/** Versions of the protocol that this build speaks. */
export const PROTOCOL_VERSIONS = { min: 1, max: 1 } as const;

export interface VersionRange {
  min: number;
  max: number;
}

/** The highest version in both ranges, or undefined when they do not meet. */
export function negotiateVersion(ours: VersionRange, theirs: VersionRange): number | undefined {
  const highest = Math.min(ours.max, theirs.max);
  return highest >= Math.max(ours.min, theirs.min) ? highest : undefined;
}
