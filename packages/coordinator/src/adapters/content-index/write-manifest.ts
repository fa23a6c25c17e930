import {
  createManifestChecker,
  createManifestDigester,
  encodeManifestEntry,
  encodeManifestFile,
  encodeManifestHead,
  LIMITS,
  SitewrightError,
  type Digest,
  type FileEntry,
  type ManifestHead,
} from "@sitewright/protocol";
import { createPartsHasher, hashBytes } from "@sitewright/node-kit/hash";
import type { HashedFile } from "./hash-file.ts";
import { createManifestFile, type ManifestFile } from "./manifest-store.ts";
import type { SourceEntry } from "./walk/walk-source.ts";

/** Writes a manifest entry by entry without keeping any. */
export interface ManifestWriter extends Pick<ManifestFile, "place" | "discard"> {
  /** @param hashed Of a file. */
  add(entry: SourceEntry, hashed?: HashedFile): void;
  end(): WrittenManifest;
}

export interface WrittenManifest {
  digest: Digest;
  /** Uncompressed, bytes. */
  manifestBytes: number;
  files: number;
  sourceBytes: number;
  packedBytes: number;
  /** Digest of names, sizes and bytes; times and modes may change under one source version. */
  content: Digest;
  /** Digest of the manifest's file. */
  stored: Digest;
}

export function createManifestWriter(dataDir: string, head: ManifestHead): ManifestWriter {
  const checker = createManifestChecker(head);
  const digester = createManifestDigester(hashBytes, createPartsHasher());
  const content = createPartsHasher();
  const file = createManifestFile(dataDir);
  const totals = { manifestBytes: 0, files: 0, sourceBytes: 0, packedBytes: 0 };

  function write(record: Uint8Array): void {
    totals.manifestBytes += record.length;
    if (totals.manifestBytes > LIMITS.manifest) {
      throw new SitewrightError(
        "SOURCE_TOO_LARGE",
        `${head.unit.name} is left out: its manifest would be larger than ${LIMITS.manifest} bytes: split it into several packages`,
      );
    }
    digester.push(record);
    file.write(record);
  }

  write(encodeManifestHead(head));
  return {
    add(entry, hashed) {
      const { kind, path } = entry;
      const mode = statedMode(kind, Number(entry.stats.mode) & 0o777, process.platform);
      if (kind === "folder") {
        checker.entry({ kind, path, mode });
        write(encodeManifestEntry({ kind, path, mode }));
        content.update(`${kind}\0${path}\n`);
      } else if (kind === "link") {
        const target = entry.target ?? "";
        checker.entry({ kind, path, target });
        write(encodeManifestEntry({ kind, path, target }));
        content.update(`${kind}\0${path}\0${target}\n`);
      } else if (hashed) {
        const modified = modifiedOf(entry.stats.mtimeNs);
        const attributes = { path, mode, size: Number(entry.stats.size), modified };
        checker.entry({ kind, ...attributes, chunks: sizesOf(hashed) });
        write(encodeManifestFile({ ...attributes, digests: hashed.digests, sizes: hashed.sizes }));
        content.update(`${kind}\0${path}\0${attributes.size}\0${hashed.sizes.length}\n`);
        content.update(hashed.digests);
        totals.files += 1;
        totals.sourceBytes += attributes.size;
        totals.packedBytes += hashed.packedBytes;
      }
    },
    end() {
      checker.end();
      return { ...totals, digest: digester.digest(), content: content.digest().toHex(), stored: file.end() };
    },
    place: file.place,
    discard: file.discard,
  };
}

/** Windows knows only whether a file is read-only: what it reports besides would make folders that nobody on Linux may enter. */
export function statedMode(kind: SourceEntry["kind"], mode: number, system: NodeJS.Platform): number {
  if (system !== "win32") return mode;
  if (kind === "folder") return 0o755;
  return (mode & 0o200) === 0 ? 0o444 : 0o644;
}

/** The last moment that ext4 can store, in 2446, ms since 1970: a time that a system cannot store would always differ. */
const LATEST = 15_032_385_535_000n;

/** Wrong clocks leave files from before 1970 or of a far future: they get the nearest time that all file systems can store. */
function modifiedOf(mtimeNs: bigint): number {
  const ms = mtimeNs / 1_000_000n;
  return Number(ms < 0n ? 0n : ms > LATEST ? LATEST : ms);
}

/** The fields of chunks that the check uses. */
function sizesOf({ sizes }: HashedFile): FileEntry["chunks"] {
  return Array.from(sizes, (size) => ({ digest: "", size }));
}
