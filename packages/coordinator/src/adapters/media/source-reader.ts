import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { fileSystemFault, SitewrightError, systemCode } from "@sitewright/protocol";
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
   * Chunks that follow one another in a file. @param digests In hexadecimal. Throws `SOURCE_CHANGED`, and what the system refuses.
   * @returns Valid until the next call.
   */
  read(path: string, offset: number, chunks: readonly { size: number; digest: string }[]): Uint8Array;
  close(): void;
}

const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export function openSourceReader({ root, owned }: UnitPlaces): SourceReader {
  let current: { path: string; place: string; file: number } | undefined;
  let buffer = Buffer.alloc(0);

  function close(): void {
    if (current) closeSync(current.file);
    current = undefined;
  }

  function open(path: string): { place: string; file: number } {
    if (current?.path === path) return current;
    close();
    const top = owned.find((one) => path === one.path || path.startsWith(`${one.path}/`));
    if (!top) throw changed(path);
    const place = join(root, top.source + path.slice(top.path.length));
    try {
      current = { path, place, file: openSync(place, FLAGS) };
      return current;
    } catch (cause) {
      throw failed(path, place, cause);
    }
  }

  return {
    read(path, offset, chunks) {
      const length = chunks.reduce((sum, { size }) => sum + size, 0);
      if (buffer.length < length) buffer = Buffer.allocUnsafeSlow(length);
      const { file, place } = open(path);
      let done = 0;
      try {
        for (let count = -1; count !== 0 && done < length; done += count)
          count = readSync(file, buffer, done, length - done, offset + done);
      } catch (cause) {
        throw failed(path, place, cause);
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

/** Something else is there, or a link, or nothing. */
const GONE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EISDIR", "ELOOP"]);

/** What the system refuses is no change: a share that is not mounted, or the rights to a file. */
function failed(path: string, place: string, cause: unknown): SitewrightError {
  if (GONE.has(systemCode(cause) ?? "")) return changed(path, cause);
  const { code = "IO_ERROR", why = (cause as Error).message } = fileSystemFault(cause) ?? {};
  return new SitewrightError(code, `${place} cannot be read: ${why}`, { path: place, cause });
}

function changed(path: string, cause?: unknown): SitewrightError {
  return new SitewrightError("SOURCE_CHANGED", `${path} changed after it was indexed: write the medium again, which indexes it again`, {
    path,
    cause,
  });
}
