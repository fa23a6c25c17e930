import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { once } from "node:events";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import { SitewrightError } from "@sitewright/protocol";
import { createPartsHasher } from "@sitewright/node-kit/hash";
import type { RunRecord } from "../../app/site-backup/ports.ts";
import { diskError } from "../disk/disk-error.ts";
import { linesIn } from "../lines-in.ts";

/** One thing that a snapshot holds. */
export interface Entry {
  /** Below the folder of the backup, `/` between names. */
  path: string;
  kind: "folder" | "file" | "link";
  mode: number;
  uid: number;
  gid: number;
  /** ms since 1970. */
  modified: number;
  /** Of a file, bytes. */
  size?: number;
  /** Digests of the chunks of a file, hex. */
  chunks?: string[];
  /** Of a file: what the system changes with its bytes, by which an unchanged one is known again. */
  version?: string;
  /** Of a link. */
  to?: string;
}

/** A list that is being written: one line of JSON for each entry, compressed. */
export interface ListWriter {
  add(entry: Entry): Promise<void>;
  /** On the disk when it resolves. @returns BLAKE3 of the uncompressed lines, hex. */
  end(): Promise<string>;
  abort(): Promise<void>;
}

/** With the lowest level: what such a list holds is mostly digests, for which higher ones give more bytes. */
export function writeList(path: string): ListWriter {
  const packed = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  const file = createWriteStream(path, { flags: "w", mode: 0o600, flush: true });
  packed.pipe(file);
  let failed: SitewrightError | undefined;
  for (const stream of [packed, file])
    stream.on("error", (error) => {
      failed ??= diskError(error, path, "");
      // Who waits until more can be packed hears of a full disk too.
      packed.destroy(failed);
    });
  const hasher = createPartsHasher();
  return {
    async add(entry) {
      if (failed) throw failed;
      const line = `${JSON.stringify(entry)}\n`;
      hasher.update(line);
      if (!packed.write(line)) await once(packed, "drain");
    },
    async end() {
      if (failed) throw failed;
      const closed = once(file, "close");
      packed.end();
      await closed;
      await using handle = await open(path, "r+");
      await handle.sync();
      return Buffer.from(hasher.digest()).toString("hex");
    },
    async abort() {
      const closed = file.closed ? undefined : once(file, "close");
      packed.destroy();
      file.destroy();
      await closed?.catch(() => undefined);
    },
  };
}

/** The entries of a list, then its digest. Throws what the disk or the packing reports. */
export async function* readList(path: string): AsyncGenerator<Entry, string> {
  const hasher = createPartsHasher();
  const file = createReadStream(path);
  const text = file.pipe(createZstdDecompress());
  file.on("error", (error) => text.destroy(error));
  try {
    for await (const line of linesIn(text)) {
      hasher.update(`${line}\n`);
      yield JSON.parse(line) as Entry;
    }
  } finally {
    file.destroy();
  }
  return Buffer.from(hasher.digest()).toString("hex");
}

/** The entries of the list of a run. Throws `SNAPSHOT_DAMAGED` if it is not that of the run, at its end. */
export async function* entriesIn(path: string, { run, list }: RunRecord): AsyncGenerator<Entry> {
  const damaged = (why: string, cause?: unknown) =>
    new SitewrightError("SNAPSHOT_DAMAGED", `the list of the run ${run} ${why}: use another run`, { path, cause });
  if (list === undefined) throw damaged("is missing, as the run failed");
  let digest: string;
  try {
    digest = yield* readList(path);
  } catch (cause) {
    throw damaged(`cannot be read (${(cause as Error).message})`, cause);
  }
  if (digest !== list) throw damaged("is not the one that was saved");
}
