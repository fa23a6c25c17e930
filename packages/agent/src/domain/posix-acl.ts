/** A POSIX ACL as Linux keeps it in an extended attribute: a version, then entries of tag, permissions and id, little-endian. */
const VERSION = 2;
const HEAD_BYTES = 4;
const ENTRY_BYTES = 8;
const TAG = { owner: 1, user: 2, owningGroup: 4, group: 8, mask: 16, other: 32 } as const;
const ALL = 7;

interface InheritedAcl {
  /** Of the new entry; undefined where permissions alone say as much. */
  access: Uint8Array | undefined;
  /** Permissions that go with it. */
  mode: number;
}

/**
 * What the default ACL of a folder gives to a new entry, as the kernel does it for a program that asks for these permissions.
 * Undefined for an ACL of no known form.
 * @param limits Most that the owner and everybody else get, as permissions; `mask` is the same for named users and groups.
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
