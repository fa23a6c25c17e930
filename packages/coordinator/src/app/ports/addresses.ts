import type { AddressOverride, AddressPatch } from "../../domain/addresses/address-override.ts";

/** What operators set on addresses, kept in Redis. */
export interface AddressStore {
  /** By address key. */
  overrides(): Promise<Map<string, SetOverride>>;
  /** Stores an override, or removes it, together with the change that led to it: both or neither. */
  setOverride(key: string, set: SetOverride | undefined, change?: AddressChange): Promise<void>;
  /** Newest first, the last fifty. */
  changes(key: string): Promise<AddressChange[]>;
}

export interface SetOverride {
  override: AddressOverride;
  /** Who set it last. */
  by: string;
  /** ms since 1970. */
  at: number;
}

/** `patch`: the fields that were set, null for those that returned to the file. */
export interface AddressChange {
  at: number;
  by: string;
  kind: "set" | "pause" | "resume" | "reset";
  patch?: AddressPatch;
}
