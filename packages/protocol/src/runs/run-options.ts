import type { Role } from "../unit-kinds.ts";

/** The options that hold where an operator sets none. Empty lists select everything. */
export const DEFAULT_OPTIONS = {
  sites: [] as string[],
  systems: [] as string[],
  roles: [] as Role[],
  /** Package ids; if the other lists are empty, only units of these packages. */
  packages: [] as string[],
  full: false,
  rehash: false,
  acceptOlder: false,
  maxUnavailable: 1,
  graceMs: 600_000,
};
