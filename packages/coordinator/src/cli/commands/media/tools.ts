import type { MediumTable, Unit } from "@sitewright/protocol";
import type { MediaPlan } from "@sitewright/protocol/api";
import type { VerifiedMedium } from "@sitewright/node-kit/medium-verify";

/** A medium that is to be written, or planned. */
export interface WriteMedium {
  /** Of the coordinator, on this machine. */
  dataDir: string;
  plan: MediaPlan;
  volumeBytes?: number | undefined;
  parity: boolean;
  encrypt: boolean;
  /** By path on the first volume. */
  texts: (about: { medium: string; systems: readonly string[] }) => Record<string, string>;
  programs: { path: string; from: string }[];
}

/** A medium, and the certificate of the authority that signed it. */
export interface MediumFolders {
  folders: readonly string[];
  /** File of the certificate. */
  ca: string;
}

/** A unit that was written into a folder. */
export interface ExtractedUnit {
  unit: Unit;
  files: number;
  bytes: number;
}

/** What the coordinator's program can do with media on this machine. */
export interface MediaTools {
  plan(request: WriteMedium): Promise<{ volumes: number; bytes: number }>;
  /** Throws `CONFLICT` if a medium is there. */
  requireFree(to: string): Promise<void>;
  /** Writes and reads back; `caHash`: SHA-256 of the certificate of the authority that signed. @param tell Called with what is being done. */
  write(request: WriteMedium, to: string, tell: (line: string) => void): Promise<MediumTable & { written: number; caHash: string }>;
  verify(medium: MediumFolders): Promise<VerifiedMedium & { table: MediumTable }>;
  /** Writes the content of units into a folder. @param asked.packages None: all units. @param told Called with each unit that is there. */
  extract(medium: MediumFolders, asked: { to: string; packages: readonly string[] }, told: (unit: ExtractedUnit) => void): Promise<void>;
}
