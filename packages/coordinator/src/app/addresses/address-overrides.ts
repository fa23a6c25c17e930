import { overlayAll } from "../../domain/addresses/address-override.ts";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import type { AddressChange, AddressStore, SetOverride } from "../ports/addresses.ts";

/** What operators set over the addresses of hierarchy.yaml: in memory, and stored across restarts. */
export interface AddressOverrides {
  /** Reads what an earlier coordinator stored. Throws `REDIS_UNREACHABLE`, as the others do. */
  load(): Promise<void>;
  get(key: string): SetOverride | undefined;
  /** The hierarchy with the addresses in force; the same object until something changes. */
  over(hierarchy: Hierarchy): Hierarchy;
  /** Stores first, then applies. `set` undefined: returns to the file's values. */
  change(key: string, set: SetOverride | undefined, change: AddressChange): Promise<void>;
  /** Newest first. */
  changes(key: string): Promise<AddressChange[]>;
  /** Stores again what an outage may have lost. */
  restore(): Promise<void>;
}

export function createAddressOverrides(store: AddressStore): AddressOverrides {
  let known = new Map<string, SetOverride>();
  let laid: { over: Hierarchy; result: Hierarchy } | undefined;

  return {
    async load() {
      known = await store.overrides();
      laid = undefined;
    },
    get: (key) => known.get(key),
    over(hierarchy) {
      if (laid?.over !== hierarchy) {
        const overrides = new Map([...known].map(([key, { override }]) => [key, override]));
        laid = { over: hierarchy, result: overlayAll(hierarchy, overrides) };
      }
      return laid.result;
    },
    async change(key, set, change) {
      await store.setOverride(key, set, change);
      if (set) known.set(key, set);
      else known.delete(key);
      laid = undefined;
    },
    changes: (key) => store.changes(key),
    async restore() {
      const stored = await store.overrides();
      for (const key of new Set([...stored.keys(), ...known.keys()])) {
        const set = known.get(key);
        if (JSON.stringify(set) !== JSON.stringify(stored.get(key))) await store.setOverride(key, set);
      }
    },
  };
}
