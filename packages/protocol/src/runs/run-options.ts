import type { Role } from "../unit-kinds.ts";

/** What holds where an operator says nothing else. Empty lists select everything. */
export const DEFAULT_OPTIONS = {
  sites: [] as string[],
  systems: [] as string[],
  roles: [] as Role[],
  /** Package ids; with others empty, only their units. */
  packages: [] as string[],
  full: false,
  rehash: false,
  acceptOlder: false,
  maxUnavailable: 1,
  graceMs: 600_000,
};
