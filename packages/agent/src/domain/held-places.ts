import type { Digest, OwnedPath } from "@sitewright/protocol";
import { placeIn, type UnitState } from "./unit-state.ts";

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

export function heldPlaces(states: readonly UnitState[], manifest: Digest): HeldPlace[] {
  return states.flatMap(({ root, staging, live, previous }) => {
    if (root === undefined) return [];
    const isStaged = staging?.manifest === manifest;
    const places: HeldPlace[] = [];
    if (staging && isStaged && !staging.inPlace) places.push({ root, own: staging });
    if (isStaged || live?.manifest === manifest) places.push({ root });
    if (previous?.live?.manifest === manifest) places.push({ root, own: previous });
    return places.map(({ own }) => (own ? { root, own: { folder: own.folder, owned: own.owned } } : { root }));
  });
}

/** Where a path of the manifest lies there, below the root. */
export function pathIn({ own }: HeldPlace, path: string): string {
  return own ? placeIn(own.folder, own.owned, path) : path;
}
