import { LIMITS } from "./limits.ts";
import { nameFault } from "./manifest/tree-path.ts";
import { ROLES, UNIT_KINDS, type Role } from "./unit-kinds.ts";

/** What an order is about: folders owned by the site server inside one role root. */
export interface Unit {
  role: Role;
  /** `CAP_<site>`, `SMSLOGON@<site>` or `<PackageID>`. */
  name: string;
}

/** Only rises, for one unit on one system. */
export interface Generation {
  epoch: number;
  counter: number;
}

/** One path below a role root that the site server owns; everything beside it is foreign. */
export interface OwnedPath {
  path: string;
  kind: "folder" | "file";
  rights: "clients-read" | "clients-write";
}

/** BLAKE3, 64 lower-case hex digits. */
export type Digest = string;

/** One string for one unit, usable as a key: `dp/ABC00001`. */
export function unitKey(unit: Unit): string {
  return `${unit.role}/${unit.name}`;
}

export function parseUnitKey(key: string): Unit | undefined {
  const slash = key.indexOf("/");
  const role = ROLES.find((known) => known === key.slice(0, slash));
  const name = key.slice(slash + 1);
  return role && isUnitName(role, name) ? { role, name } : undefined;
}

export function compareGenerations(a: Generation, b: Generation): number {
  return a.epoch - b.epoch || a.counter - b.counter;
}

/** Whether orders can have this generation: a higher one comes from an attack or damage, and would leave no number above it. */
export function isPlausibleGeneration({ epoch, counter }: Generation): boolean {
  return epoch <= LIMITS.generationEpoch && counter <= LIMITS.generationCounter;
}

export function formatGeneration(generation: Generation): string {
  return `${generation.epoch}.${generation.counter}`;
}

const SITE_CODE_LENGTH = 3;
const SITE_CODE = /^[A-Z0-9]{3}$/;
const PACKAGE_ID = /^[A-Z0-9]{3}[0-9A-F]{5}$/;

export function isSiteCode(text: string): boolean {
  return SITE_CODE.test(text);
}

/** A package id is the site code of its source and five hex digits. Source: Microsoft KB Q326045. */
export function isPackageId(text: string): boolean {
  return PACKAGE_ID.test(text);
}

export function isUnitName(role: Role, name: string): boolean {
  return idOf({ role, name }) !== undefined;
}

/** The unit of one role for a site code or a package id. */
export function unitOf(role: Role, id: string): Unit {
  return { role, name: UNIT_KINDS[role].nameOf(id) };
}

/** The site code in the name of a unit of a site; undefined for a package, and for an invalid name. */
export function siteOf(unit: Unit): string | undefined {
  return UNIT_KINDS[unit.role].of === "site" ? idOf(unit) : undefined;
}

/** The package id of a package's unit; undefined for others. */
export function packageOf(unit: Unit): string | undefined {
  return UNIT_KINDS[unit.role].of === "package" ? unit.name : undefined;
}

/** The folder directly below the role root that a unit lies in. */
export function topFolder(unit: Unit): string {
  return UNIT_KINDS[unit.role].topFolder(idOf(unit) ?? unit.name);
}

/** Site code or package id; undefined: not a valid name for a unit of this role. */
function idOf({ role, name }: Unit): string | undefined {
  const kind = UNIT_KINDS[role];
  const id = kind.of === "package" ? name : name.slice(-SITE_CODE_LENGTH);
  const isId = kind.of === "package" ? isPackageId(id) : isSiteCode(id);
  return isId && kind.nameOf(id) === name ? id : undefined;
}

/**
 * Whether `unit` may own `path`: the agent's own rule, so that no order can touch what clients or other sites store. A unit with an invalid
 * name owns nothing.
 */
export function mayOwn(unit: Unit, { kind, path }: Pick<OwnedPath, "path" | "kind">): boolean {
  const names = path.split("/");
  const id = idOf(unit);
  if (id === undefined || names.some((name) => nameFault(name) !== undefined)) return false;
  return UNIT_KINDS[unit.role].mayOwn(id, { kind, names });
}

/** What a unit owns when the site data no longer state it: only what the agent's rule allows for certain. */
export function ownedForCertain(unit: Unit): OwnedPath[] {
  const id = idOf(unit);
  const folders = id === undefined ? [] : UNIT_KINDS[unit.role].ownedForCertain(id);
  return folders.map((path) => ({ path, kind: "folder", rights: "clients-read" }));
}
