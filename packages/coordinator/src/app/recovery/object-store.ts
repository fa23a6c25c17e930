import type { Digest } from "@sitewright/protocol";

/** Site data of single objects: changed atomically, with what was there before kept beside it. */
export interface ObjectStore {
  /** Finishes what a crash interrupted: each object is then as before or as after. */
  settle(root: string): Promise<void>;
  /**
   * Builds a package beside those in force, of content that is proved chunk by chunk; resumes what an earlier attempt left.
   * Throws `HASH_MISMATCH`, `MANIFEST_INVALID`, `IO_ERROR`, `DISK_FULL`, what the content throws, and the signal's reason.
   */
  build(root: string, returning: Returning): Promise<void>;
  /** Puts what was built in force under an id, described like that; what was there before is kept. */
  install(root: string, built: Pick<Returning, "id" | "manifest">, as: Description): Promise<void>;
  /** Takes a package out of force, and keeps it. */
  takeOut(root: string, id: string): Promise<void>;
  /** Restores what was in force before the last `install` or `takeOut`: a package, or that there was none. */
  restore(root: string, id: string): Promise<void>;
  /** Writes the source version of a package, or takes it out (0), and preserves all else. */
  writeVersion(root: string, id: string, version: number): Promise<void>;
  /** Writes a definition into an inbox of a site; the one before is kept. */
  writeDefinition(root: string, place: DefinitionPlace, bytes: Uint8Array): Promise<void>;
  /** Restores the definition from before, or that there was none. */
  restoreDefinition(root: string, place: DefinitionPlace): Promise<void>;
}

/** A package whose content arrives. */
export interface Returning {
  id: string;
  manifest: Digest;
  content: PackageContent;
  /** Bytes of its files. */
  onProgress(done: number, of: number): void;
  signal: AbortSignal;
}

/** The content of a package, from where it is held; none: nothing follows there. */
export interface PackageContent {
  manifest(from: number): Promise<Uint8Array>;
  /** From a byte of a chunk on, across those that follow. */
  chunks(ordinal: number, from: number): Promise<Uint8Array>;
}

export interface Description {
  id: string;
  /** 0: it has none. */
  sourceVersion: number;
  distributionPoints: readonly string[];
  /** For people: where it came from. */
  note: string;
}

export interface DefinitionPlace {
  site: string;
  /** Inbox, and the name of the file in it. */
  folder: string;
  name: string;
}
