/** A process that serves a file system in memory: `daemon.ts POINT TRAITS`, where the traits are JSON. Prints `mounted` when it is. */
import { spawn } from "node:child_process";
import { openSync, read, rmSync, writeFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { constants } from "node:os";
import {
  ASKS,
  attributesReply,
  entryReply,
  folderReply,
  initReply,
  LONGEST_MESSAGE,
  namesAt,
  OPENED,
  readAsk,
  reply,
  statfsReply,
  writtenReply,
  type Ask,
} from "./protocol.ts";
import type { Traits } from "./traits.ts";
import { createDurable } from "./durable.ts";
import { createTree, KIND, refuse, ROOT_NODE, type Made, type Node } from "./tree.ts";

/** Lifetime, so that an aborted test leaves no mount behind, ms. */
const LONGEST_LIFE = 60_000;
const [point = "", json = "{}"] = process.argv.slice(2);
const traits = JSON.parse(json) as Traits;
const tree = createTree(traits);
const durable = createDurable(tree.node(ROOT_NODE));
/** Operations that change something or sync it: since the last command, and after how many the file system stops. */
let operations = 0;
let limit = Infinity;
const device = openSync("/dev/fuse", "r+");

/** Bits of the fields that SETATTR sets. */
const SETS = { mode: 1, uid: 2, gid: 4, size: 8, atime: 16, mtime: 32, atimeNow: 128, mtimeNow: 256 } as const;

type Answer = (ask: Ask) => Buffer | undefined;

const EMPTY = Buffer.alloc(0);
const nodeOf = ({ node }: Ask): Node => tree.node(node);
const nodeAt = (body: Buffer, at: number): Node => tree.node(Number(body.readBigUInt64LE(at)));
const entry = (node: Node): Buffer => entryReply(node.node, tree.attributes(node));
const place = (ask: Ask, at: number, index = 0) => ({ folder: nodeOf(ask), name: namesAt(ask.body, at)[index] ?? refuse("EINVAL") });
const owned = ({ uid, gid }: Ask, mode: number): Made => ({ mode, uid, gid });

function rename(ask: Ask, namesFrom: number, flags: number): Buffer {
  const to = { ...place(ask, namesFrom, 1), folder: nodeAt(ask.body, 0) };
  tree.rename(place(ask, namesFrom), to, flags);
  return EMPTY;
}

function setAttributes(ask: Ask): Buffer {
  const { body } = ask;
  const node = nodeOf(ask);
  const valid = body.readUInt32LE(0);
  const sets = (what: keyof typeof SETS): boolean => (valid & SETS[what]) !== 0;
  const time = (seconds: number, nanoseconds: number): bigint =>
    tree.toTick(body.readBigUInt64LE(seconds) * 1_000_000_000n + BigInt(body.readUInt32LE(nanoseconds)));
  if (sets("mode")) tree.setMode(node, body.readUInt32LE(68) & ~KIND.all);
  if (sets("uid")) node.uid = body.readUInt32LE(76);
  if (sets("gid")) node.gid = body.readUInt32LE(80);
  if (sets("size")) tree.resize(node, Number(body.readBigUInt64LE(16)));
  if (sets("atime")) node.atime = sets("atimeNow") ? tree.now() : time(32, 56);
  if (sets("mtime")) node.mtime = sets("mtimeNow") ? tree.now() : time(40, 60);
  node.ctime = tree.now();
  return attributesReply(tree.attributes(node));
}

function readFolder(ask: Ask): Buffer {
  const self = nodeOf(ask);
  const children = [...(self.children?.values() ?? refuse("ENOTDIR"))].map(({ name, node }) => ({ name, ino: node.ino, mode: node.mode }));
  const dots = [".", ".."].map((name) => ({ name, ino: self.ino, mode: self.mode }));
  return folderReply([...dots, ...children], Number(ask.body.readBigUInt64LE(8)), ask.body.readUInt32LE(16));
}

function readFile(ask: Ask): Buffer {
  const from = Number(ask.body.readBigUInt64LE(8));
  return nodeOf(ask).data.subarray(from, from + ask.body.readUInt32LE(16));
}

function writeFile(ask: Ask): Buffer {
  const size = ask.body.readUInt32LE(16);
  tree.write(nodeOf(ask), Number(ask.body.readBigUInt64LE(8)), ask.body.subarray(40, 40 + size));
  return writtenReply(size);
}

function makeLink(ask: Ask): Buffer {
  const [, target = ""] = namesAt(ask.body, 0);
  return entry(tree.make(place(ask, 0), { ...owned(ask, KIND.link | 0o777), data: Buffer.from(target) }));
}

function sync(ask: Ask): Buffer {
  durable.sync(nodeOf(ask));
  return EMPTY;
}

function remove(ask: Ask, folders: boolean): Buffer {
  tree.remove(place(ask, 0), folders);
  return EMPTY;
}

const nothing: Answer = () => EMPTY;
/** The kernel waits for no answer. */
const silence: Answer = () => undefined;
const opened: Answer = () => OPENED;

const ANSWERS: Record<number, Answer> = {
  [ASKS.init]: initReply,
  [ASKS.forget]: silence,
  [ASKS.batchForget]: silence,
  [ASKS.interrupt]: silence,
  [ASKS.lookup]: (ask) => entry(tree.find(place(ask, 0))),
  [ASKS.getattr]: (ask) => attributesReply(tree.attributes(nodeOf(ask))),
  [ASKS.setattr]: setAttributes,
  [ASKS.readlink]: (ask) => nodeOf(ask).data,
  [ASKS.symlink]: makeLink,
  [ASKS.mknod]: (ask) => entry(tree.make(place(ask, 16), owned(ask, ask.body.readUInt32LE(0)))),
  [ASKS.mkdir]: (ask) => entry(tree.make(place(ask, 8), owned(ask, KIND.folder | (ask.body.readUInt32LE(0) & ~KIND.all)))),
  [ASKS.create]: (ask) => Buffer.concat([entry(tree.make(place(ask, 16), owned(ask, ask.body.readUInt32LE(4)))), OPENED]),
  [ASKS.unlink]: (ask) => remove(ask, false),
  [ASKS.rmdir]: (ask) => remove(ask, true),
  [ASKS.rename]: (ask) => rename(ask, 8, 0),
  [ASKS.rename2]: (ask) => rename(ask, 16, ask.body.readUInt32LE(8)),
  [ASKS.link]: (ask) => entry(tree.link(nodeAt(ask.body, 0), place(ask, 8))),
  [ASKS.open]: opened,
  [ASKS.opendir]: opened,
  [ASKS.read]: readFile,
  [ASKS.write]: writeFile,
  [ASKS.readdir]: readFolder,
  [ASKS.statfs]: () => statfsReply(traits.longestName ?? 255),
  [ASKS.release]: nothing,
  [ASKS.releasedir]: nothing,
  [ASKS.flush]: nothing,
  [ASKS.fsync]: sync,
  [ASKS.fsyncdir]: sync,
};

const CHANGES: ReadonlySet<number> = new Set([
  ASKS.setattr,
  ASKS.symlink,
  ASKS.mknod,
  ASKS.mkdir,
  ASKS.create,
  ASKS.unlink,
  ASKS.rmdir,
  ASKS.rename,
  ASKS.rename2,
  ASKS.link,
  ASKS.write,
  ASKS.fsync,
  ASKS.fsyncdir,
]);

/** Before each operation that changes something. */
function countOne(): void {
  if (traits.stoppedMark === undefined) return;
  if (operations >= limit) {
    writeFileSync(traits.stoppedMark, "");
    refuse("EIO");
  }
  operations += 1;
}

function answer(ask: Ask): Buffer | undefined {
  try {
    if (CHANGES.has(ask.op)) countOne();
    const body = (ANSWERS[ask.op] ?? (() => refuse("ENOSYS")))(ask);
    return body && reply(ask.unique, 0, body);
  } catch (error) {
    const { errno } = error as { errno?: number };
    if (errno === undefined) process.stderr.write(`${String(error)}\n`);
    return reply(ask.unique, errno ?? constants.errno.EIO);
  }
}

/** One message after the other, until the file system is unmounted. */
function serve(buffer: Buffer): void {
  read(device, buffer, 0, buffer.length, null, (error, length) => {
    if (error?.code === "ENODEV") process.exit(0);
    // Before it is mounted there is nothing to read.
    if (error) return void setTimeout(serve, 5, buffer);
    const said = answer(readAsk(buffer.subarray(0, length)));
    try {
      if (said) writeSync(device, said);
    } catch {
      // The requester does not wait any more.
    }
    serve(buffer);
  });
}

serve(Buffer.alloc(LONGEST_MESSAGE));
const options = "fd=3,rootmode=40000,user_id=0,group_id=0";
// It holds the device too, and would outlive this process.
spawn("timeout", ["-s", "KILL", "20", "mount", "-i", "-t", `fuse.${traits.type}`, "-o", options, "memory", point], {
  stdio: ["ignore", "ignore", "inherit", device],
}).on("exit", (code) => {
  if (code !== 0) process.exit(1);
  process.stdout.write("mounted\n");
});

/** Left to another process: unmounting may send requests to this one. */
function leave(): void {
  spawn("umount", ["-i", "-l", point], { detached: true, stdio: "ignore" }).unref();
  process.exit(1);
}
setTimeout(leave, traits.stoppedMark === undefined ? LONGEST_LIFE : 10 * LONGEST_LIFE);

function syncAll(): string {
  try {
    countOne();
  } catch {
    return "stopped";
  }
  durable.syncAll();
  return "synced";
}

/** @returns What is answered. */
function obey(command: string): string {
  const [verb, number] = command.split(" ");
  // The kernel does not pass the syncs of a whole file system on.
  if (verb === "sync") return syncAll();
  const done = String(operations);
  operations = 0;
  limit = verb === "stop-after" ? Number(number) : Infinity;
  if (verb === "cut") durable.cut();
  rmSync(traits.stoppedMark ?? "", { force: true });
  return done;
}

createInterface({ input: process.stdin })
  .on("line", (command) => process.stdout.write(`${obey(command)}\n`))
  // The test's process has ended.
  .on("close", leave);
