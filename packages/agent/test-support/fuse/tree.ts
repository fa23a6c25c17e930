import { constants } from "node:os";
import type { Attributes } from "./protocol.ts";
import type { Traits } from "./traits.ts";

/** Kinds of files, as bits of a mode. */
export const KIND = { all: 0o170000, folder: 0o040000, file: 0o100000, link: 0o120000 } as const;
export const ROOT_NODE = 1;
const EXCHANGE = 2;
const NO_REPLACE = 1;

export interface Node extends Omit<Attributes, "size"> {
  readonly node: number;
  /** Of a file its content, of a link its target. */
  data: Buffer;
  /** By their names as they are compared. */
  readonly children: Map<string, { name: string; node: Node }> | undefined;
}

/** What is made, and whose it is. */
export interface Made {
  mode: number;
  uid: number;
  gid: number;
  data?: Buffer;
}

export interface Place {
  folder: Node;
  name: string;
}

/** A system error code, such as ENOENT; the kernel returns it to the caller. */
export function refuse(code: string): never {
  throw Object.assign(new Error(code), { errno: constants.errno[code as keyof typeof constants.errno] ?? constants.errno.EIO });
}

export type Tree = ReturnType<typeof createTree>;

/** Files and folders in memory, with the oddities of a file system. Throws what `refuse` throws. */
export function createTree(traits: Traits) {
  const nodes = new Map<number, Node>();
  let lastIno = ROOT_NODE;
  const now = (): bigint => toTick(BigInt(Date.now()) * 1_000_000n);
  const keepsModes = (traits.chmod ?? "keeps") === "keeps";

  function toTick(time: bigint): bigint {
    return traits.tickMs === undefined ? time : time - (time % (BigInt(traits.tickMs) * 1_000_000n));
  }

  function add({ mode, uid, gid, data = Buffer.alloc(0) }: Made): Node {
    const kind = mode & KIND.all;
    const children = kind === KIND.folder ? new Map<string, { name: string; node: Node }>() : undefined;
    const [atime, mtime, ctime] = [now(), now(), now()];
    const kept = keepsModes || kind === KIND.link ? { mode, uid, gid } : { mode: kind | (traits.modes ?? 0o755), uid: 0, gid: 0 };
    const made: Node = { node: nodes.size + 1, ino: lastIno++, ...kept, nlink: 1, atime, mtime, ctime, data, children };
    nodes.set(made.node, made);
    return made;
  }

  add({ mode: KIND.folder | 0o755, uid: 0, gid: 0 });

  const kept = (name: string): string => (traits.form ? name.normalize(traits.form) : name);

  /** Two names with one key are one name. */
  function keyOf(name: string): string {
    const found = traits.finds ? kept(name) : name;
    if (traits.folds === "strings") return found.normalize("NFD").toUpperCase();
    if (traits.folds === "letters")
      return Array.from(found, (sign) => (sign.toUpperCase().length === sign.length ? sign.toUpperCase() : sign)).join("");
    return found;
  }

  const childrenOf = (folder: Node) => folder.children ?? refuse("ENOTDIR");

  function checkName(name: string): void {
    if (Buffer.byteLength(name) > (traits.longestName ?? 255)) refuse("ENAMETOOLONG");
    // Only ASCII strings have as many bytes as characters.
    if (traits.asciiOnly !== undefined && Buffer.byteLength(name) !== name.length) refuse(traits.asciiOnly);
  }

  function find({ folder, name }: Place): Node {
    checkName(name);
    return childrenOf(folder).get(keyOf(name))?.node ?? refuse("ENOENT");
  }

  function put({ folder, name }: Place, node: Node): void {
    childrenOf(folder).set(keyOf(kept(name)), { name: kept(name), node });
    folder.mtime = now();
  }

  function take({ folder, name }: Place): void {
    childrenOf(folder).delete(keyOf(name));
    folder.mtime = now();
  }

  function requireFree(place: Place): void {
    checkName(place.name);
    if (childrenOf(place.folder).has(keyOf(kept(place.name)))) refuse("EEXIST");
  }

  function remove(place: Place, folders: boolean): void {
    const node = find(place);
    if (folders !== (node.children !== undefined)) refuse(folders ? "ENOTDIR" : "EISDIR");
    if (node.children?.size) refuse("ENOTEMPTY");
    take(place);
    node.nlink -= 1;
  }

  function renumber(node: Node): void {
    node.ino = lastIno++;
    for (const child of node.children?.values() ?? []) renumber(child.node);
  }

  function rename(from: Place, to: Place, flags: number): void {
    const moved = find(from);
    checkName(to.name);
    const there = childrenOf(to.folder).get(keyOf(to.name))?.node;
    if (moved.children && from.folder !== to.folder && traits.move !== undefined) refuse(traits.move);
    if (flags === EXCHANGE) {
      if (traits.exchange !== undefined) refuse(traits.exchange);
      put(from, there ?? refuse("ENOENT"));
      put(to, moved);
      return;
    }
    if (there && there !== moved) {
      if (flags === NO_REPLACE) refuse("EEXIST");
      remove(to, moved.children !== undefined);
    }
    take(from);
    put(to, moved);
    if (traits.renumbers) renumber(moved);
  }

  function make(place: Place, made: Made): Node {
    if ((made.mode & KIND.all) === KIND.link && traits.symbolicLinks !== undefined) refuse(traits.symbolicLinks);
    requireFree(place);
    const node = add(made);
    put(place, node);
    return node;
  }

  function link(node: Node, place: Place): Node {
    if (traits.hardLinks !== undefined) refuse(traits.hardLinks);
    requireFree(place);
    node.nlink += 1;
    put(place, node);
    return node;
  }

  /** @param bits Without the kind of file. */
  function setMode(node: Node, bits: number): void {
    if (keepsModes) node.mode = (node.mode & KIND.all) | bits;
    else if (traits.chmod !== "forgets") refuse(traits.chmod ?? "EPERM");
  }

  function resize(node: Node, size: number): void {
    node.data = Buffer.concat([node.data.subarray(0, size), Buffer.alloc(Math.max(size - node.data.length, 0))]);
    node.mtime = now();
  }

  function write(node: Node, at: number, bytes: Buffer): void {
    if (node.data.length < at + bytes.length) resize(node, at + bytes.length);
    bytes.copy(node.data, at);
    node.mtime = now();
  }

  return {
    node: (id: number): Node => nodes.get(id) ?? refuse("ESTALE"),
    attributes: (node: Node): Attributes => ({ ...node, size: node.data.length }),
    now,
    toTick,
    find,
    make,
    link,
    remove,
    rename,
    setMode,
    resize,
    write,
  };
}
