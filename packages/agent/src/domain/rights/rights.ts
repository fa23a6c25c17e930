import { inheritNtAcl } from "./nt-acl.ts";

/** A POSIX ACL as Linux keeps it in an extended attribute: a version, then entries of tag, permissions and id, little-endian. */
const VERSION = 2;
const HEAD_BYTES = 4;
const ENTRY_BYTES = 8;
const TAG = { owner: 1, user: 2, owningGroup: 4, group: 8, mask: 16, other: 32 } as const;
const ALL = 7;

interface InheritedAcl {
  /** Of the new entry; undefined if permissions alone express the same. */
  access: Uint8Array | undefined;
  /** Permissions that go with it. */
  mode: number;
}

/**
 * The new entry's rights from the default ACL of a folder, as the kernel computes them for a program that requests these permissions.
 * Undefined for an ACL of an unknown format.
 * @param limits Maximum for the owner and for others, as permissions; `mask` is the same for named users and groups.
 */
export function inheritAcl(defaultAcl: Uint8Array, limits: { mode: number; mask: number }): InheritedAcl | undefined {
  const view = new DataView(defaultAcl.buffer, defaultAcl.byteOffset, defaultAcl.byteLength);
  if (view.byteLength < HEAD_BYTES || (view.byteLength - HEAD_BYTES) % ENTRY_BYTES !== 0) return undefined;
  if (view.getUint32(0, true) !== VERSION) return undefined;
  const access = defaultAcl.slice();
  const made = new DataView(access.buffer);
  const tags: number[] = [];
  for (let at = HEAD_BYTES; at < view.byteLength; at += ENTRY_BYTES) tags.push(view.getUint16(at, true));
  const isMasked = tags.includes(TAG.mask);
  let mode = 0;
  tags.forEach((tag, i) => {
    const at = HEAD_BYTES + i * ENTRY_BYTES + 2;
    const permissions = view.getUint16(at, true) & limitOf(tag, limits, isMasked);
    made.setUint16(at, permissions, true);
    if (tag === TAG.owner) mode |= permissions << 6;
    if (tag === TAG.mask || (tag === TAG.owningGroup && !isMasked)) mode |= permissions << 3;
    if (tag === TAG.other) mode |= permissions;
  });
  const isPlain = !isMasked && !tags.includes(TAG.user) && !tags.includes(TAG.group);
  return { access: isPlain ? undefined : access, mode };
}

function limitOf(tag: number, { mode, mask }: { mode: number; mask: number }, isMasked: boolean): number {
  if (tag === TAG.owner) return (mode >> 6) & ALL;
  if (tag === TAG.mask) return mask;
  if (tag === TAG.owningGroup && !isMasked) return (mode >> 3) & ALL;
  return tag === TAG.other ? mode & ALL : ALL;
}

const READ = 0o444;
const SEARCH = 0o111;
const SET_GROUP = 0o2000;
const STICKY = 0o1000;

/**
 * Permissions that an entry of a manifest is built with: every client reads it, only its owner writes it. How the source was copied, such
 * as under a umask of 077, does not decide who reads; the source only says whether the owner may write and whether a file is executable.
 */
export function servedMode(kind: "folder" | "file", mode: number): number {
  const executable = kind === "folder" || (mode & SEARCH) !== 0;
  return READ | (mode & 0o200) | (executable ? SEARCH : 0);
}

/** Extended attributes that define access rights. */
export const ACCESS_ACL = "system.posix_acl_access";
export const DEFAULT_ACL = "system.posix_acl_default";
/** Of Samba: the default one, and the one that it uses without the privilege for the former. */
const NT_ACLS = ["security.NTACL", "user.NTACL"];
export const LABEL = "security.selinux";
export const RIGHTS_ATTRIBUTES: ReadonlySet<string> = new Set([ACCESS_ACL, DEFAULT_ACL, ...NT_ACLS, "user.SAMBA_PAI", LABEL]);

/** Access rights of a file or folder. */
export interface Rights {
  uid: number;
  gid: number;
  /** Permissions, set-group-id and sticky bit. */
  mode: number;
  /** Those of `RIGHTS_ATTRIBUTES` that it has. */
  attributes: ReadonlyMap<string, Uint8Array>;
}

/** What goes live, and the account that creates it. */
export interface Made {
  kind: "folder" | "file";
  /** As computed by `servedMode`. */
  mode: number;
  uid: number;
  gid: number;
}

/**
 * Rights of a replacement: those of what it replaces. If there is an ACL, it contains all of them. Plain permissions that exclude readers
 * are kept for an owned folder itself, in a restricted folder, and where the entry was given a group of its own; any other restriction is
 * damage.
 * @param parent The surrounding folder, if that belongs to the unit and not to the role root.
 */
export function keptRights(live: Rights, made: Made, parent: Rights | undefined): Rights {
  const { kind } = made;
  const special = live.mode & (kind === "folder" ? SET_GROUP | STICKY : 0);
  const { gid, attributes } = live;
  if (hasAcl(attributes)) return { uid: live.uid, gid, mode: special | (live.mode & 0o777), attributes };
  const isGiven = gid !== made.gid;
  let mode = special | (made.mode & 0o700);
  for (const shift of [3, 0]) {
    const [want, has] = [(made.mode >> shift) & 7, (live.mode >> shift) & 7];
    const closed = parent !== undefined && ((parent.mode >> shift) & 5) !== 5;
    const mayWrite = isGiven && shift === 3 && (made.mode & 0o200) !== 0 ? has & 2 : 0;
    if (parent && !isGiven && !closed) mode |= want << shift;
    else if (kind === "folder") mode |= ((want & has) | mayWrite) << shift;
    else mode |= ((want & has & 4) | mayWrite | (has & 4 ? want & 1 : 0)) << shift;
  }
  return { uid: live.uid, gid, mode, attributes };
}

function hasAcl(attributes: Rights["attributes"]): boolean {
  return attributes.size > 0 && [ACCESS_ACL, ...NT_ACLS].some((name) => attributes.has(name));
}

/** Rights of a new entry: what the surrounding folder passes on. */
export function inheritedRights(parent: Rights, made: Made): Rights {
  const { kind } = made;
  const attributes = new Map<string, Uint8Array>();
  const isFolder = kind === "folder";
  const passesGroup = (parent.mode & SET_GROUP) !== 0;
  let { mode } = made;
  const defaultAcl = parent.attributes.get(DEFAULT_ACL);
  if (defaultAcl) {
    const mask = (isFolder ? 7 : 6 | (mode & 1)) & (mode & 0o200 ? 7 : 5);
    const inherited = inheritAcl(defaultAcl, { mode, mask });
    mode = inherited?.mode ?? mode;
    if (inherited?.access) attributes.set(ACCESS_ACL, inherited.access);
    if (isFolder) attributes.set(DEFAULT_ACL, defaultAcl);
  }
  for (const name of NT_ACLS) {
    const inherited = inheritNtAcl(parent.attributes.get(name) ?? new Uint8Array(0), kind);
    if (inherited) attributes.set(name, inherited);
  }
  const label = parent.attributes.get(LABEL);
  if (label) attributes.set(LABEL, label);
  return {
    uid: made.uid,
    gid: passesGroup ? parent.gid : made.gid,
    mode: mode | (isFolder && passesGroup ? SET_GROUP : 0),
    attributes,
  };
}

export function sameRights(a: Rights, b: Rights): boolean {
  return a.uid === b.uid && a.gid === b.gid && a.mode === b.mode && sameAttributes(a.attributes, b.attributes);
}

function sameAttributes(a: Rights["attributes"], b: Rights["attributes"]): boolean {
  return a === b || (a.size === b.size && [...a].every(([name, value]) => sameBytes(value, b.get(name))));
}

export function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return a.length === b?.length && a.every((byte, i) => byte === b[i]);
}
