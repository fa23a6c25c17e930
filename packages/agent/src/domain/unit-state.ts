import { formatGeneration, type Digest, type Generation, type Held, type OwnedPath, type Unit } from "@sitewright/protocol";
import type { Inode } from "./tree/file-identity.ts";
import type { TreeStamp } from "./tree/tree-stamp.ts";

/** What this agent remembers of one unit. */
export interface UnitState {
  unit: Unit;
  /** The role root that holds it. */
  root?: string;
  /** Orders below it are refused. */
  highest?: Generation;
  live?: LiveTree;
  staging?: StagingTree;
  /** Staging of earlier generations: a source of content until the current one is complete. */
  leftovers: { folder: string; owned: OwnedPath[] }[];
  previous?: PreviousTree;
  retained: Retained[];
}

export interface StagedTotals {
  files: number;
  reusedBytes: number;
  fetchedBytes: number;
  retriedBytes: number;
  /** Of those fetched: from neighbours. */
  peerBytes?: number;
}

export interface LiveTree {
  generation: Generation;
  /** Undefined when an undo restored what existed before the first activation. */
  manifest?: Digest;
  sourceVersion: number;
  /** As its order named the content. */
  content?: string;
  staged?: StagedTotals;
  /** Its identity when it was last known to match the manifest. */
  seen?: SeenTree;
}

export interface SeenTree {
  owned: OwnedPath[];
  /** Of everything except what is retained beside it. */
  stamp: TreeStamp;
}

export interface StagingTree {
  generation: Generation;
  manifest: Digest;
  owned: OwnedPath[];
  folder: string;
  order: string;
  sourceVersion: number;
  content?: string;
  /** Set once all of it is there and synced. */
  done?: StagedTotals;
  /** Its stamp then. */
  stamp?: TreeStamp;
  /** What is live is what was wanted: there is no folder. */
  inPlace?: true;
}

export interface PreviousTree {
  /** What was known of it while it was live. */
  live?: LiveTree;
  owned: OwnedPath[];
  folder: string;
  /** ms since 1970. */
  expires: number;
}

/** A file of the previous generation, kept beside the new one for clients that have just read a reference to it. */
export interface Retained {
  path: string;
  inode: Inode;
  /** ms since 1970. */
  expires: number;
  /** In the live tree, or in the previous one after an undo. */
  side: "live" | "previous";
}

/** The agent's folder in each role root; no other account may enter it. */
export const OWN_FOLDER = ".sitewright";
export const TRASH_FOLDER = `${OWN_FOLDER}/trash`;

export function stagingFolder(unit: Unit, generation: Generation): string {
  return `${OWN_FOLDER}/staging/${unit.name}/${formatGeneration(generation)}`;
}

export function previousFolder(unit: Unit, generation: Generation): string {
  return `${OWN_FOLDER}/previous/${unit.name}/${formatGeneration(generation)}`;
}

export function removedFolder(unit: Unit, generation: Generation): string {
  return `${OWN_FOLDER}/removed/${unit.name}/${formatGeneration(generation)}`;
}

/** The place of a path of a manifest in a folder of the agent, which holds the owned paths under their numbers. */
export function placeIn(folder: string, owned: readonly OwnedPath[], path: string): string {
  const number = owned.findIndex((top) => path === top.path || path.startsWith(`${top.path}/`));
  const top = owned[number];
  if (!top) throw new Error(`${path} lies in no owned path`);
  return `${folder}/${number}${path.slice(top.path.length)}`;
}

/** Folders of the agent that the state refers to; all others are left-overs of a crash. */
export function foldersInUse(state: UnitState): string[] {
  const used = state.leftovers.map((left) => left.folder);
  if (state.staging && !state.staging.inPlace) used.push(state.staging.folder);
  if (state.previous) used.push(state.previous.folder);
  return used;
}

export function manifestsInUse(state: UnitState): Digest[] {
  const used = [state.live?.manifest, state.staging?.manifest, state.previous?.live?.manifest];
  return used.filter((digest) => digest !== undefined);
}

/** The state as the coordinator wants to know it. */
export function heldOf(state: UnitState): Held {
  const { unit, highest, live, staging, previous } = state;
  return {
    unit,
    ...(highest ? { highest } : {}),
    ...(live?.manifest === undefined ? {} : { live: { generation: live.generation, manifest: live.manifest } }),
    ...(staging?.done ? { staged: { generation: staging.generation, manifest: staging.manifest } } : {}),
    previous: previous !== undefined,
    sourceVersion: live?.sourceVersion ?? 0,
    ...(live?.content === undefined ? {} : { content: live.content }),
  };
}
