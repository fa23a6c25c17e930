import { open, type FileHandle } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createInflateRaw, createZstdDecompress } from "node:zlib";
import { SitewrightError } from "@sitewright/protocol";

/** Bytes of an executable, beyond which a package is refused. */
const MOST = 512 * 1024 * 1024;
const BLOCK = 512;

/** Writes the agent's executable that a package for Debian (`.deb`) or Windows (`.zip`) holds. Throws `CONTENT_UNAVAILABLE` when it holds none. */
export async function unpackExecutable(from: string, to: string): Promise<void> {
  const file = await open(from);
  try {
    const content = (await magicOf(file)) === "!<arch>\n" ? await fromDebian(file) : await fromZip(file);
    await pipeline(content, createWriteStream(to, { mode: 0o700 }));
  } catch (cause) {
    if (cause instanceof SitewrightError || (cause as NodeJS.ErrnoException).syscall !== undefined) throw cause;
    throw unusable(`it cannot be unpacked (${(cause as Error).message})`, cause);
  } finally {
    await file.close();
  }
}

async function magicOf(file: FileHandle): Promise<string> {
  return (await bytesAt(file, 0, 8)).toString("latin1");
}

/** The member `data.tar.zst` of the archive: a tar with the program in `usr/bin`. */
async function fromDebian(file: FileHandle): Promise<AsyncIterable<Buffer>> {
  const { size } = await file.stat();
  for (let at = 8; at + 60 <= size;) {
    const head = (await bytesAt(file, at, 60)).toString("latin1");
    const [name, length] = [head.slice(0, 16).trim().replace(/\/$/, ""), Number(head.slice(48, 58).trim())];
    if (!Number.isSafeInteger(length)) break;
    if (name === "data.tar.zst")
      return fileInTar(pieces(file, at + 60, length).pipe(createZstdDecompress()), /^(\.\/)?usr\/bin\/sitewright-agent$/);
    at += 60 + length + (length % 2);
  }
  throw unusable("it has no data.tar.zst");
}

/** The content of the first file in a tar whose path fits. */
async function* fileInTar(tar: AsyncIterable<Buffer>, path: RegExp): AsyncGenerator<Buffer> {
  let waiting: Buffer = Buffer.alloc(0);
  /** Bytes of the present file, and of its padding; `wanted`: it is the one. */
  let [left, padding, wanted] = [0, 0, false];
  for await (const piece of tar) {
    waiting = waiting.length === 0 ? piece : Buffer.concat([waiting, piece]);
    for (;;) {
      const taken = Math.min(left > 0 ? left : padding, waiting.length);
      if (taken > 0) {
        if (left > 0 && wanted) yield waiting.subarray(0, taken);
        if (left > 0) left -= taken;
        else padding -= taken;
        waiting = waiting.subarray(taken);
        if (wanted && left === 0) return;
        continue;
      }
      if (waiting.length < BLOCK || left > 0) break;
      const head = waiting.subarray(0, BLOCK);
      const text = (at: number, length: number) =>
        head
          .toString("latin1", at, at + length)
          .replace(/\0.*$/s, "")
          .trim();
      left = Number.parseInt(text(124, 12) || "0", 8);
      padding = (BLOCK - (left % BLOCK)) % BLOCK;
      wanted = path.test(text(0, 100)) && left > 0;
      if (!(left >= 0 && left <= MOST)) throw unusable("its archive is damaged");
      waiting = waiting.subarray(BLOCK);
    }
  }
  throw unusable("it holds no sitewright-agent, or not all of it");
}

/** The entry `.../sitewright-agent.exe`, by the directory at the end of the archive. */
async function fromZip(file: FileHandle): Promise<AsyncIterable<Buffer>> {
  const { size } = await file.stat();
  const end = await bytesAt(file, Math.max(0, size - 22), 22);
  if (end.length < 22 || end.readUInt32LE(0) !== 0x06054b50) throw unusable("it is neither a package for Debian nor a zip");
  const [entries, length, from] = [end.readUInt16LE(10), end.readUInt32LE(12), end.readUInt32LE(16)];
  const list = await bytesAt(file, from, Math.min(length, 1024 * 1024));
  for (let at = 0, i = 0; i < entries && at + 46 <= list.length; i += 1) {
    const [method, packed, unpacked, name, place] = [
      list.readUInt16LE(at + 10),
      list.readUInt32LE(at + 20),
      list.readUInt32LE(at + 24),
      list.readUInt16LE(at + 28),
      list.readUInt32LE(at + 42),
    ];
    const path = list.toString("utf8", at + 46, at + 46 + name);
    if (/(^|\/)sitewright-agent\.exe$/.test(path) && method === 8 && unpacked <= MOST) {
      const head = await bytesAt(file, place, 30);
      return pieces(file, place + 30 + head.readUInt16LE(26) + head.readUInt16LE(28), packed).pipe(createInflateRaw());
    }
    at += 46 + name + list.readUInt16LE(at + 30) + list.readUInt16LE(at + 32);
  }
  throw unusable("it holds no sitewright-agent.exe");
}

async function bytesAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}

function pieces(file: FileHandle, from: number, length: number): Readable {
  async function* read(): AsyncGenerator<Buffer> {
    for (let at = from; at < from + length;) {
      const piece = await bytesAt(file, at, Math.min(256 * 1024, from + length - at));
      if (piece.length === 0) return;
      yield piece;
      at += piece.length;
    }
  }
  return Readable.from(read());
}

function unusable(why: string, cause?: unknown): SitewrightError {
  return new SitewrightError("CONTENT_UNAVAILABLE", `the package of the agent cannot be used: ${why}`, { cause });
}
