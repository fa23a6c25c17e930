/**
 * The NT ACL that Samba keeps in an extended attribute: `xattr_NTACL` of its librpc, in NDR, little-endian. A head with hashes of what the
 * file system's own rights were, then a self-relative security descriptor whose offsets count from the first byte of the attribute.
 */
const HASH_TYPE_AT = 12;
const DESCRIPTOR_BYTES = 20;
const ACL_HEAD_BYTES = 8;
const ACE_HEAD_BYTES = 8;
const SELF_RELATIVE_WITH_DACL = 0x8404;

const OBJECT_INHERIT = 0x01;
const CONTAINER_INHERIT = 0x02;
const NO_PROPAGATE = 0x04;
const INHERIT_ONLY = 0x08;
const INHERITED = 0x10;
/** ACEs that consist of a mask and a SID; others contain GUIDs, and are for directory services. */
const PLAIN_TYPES = [0, 1];
/** S-1-3-0 and S-1-3-1: the creator of the entry, and its group. */
const CREATOR = [1, 1, 0, 0, 0, 0, 0, 3];
/** GENERIC_ALL, _EXECUTE, _WRITE and _READ, from bit 28 up, for files. */
const GENERIC = [0x1f01ff, 0x1200a0, 0x120116, 0x120089];

interface Ace {
  type: number;
  flags: number;
  mask: number;
  sid: Uint8Array;
}

/** What a folder's NT ACL passes on to a new entry; undefined if it passes nothing on, or has an unknown format. */
export function inheritNtAcl(parent: Uint8Array, kind: "folder" | "file"): Uint8Array | undefined {
  try {
    return inherit(parent, kind);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function inherit(parent: Uint8Array, kind: "folder" | "file"): Uint8Array | undefined {
  const view = new DataView(parent.buffer, parent.byteOffset, parent.byteLength);
  const at = descriptorAt(parent, view);
  if (at === undefined) return undefined;
  const owner = sidAt(parent, view, view.getUint32(at + 4, true));
  const group = sidAt(parent, view, view.getUint32(at + 8, true));
  const dacl = view.getUint32(at + 16, true);
  if (dacl === 0) return undefined;
  const creators = [owner, group].map((sid) => (sid.length === 0 ? undefined : sid));
  const aces = acesAt(parent, view, dacl).flatMap((ace) => passedOn(ace, kind, creators));
  return aces.length === 0 ? undefined : write(parent, at, { owner, group, revision: view.getUint8(dacl), aces });
}

/** Where the security descriptor begins, by the version of the attribute. */
function descriptorAt(bytes: Uint8Array, view: DataView): number | undefined {
  const version = view.getUint16(0, true);
  if (version === 1) return 8;
  if (version === 2) return 28;
  if (version === 3) return 80;
  if (version !== 4) return undefined;
  const end = bytes.indexOf(0, HASH_TYPE_AT + 2 + 64);
  return end < 0 ? undefined : align(align(end + 1) + 8 + 64);
}

function align(at: number): number {
  return (at + 3) & ~3;
}

function sidAt(bytes: Uint8Array, view: DataView, at: number): Uint8Array {
  return at === 0 ? new Uint8Array(0) : bytes.subarray(at, at + 8 + 4 * view.getUint8(at + 1));
}

function acesAt(bytes: Uint8Array, view: DataView, dacl: number): Ace[] {
  const aces: Ace[] = [];
  let at = dacl + ACL_HEAD_BYTES;
  for (let left = view.getUint32(dacl + 4, true); left > 0; left--) {
    const size = view.getUint16(at + 2, true);
    const mask = view.getUint32(at + 4, true);
    aces.push({ type: view.getUint8(at), flags: view.getUint8(at + 1), mask, sid: sidAt(bytes, view, at + ACE_HEAD_BYTES) });
    if (size < ACE_HEAD_BYTES) throw new RangeError("an ACE without end");
    at += size;
  }
  return aces;
}

/** As Windows and Samba do for a new entry: see MS-DTYP 2.5.3.4. */
function passedOn(ace: Ace, kind: "folder" | "file", creators: readonly (Uint8Array | undefined)[]): Ace[] {
  const { type, flags, mask, sid } = ace;
  const applies = (flags & (kind === "file" ? OBJECT_INHERIT : CONTAINER_INHERIT)) !== 0;
  const goesOn = kind === "folder" && (flags & NO_PROPAGATE) === 0 && (flags & (OBJECT_INHERIT | CONTAINER_INHERIT)) !== 0;
  if (!PLAIN_TYPES.includes(type) || (!applies && !goesOn)) return [];
  const further = goesOn ? flags & (OBJECT_INHERIT | CONTAINER_INHERIT) : 0;
  const creator = CREATOR.every((byte, i) => sid[i] === byte) ? creators[sid[8] ?? 0] : undefined;
  if (!creator && !isGeneric(mask)) return [{ type, mask, sid, flags: INHERITED | further | (applies ? 0 : INHERIT_ONLY) }];
  // For this entry the maker and the rights by name; what is passed on further stays as it is.
  const here: Ace[] = applies ? [{ type, mask: specific(mask), sid: creator ?? sid, flags: INHERITED }] : [];
  return goesOn ? [...here, { type, mask, sid, flags: INHERITED | INHERIT_ONLY | further }] : here;
}

function isGeneric(mask: number): boolean {
  return mask >>> 28 !== 0;
}

function specific(mask: number): number {
  return GENERIC.reduce((all, rights, i) => ((mask >>> (28 + i)) & 1 ? all | rights : all), mask & 0x0fffffff);
}

interface Descriptor {
  owner: Uint8Array;
  group: Uint8Array;
  revision: number;
  aces: readonly Ace[];
}

/** The head stays as the parent's, without hashes: those were of the parent's own rights. */
function write(parent: Uint8Array, at: number, { owner, group, revision, aces }: Descriptor): Uint8Array {
  const aclBytes = aces.reduce((sum, { sid }) => sum + ACE_HEAD_BYTES + sid.length, ACL_HEAD_BYTES);
  const made = new Uint8Array(at + DESCRIPTOR_BYTES + owner.length + group.length + aclBytes);
  const view = new DataView(made.buffer);
  made.set(parent.subarray(0, HASH_TYPE_AT));
  if (view.getUint16(0, true) === 4) made.set(describedPart(parent), HASH_TYPE_AT + 2 + 64);
  let end = at + DESCRIPTOR_BYTES;
  const append = (bytes: Uint8Array): number => {
    made.set(bytes, end);
    end += bytes.length;
    return bytes.length === 0 ? 0 : end - bytes.length;
  };
  view.setUint16(at, 1, true);
  view.setUint16(at + 2, SELF_RELATIVE_WITH_DACL, true);
  view.setUint32(at + 4, append(owner), true);
  view.setUint32(at + 8, append(group), true);
  view.setUint32(at + 16, end, true);
  view.setUint8(end, revision);
  view.setUint16(end + 2, aclBytes, true);
  view.setUint32(end + 4, aces.length, true);
  end += ACL_HEAD_BYTES;
  for (const { type, flags, mask, sid } of aces) {
    view.setUint8(end, type);
    view.setUint8(end + 1, flags);
    view.setUint16(end + 2, ACE_HEAD_BYTES + sid.length, true);
    view.setUint32(end + 4, mask, true);
    end += ACE_HEAD_BYTES;
    append(sid);
  }
  return made;
}

/** The name of the kind of hash in version 4, as text that ends with 0. */
function describedPart(parent: Uint8Array): Uint8Array {
  const from = HASH_TYPE_AT + 2 + 64;
  return parent.subarray(from, parent.indexOf(0, from) + 1);
}
