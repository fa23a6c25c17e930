import type { SiteNumbers } from "../recovery/site-numbers.ts";
import type { LineHours, OwnedPath, Priority, Role, Unit } from "@sitewright/protocol";

/** The sites, systems and addresses of one hierarchy, as the site data state them. */
export interface Hierarchy {
  sites: ReadonlyMap<string, Site>;
  systems: ReadonlyMap<string, System>;
  /** By destination site code. */
  addresses: ReadonlyMap<string, Address>;
}

export interface Site {
  code: string;
  name: string;
  type: "primary" | "secondary";
  parent?: string;
  server: string;
  /** The numbers that identify its definitions; absent: it states none. */
  numbers?: SiteNumbers;
  /** IANA name. */
  timeZone: string;
  /** Whether it keeps the common folders of its logon domain. */
  logonSenior: boolean;
  /** Number of its clients; absent: not stated. */
  clients?: number;
}

export interface System {
  name: string;
  site: string;
  roles: Role[];
  /** Its own line, where it does not share its site's. */
  address?: Address;
  /** It shares no content with other systems of its site. */
  peers?: false;
  /** Address at which its neighbours reach it, if its connection comes from another one (through a NAT or a proxy). */
  peerAddress?: string;
}

/** The link to a destination site (or to one system). */
export interface Address extends LineHours {
  /** Destination site code, or the name of the system. */
  key: string;
  /** Running phases at once. */
  concurrency: number;
  /** IANA name of the time zone of its hours. */
  timeZone: string;
  /** Destination whose line is crossed too. */
  via?: string;
  /** An operator paused it until further notice. */
  paused?: true;
}

/** A hierarchy with each address changed, those of single systems too. */
export function mapAddresses(hierarchy: Hierarchy, change: (address: Address) => Address): Hierarchy {
  return {
    ...hierarchy,
    addresses: new Map([...hierarchy.addresses].map(([site, address]) => [site, change(address)])),
    systems: new Map(
      [...hierarchy.systems].map(([name, system]) => [name, system.address ? { ...system, address: change(system.address) } : system]),
    ),
  };
}

/** Every address, those of single systems included. */
export function addressesOf(hierarchy: Hierarchy | undefined): Address[] {
  if (!hierarchy) return [];
  const { addresses, systems } = hierarchy;
  return [...addresses.values(), ...[...systems.values()].flatMap(({ address }) => (address ? [address] : []))];
}

/**
 * A unit and its folders in the site data. A place is a path below the root of the reading (`/` between names); only the reader of the site
 * data knows what its names mean.
 */
export interface UnitSource {
  unit: Unit;
  /** In the order of exchange, each with its place. */
  owned: (OwnedPath & { source: string })[];
  /** Places that must not vanish unnoticed: without one of them, the unit is not known to be complete. */
  places: readonly string[];
  /** Of a package, for people; absent: none is stated. */
  name?: string;
  /** Where its version is stated: for messages. */
  statedIn: string;
  /** Only packages have one, and only where the site data state it. */
  sourceVersion?: number;
  priority: Priority;
  /** Of a package: clients that wait for it at each of its distribution points; absent: not stated. */
  clients?: number;
  /** For a package: when its first advertisement is due, in the local time of each site, as `2026-11-23T08:00`. */
  due?: string;
}

/** Where the site data describe a unit, or would: the place that holds all of it, and the file that states its version. */
export type DescribeUnit = (unit: Unit) => { place: string; file: string };

/** One unit that one system has to serve. */
export interface Assignment {
  system: string;
  site: string;
  unit: Unit;
  priority: Priority;
  /** Clients that wait for it there: for a package as stated, for a CAP or logon point all of the site. */
  clients?: number;
  /** When its first advertisement is due there, ms since 1970. */
  due?: number;
}

/** A fault in the site data that excludes one unit (or is only for information), never the whole hierarchy. */
export interface Problem {
  code: string;
  message: string;
  /** The only site it concerns; absent: it concerns all sites, or a unit. */
  site?: string;
  /** Unit key; absent: it concerns the hierarchy. */
  unit?: string;
  /** How many units it concerns, if more than one; see `gathered`. */
  units?: number;
  /** Place below the site data. */
  path?: string;
  /** The unit is left out because of it. */
  leftOut: boolean;
}
