import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { digestOf } from "@sitewright/node-kit/hash";

/** Where the owned paths of a unit come from. */
export interface UnitPlaces {
  /** Real folder of the site data. */
  root: string;
  owned: readonly { path: string; source: string }[];
}

/** Reads chunks of one unit's files from the site data, and proves each; to be closed. */
export interface SourceReader {
  /**
   * Chunks that follow one another in a file. @param digests In hexadecimal. Throws `SOURCE_CHANGED`, `IO_ERROR`.
   * @returns Valid until the next call.
   */
  read(path: string, offset: number, chunks: readonly { size: number; digest: string }[]): Uint8Array;
  close(): void;
}

const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export function openSourceReader({ root, owned }: UnitPlaces): SourceReader {
  let current: { path: string; file: number } | undefined;
  let buffer = Buffer.alloc(0);

  function close(): void {
    if (current) closeSync(current.file);
    current = undefined;
  }

  function open(path: string): number {
    if (current?.path === path) return current.file;
    close();
    const top = owned.find((one) => path === one.path || path.startsWith(`${one.path}/`));
    if (!top) throw changed(path);
    try {
      const file = openSync(join(root, top.source + path.slice(top.path.length)), FLAGS);
      current = { path, file };
      return file;
    } catch (cause) {
      throw changed(path, cause);
    }
  }

  return {
    read(path, offset, chunks) {
      const length = chunks.reduce((sum, { size }) => sum + size, 0);
      if (buffer.length < length) buffer = Buffer.allocUnsafeSlow(length);
      const file = open(path);
      let done = 0;
      try {
        for (let count = -1; count !== 0 && done < length; done += count)
          count = readSync(file, buffer, done, length - done, offset + done);
      } catch (cause) {
        throw new SitewrightError("IO_ERROR", `${path} cannot be read: ${(cause as Error).message}`, { path, cause });
      }
      let at = 0;
      for (const { size, digest } of chunks) {
        if (at + size > done || digestOf(buffer.subarray(at, at + size)) !== digest) throw changed(path);
        at += size;
      }
      return buffer.subarray(0, length);
    },
    close,
  };
}

function changed(path: string, cause?: unknown): SitewrightError {
  return new SitewrightError("SOURCE_CHANGED", `${path} changed after it was indexed: write the medium again, which indexes it again`, {
    path,
    cause,
  });
}
