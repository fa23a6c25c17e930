import type { Digest, OwnedPath } from "@sitewright/protocol";
import { placeIn, type UnitState } from "../unit-state.ts";

/** Where content of one manifest may lie on this system. */
export interface HeldContent {
  /** The likest first. What is read there is to be verified. */
  places: HeldPlace[];
  /** More is being put there. */
  isGrowing: boolean;
}

export interface HeldPlace {
  /** Of the role. */
  root: string;
  /** A folder of ours that holds the owned paths under their numbers; absent: they lie at their own places. */
  own?: { folder: string; owned: OwnedPath[] };
}

export function heldPlaces({ root, staging, live, previous }: UnitState, manifest: Digest): HeldPlace[] {
  if (root === undefined) return [];
  const own = ({ folder, owned }: { folder: string; owned: OwnedPath[] }): HeldPlace => ({ root, own: { folder, owned } });
  const isStaged = staging?.manifest === manifest;
  return [
    ...(isStaged && !staging.inPlace ? [own(staging)] : []),
    // What is staged may have been exchanged by now, or be live already in part.
    ...(isStaged || live?.manifest === manifest ? [{ root }] : []),
    ...(previous?.live?.manifest === manifest ? [own(previous)] : []),
  ];
}

/** Where a path of the manifest lies there, below the root. */
export function pathIn({ own }: HeldPlace, path: string): string {
  return own ? placeIn(own.folder, own.owned, path) : path;
}
