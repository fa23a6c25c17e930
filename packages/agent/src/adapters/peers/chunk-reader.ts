import { closeSync, readSync } from "node:fs";
import { pathIn, type HeldContent } from "../../domain/tree/held-places.ts";
import { openAnchor, type Anchor } from "../disk/anchor.ts";
import { openForReading } from "../disk/jobs/disk-hash.ts";
import { platform } from "../disk/platform/platform.ts";
import { digestOf } from "@sitewright/node-kit/hash";
import type { ServedFile, ServedManifest } from "./served-manifest.ts";

/** Reads chunks of one manifest from any place below the role roots, and returns only correct ones. Blocks its thread. */
export interface ChunkReader {
  /** The places to search from now on. */
  look(held: HeldContent): void;
  /** Writes a chunk into `target`, from `at` on; returns its bytes, or undefined if no correct copy is found. */
  read(ordinal: number, target: Uint8Array, at: number): number | undefined;
  /** Between two frames: keeps nothing that would be in the way of an exchange. */
  rest(): void;
  close(): void;
}

const DIGEST = 32;

export function openChunkReader(manifest: ServedManifest): ChunkReader {
  let held: HeldContent = { places: [], isGrowing: false };
  const anchors = new Map<string, Anchor>();
  /** The file that was read last. */
  let open: { path: string; place: number; fd: number } | undefined;
  let found = { first: -1, ordinal: 0, offset: 0 };

  function closeFile(): void {
    if (open) closeSync(open.fd);
    open = undefined;
  }

  function close(): void {
    closeFile();
    for (const anchor of anchors.values()) anchor.close();
    anchors.clear();
  }

  function descriptor(path: string, place: number): number | undefined {
    if (open?.path === path && open.place === place) return open.fd;
    const { root } = held.places[place] as HeldContent["places"][number];
    const anchor = anchors.get(root) ?? openAnchor(root);
    anchors.set(root, anchor);
    closeFile();
    try {
      anchor.trim();
      open = { path, place, fd: openForReading(anchor.place(pathIn(held.places[place] as HeldContent["places"][number], path))) };
      return open.fd;
    } catch {
      return undefined; // missing, or not readable
    }
  }

  function offsetOf(file: ServedFile, ordinal: number): number {
    if (found.first !== file.first || found.ordinal > ordinal) found = { first: file.first, ordinal: file.first, offset: 0 };
    let { offset } = found;
    for (let at = found.ordinal; at < ordinal; at++) offset += file.sizes[at - file.first] as number;
    found = { first: file.first, ordinal, offset };
    return offset;
  }

  return {
    look(now) {
      // Whole trees are exchanged: open folders and files may belong to another generation.
      close();
      held = now;
    },
    read(ordinal, target, at) {
      const file = manifest.file(ordinal);
      if (!file) return undefined;
      const index = ordinal - file.first;
      const size = file.sizes[index] as number;
      const offset = offsetOf(file, ordinal);
      const digest = file.digests.subarray(index * DIGEST, (index + 1) * DIGEST);
      const bytes = target.subarray(at, at + size);
      for (let place = 0; place < held.places.length; place++) {
        const fd = descriptor(file.path, place);
        if (fd !== undefined && readFully(fd, bytes, offset) && digestOf(bytes) === digest.toHex()) return size;
        closeFile();
      }
      return undefined;
    },
    rest() {
      if (platform.openFilesHoldFolders) closeFile();
    },
    close,
  };
}

function readFully(fd: number, bytes: Uint8Array, offset: number): boolean {
  try {
    for (let done = 0; done < bytes.length;) {
      const count = readSync(fd, bytes, done, bytes.length - done, offset + done);
      if (count === 0) return false;
      done += count;
    }
    return true;
  } catch {
    return false;
  }
}
