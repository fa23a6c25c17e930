import { openSync } from "node:fs";
import { join } from "node:path";
import { MEDIUM_PLACES, numberedName, type MediumPack } from "@sitewright/protocol";
import { closeQuietly, readAt } from "@sitewright/node-kit/medium-files";
import { createVolumeFile, type WrittenFile } from "./volume-files.ts";

const PIECE = 1024 * 1024;

/**
 * Writes the volume from which one that is lost can be computed: its n-th file is the exclusive or of the n-th packs of all volumes, as if
 * zeros followed the shorter ones. @param paths Of the packs, by number.
 */
export function writeParity(
  folder: string,
  packs: readonly Pick<MediumPack, "volume" | "bytes">[],
  paths: readonly string[],
): WrittenFile[] {
  const byVolume = Map.groupBy(
    packs.map(({ volume, bytes }, i) => ({ volume, bytes, path: paths[i] as string })),
    ({ volume }) => volume,
  );
  const volumes = [...byVolume.values()];
  const most = Math.max(0, ...volumes.map(({ length }) => length));
  return Array.from({ length: most }, (_, i) => {
    const parts = volumes.flatMap((own) => own[i] ?? []);
    return writePart(join(folder, MEDIUM_PLACES.parity, numberedName(i + 1)), parts);
  });
}

function writePart(path: string, parts: readonly { path: string; bytes: number }[]): WrittenFile {
  const target = createVolumeFile(path);
  const sources = parts.map((part) => ({ ...part, file: openSync(part.path, "r") }));
  try {
    const longest = Math.max(...parts.map(({ bytes }) => bytes));
    const [sum, piece] = [Buffer.allocUnsafeSlow(PIECE), Buffer.allocUnsafeSlow(PIECE)];
    for (let at = 0; at < longest; at += PIECE) {
      const length = Math.min(PIECE, longest - at);
      sum.fill(0);
      for (const { file, path: source } of sources) {
        const count = readAt(file, piece.subarray(0, length), at, source);
        for (let i = 0; i < count; i++) sum[i] = (sum[i] as number) ^ (piece[i] as number);
      }
      target.write(Buffer.from(sum.subarray(0, length)));
    }
    return target.end();
  } catch (error) {
    target.discard();
    throw error;
  } finally {
    for (const { file } of sources) closeQuietly(file);
  }
}
