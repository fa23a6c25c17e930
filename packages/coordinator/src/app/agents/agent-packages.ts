import type { AgentTarget } from "@sitewright/protocol/api";

/** What agents are installed from. */
export interface AgentPackages {
  /** All of them. Throws as `newest` does. */
  offered(): Promise<{ version: string; target: AgentTarget; digest: string }[]>;
  /** SHA-256 of the newest package for each target, hex. Throws `HASH_MISMATCH` for one that was altered after it was made. */
  newest(): Promise<Partial<Record<AgentTarget, string>>>;
  /** The package with this SHA-256; undefined: there is none. To be closed. */
  open(digest: string): Promise<OpenPackage | undefined>;
}

export interface OpenPackage {
  bytes: number;
  /** From this byte on, in pieces. */
  read(from: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}
