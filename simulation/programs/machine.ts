import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import type { Role } from "@sitewright/protocol";
import type { System } from "../../packages/coordinator/src/domain/sites/hierarchy.ts";
import type { MachineClock } from "../time/virtual-time.ts";

/** What of a site system survives its agent: its disk, its database and its clock. */
export interface Machine {
  system: string;
  roles: readonly Role[];
  /** As the hierarchy states it at first. */
  stated: System;
  database: DatabaseSync;
  readonly clock: MachineClock;
  /** By manifest: its chunks in the staging folder. */
  staged: Map<string, Set<number>>;
  publicKey: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
  /** A copy of all that survives its agent. @returns Puts it in place of what there is then. */
  copy(): () => void;
  /** The next orders that end like this instead of being carried out; `stuck`: they never end by themselves. */
  mishaps: Mishap[];
}

export type Mishap = "IO_ERROR" | "FOLDER_IN_USE" | "STAGING_DAMAGED" | "SWITCH_BLOCKED" | "stuck" | "slow";

/** Keys are costly, and nothing depends on which one an agent has. */
const keys = new Map<string, { publicKey: Uint8Array; privateKey: KeyObject }>();

export function createMachine(stated: System): Machine {
  const { name: system, roles } = stated;
  let pair = keys.get(system);
  if (!pair) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    pair = { publicKey: publicKey.export({ format: "der", type: "spki" }), privateKey };
    keys.set(system, pair);
  }
  const { publicKey, privateKey } = pair;
  const self: Machine = {
    system,
    roles,
    stated,
    database: new DatabaseSync(":memory:"),
    clock: { aheadMs: 0 },
    staged: new Map(),
    publicKey,
    sign: (bytes) => sign(null, bytes, privateKey),
    copy() {
      const bytes = self.database.serialize();
      const staged = new Map([...self.staged].map(([manifest, chunks]) => [manifest, new Set(chunks)]));
      return () => {
        self.database.close();
        self.database = new DatabaseSync(":memory:");
        self.database.deserialize(bytes);
        self.staged = staged;
      };
    },
    mishaps: [],
  };
  return self;
}
