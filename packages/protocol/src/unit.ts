import { LIMITS } from "./limits.ts";
import { nameFault } from "./manifest/tree-path.ts";

/** What a site system does for clients. */
export type Role = "cap" | "logon-point" | "dp";

export const ROLES: readonly Role[] = ["cap", "logon-point", "dp"];

/** What an order speaks of: folders owned by the site server inside one role root. */
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

/** Whether orders can have this generation at all: a higher one is an attack or damage, and would leave no room above it. */
export function isPlausibleGeneration({ epoch, counter }: Generation): boolean {
  return epoch <= LIMITS.generationEpoch && counter <= LIMITS.generationCounter;
}

export function formatGeneration(generation: Generation): string {
  return `${generation.epoch}.${generation.counter}`;
}

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
  if (role === "cap") return name.startsWith("CAP_") && isSiteCode(name.slice(4));
  if (role === "logon-point") return name.startsWith("SMSLOGON@") && isSiteCode(name.slice(9));
  return isPackageId(name);
}

/** The inboxes of a CAP that flow from site to client, in the order of exchange: what is referred to comes before what refers to it. */
export const CAP_FOLDERS = ["clifiles.box", "clicomp.box", "pkginfo.box", "offerinf.box", "clidata.box"] as const;

/** Folders of SMSLOGON that the senior site of the domain owns as a whole. */
export const LOGON_COMMON_FOLDERS = ["Alpha", "Alpha.bin", "i386", "x86.bin"] as const;

/** Folders of SMSLOGON where several sites keep files side by side: owned file by file. */
export const LOGON_SHARED_FOLDERS = ["Config", "Sitescfg"] as const;

/**
 * Whether `path` may be owned by `unit`: the agent's own rule, so that no order, however made, reaches what clients or
 * other sites keep. A unit with a name that cannot be owns nothing.
 */
export function mayOwn(unit: Unit, owned: Pick<OwnedPath, "path" | "kind">): boolean {
  const names = owned.path.split("/");
  if (!isUnitName(unit.role, unit.name) || names.some((name) => nameFault(name) !== undefined)) return false;
  const [top, second, third, ...rest] = names;
  if (unit.role === "dp") return owned.kind === "folder" && owned.path === unit.name;
  if (unit.role === "cap") {
    return owned.kind === "folder" && top === unit.name && third === undefined && CAP_FOLDERS.some((name) => name === second);
  }
  if (top !== "SMSLOGON" || second === undefined || rest.length > 0) return false;
  const site = unit.name.slice("SMSLOGON@".length);
  if (second === "Sites") return owned.kind === "folder" && third === site;
  if (owned.kind === "folder") return third === undefined && LOGON_COMMON_FOLDERS.some((name) => name === second);
  if (third === undefined) return false;
  if (second === "Sitescfg") return third.toLowerCase() === `${site}_cfg.lcf`.toLowerCase();
  return second === "Config" && third.toLowerCase() !== "copylog.tcf";
}
