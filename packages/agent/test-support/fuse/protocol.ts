/** Messages between the kernel and a file system in user space: as in linux/fuse.h, version 7.31, on little-endian machines. */

/** Numbers of the kernel's requests. Any other is answered with ENOSYS, which the kernel can handle. */
export const ASKS = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  readlink: 5,
  symlink: 6,
  mknod: 8,
  mkdir: 9,
  unlink: 10,
  rmdir: 11,
  rename: 12,
  link: 13,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  release: 18,
  fsync: 20,
  flush: 25,
  init: 26,
  opendir: 27,
  readdir: 28,
  releasedir: 29,
  fsyncdir: 30,
  create: 35,
  interrupt: 36,
  batchForget: 42,
  rename2: 45,
} as const;

/** Longest write at once, bytes. */
const LONGEST_WRITE = 128 * 1024;
/** Space for the longest message of the kernel. */
export const LONGEST_MESSAGE = LONGEST_WRITE + 4096;

const IN_HEADER = 40;
const OUT_HEADER = 16;
const BIG_WRITES = 1 << 5;

export interface Ask {
  op: number;
  unique: bigint;
  /** The file or folder concerned. */
  node: number;
  uid: number;
  gid: number;
  body: Buffer;
}

export interface Attributes {
  ino: number;
  size: number;
  /** Nanoseconds since 1970. */
  atime: bigint;
  mtime: bigint;
  ctime: bigint;
  /** With the kind of file. */
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
}

export function readAsk(message: Buffer): Ask {
  return {
    op: message.readUInt32LE(4),
    unique: message.readBigUInt64LE(8),
    node: Number(message.readBigUInt64LE(16)),
    uid: message.readUInt32LE(24),
    gid: message.readUInt32LE(28),
    body: message.subarray(IN_HEADER, message.readUInt32LE(0)),
  };
}

/** @param error A positive number of the system, or 0. */
export function reply(unique: bigint, error: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(OUT_HEADER);
  header.writeUInt32LE(OUT_HEADER + body.length, 0);
  header.writeInt32LE(-error, 4);
  header.writeBigUInt64LE(unique, 8);
  return Buffer.concat([header, body]);
}

/** Zero-terminated names, from an offset in a message. */
export function namesAt(body: Buffer, from: number): string[] {
  return body.subarray(from).toString("utf8").split("\0").slice(0, -1);
}

const SECOND = 1_000_000_000n;

function attr(of: Attributes): Buffer {
  const bytes = Buffer.alloc(88);
  const times = [of.atime, of.mtime, of.ctime];
  [BigInt(of.ino), BigInt(of.size), BigInt(Math.ceil(of.size / 512)), ...times.map((time) => time / SECOND)].forEach((value, i) =>
    bytes.writeBigUInt64LE(value, i * 8),
  );
  [...times.map((time) => Number(time % SECOND)), of.mode, of.nlink, of.uid, of.gid, 0, 4096].forEach((value, i) =>
    bytes.writeUInt32LE(value, 48 + i * 4),
  );
  return bytes;
}

/** Disables caching: the kernel asks again each time. */
export function attributesReply(of: Attributes): Buffer {
  return Buffer.concat([Buffer.alloc(16), attr(of)]);
}

export function entryReply(node: number, of: Attributes): Buffer {
  const entry = Buffer.alloc(40);
  entry.writeBigUInt64LE(BigInt(node), 0);
  return Buffer.concat([entry, attr(of)]);
}

/** Without a handle: files are known by their node. */
export const OPENED: Buffer = Buffer.alloc(16);

export function writtenReply(size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(size, 0);
  return bytes;
}

export function initReply(): Buffer {
  const bytes = Buffer.alloc(64);
  [7, 31, 0, BIG_WRITES].forEach((value, i) => bytes.writeUInt32LE(value, i * 4));
  bytes.writeUInt32LE(LONGEST_WRITE, 20);
  bytes.writeUInt32LE(1, 24); // times are kept to the nanosecond, as far as the kernel is concerned
  return bytes;
}

export function statfsReply(longestName: number): Buffer {
  const bytes = Buffer.alloc(80);
  [1n << 20n, 1n << 19n, 1n << 19n, 1n << 20n, 1n << 19n].forEach((value, i) => bytes.writeBigUInt64LE(value, i * 8));
  [4096, longestName, 4096].forEach((value, i) => bytes.writeUInt32LE(value, 40 + i * 4));
  return bytes;
}

/** Entries from an offset in a folder, as many as there is space for. */
export function folderReply(entries: readonly { name: string; ino: number; mode: number }[], from: number, room: number): Buffer {
  const parts: Buffer[] = [];
  let left = room;
  for (const [i, { name, ino, mode }] of entries.entries()) {
    if (i < from) continue;
    const bytes = Buffer.from(name);
    const entry = Buffer.alloc(Math.ceil((24 + bytes.length) / 8) * 8);
    if (entry.length > left) break;
    entry.writeBigUInt64LE(BigInt(ino), 0);
    entry.writeBigUInt64LE(BigInt(i + 1), 8);
    entry.writeUInt32LE(bytes.length, 16);
    entry.writeUInt32LE(mode >> 12, 20);
    bytes.copy(entry, 24);
    parts.push(entry);
    left -= entry.length;
  }
  return Buffer.concat(parts);
}
