import {
  type AddressTexts,
  SitewrightError,
  readBandwidth,
  readRateLimit,
  readSchedule,
  type EntryFault,
  type HourEntry,
} from "@sitewright/protocol";
import { mapAddresses, type Address, type Hierarchy } from "../sites/hierarchy.ts";

/** What an operator set while the address is in use: it overrides hierarchy.yaml. */
export interface AddressOverride extends AddressTexts {
  paused?: true;
}

/** A change of an override: an absent field stays, null returns to the file. */
export type AddressPatch = { [Key in keyof AddressTexts]?: AddressTexts[Key] | null } & { paused?: boolean };

/** The address in force. A share of a bandwidth that the file no longer states limits nothing. */
export function overlay(address: Address, override: AddressOverride | undefined): Address {
  if (!override) return address;
  const bandwidth = override.bandwidth === undefined ? undefined : readBandwidth(override.bandwidth);
  return {
    ...address,
    ...(typeof bandwidth === "number" ? { bandwidth } : {}),
    ...(override.rateLimit ? { rateLimit: readRateLimit(entriesOf(override.rateLimit), true).hours } : {}),
    ...(override.schedule ? { schedule: readSchedule(entriesOf(override.schedule)).hours.map((window) => window ?? "all") } : {}),
    ...(override.paused ? { paused: true } : {}),
  };
}

/** A hierarchy with the addresses in force. */
export function overlayAll(hierarchy: Hierarchy, overrides: ReadonlyMap<string, AddressOverride>): Hierarchy {
  if (overrides.size === 0) return hierarchy;
  return mapAddresses(hierarchy, (address) => overlay(address, overrides.get(address.key)));
}

/**
 * An override after a change; undefined when nothing is left of it.
 * @param file The address as hierarchy.yaml states it. Throws `BAD_REQUEST` with every fault of the change.
 */
export function patchOverride(
  file: Address,
  before: AddressOverride | undefined,
  { paused, ...texts }: AddressPatch,
): AddressOverride | undefined {
  const { paused: wasPaused, ...rest } = before ?? {};
  const set: AddressTexts = Object.fromEntries(
    Object.entries({ ...rest, ...texts }).filter(([, value]) => value !== null && value !== undefined),
  );
  const faults = faultsOf(set, file.bandwidth !== undefined || set.bandwidth !== undefined);
  if (faults.length > 0) throw new SitewrightError("BAD_REQUEST", `the address ${file.key} stays as it was: ${faults.join("; ")}`);
  const after: AddressOverride = { ...set, ...((paused ?? wasPaused) ? { paused: true } : {}) };
  return Object.keys(after).length > 0 ? after : undefined;
}

function faultsOf({ bandwidth, rateLimit, schedule }: AddressTexts, hasBandwidth: boolean): string[] {
  const rate = bandwidth === undefined ? undefined : readBandwidth(bandwidth);
  const tables: EntryFault[] = [
    ...(rateLimit ? readRateLimit(entriesOf(rateLimit), hasBandwidth).faults : []),
    ...(schedule ? readSchedule(entriesOf(schedule)).faults : []),
  ];
  return [...(typeof rate === "string" ? [rate] : []), ...tables.map(({ message }) => message)];
}

function entriesOf(table: Readonly<Record<string, string>>): HourEntry[] {
  return Object.entries(table).map(([hours, value]) => ({ hours, value: value.trim() }));
}
