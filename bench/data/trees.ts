import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeRandom, type Random } from "../../scripts/sample/random.ts";
import { noise } from "./noise.ts";

export interface TreeFacts {
  files: number;
  bytes: number;
}

const MIB = 1024 * 1024;

/** 1 GiB in 8 files that cannot be compressed. */
export function writeLargeTree(folder: string, scale: number): TreeFacts {
  const files = 8;
  const each = Math.floor((128 * MIB) / scale);
  for (let i = 0; i < files; i++) writeNoiseFile(join(folder, `image${i}.wim`), each, `large ${i}`);
  return { files, bytes: files * each };
}

/** Piece by piece, because a file may not fit in memory. */
export function writeNoiseFile(path: string, bytes: number, name: string): void {
  const file = openSync(path, "w");
  for (let at = 0; at < bytes; at += 8 * MIB) writeSync(file, noise(Math.min(8 * MIB, bytes - at), `${name} at ${at}`));
  closeSync(file);
}

/** 20,000 files of 0.5 to 16 KB in 200 folders; every second one is text. */
export function writeSmallTree(folder: string, scale: number): TreeFacts {
  const random = makeRandom(4, "small tree");
  const content = contentMaker(random);
  const folders = Math.ceil(200 / scale);
  let bytes = 0;
  for (let i = 0; i < folders; i++) {
    const place = join(folder, `component${i}`);
    mkdirSync(place);
    for (let j = 0; j < 100; j++) {
      const size = 512 + random.integer(16 * 1024 - 512);
      writeFileSync(join(place, `file${j}${j % 2 === 0 ? ".inf" : ".dll"}`), content(size, j % 2 === 0));
      bytes += size;
    }
  }
  return { files: folders * 100, bytes };
}

/**
 * 200,000 files, 1,000 in a folder, of which every second one shrinks to half when it is compressed.
 * @param seed Trees of different ones have nothing in common.
 * @param average Of their sizes, bytes.
 */
export function writeManyFiles(folder: string, seed: string, average: number, scale: number): TreeFacts {
  const random = makeRandom(6, seed);
  const files = Math.floor(200_000 / scale);
  let bytes = 0;
  for (let i = 0; i < files; i++) {
    const place = join(folder, `part${Math.floor(i / 1000)}`);
    if (i % 1000 === 0) mkdirSync(place);
    const size = 2 * (1 + random.integer(average));
    const name = `${seed} ${i}`;
    writeFileSync(join(place, `file${i}.dat`), i % 2 === 0 ? noise(size, name) : noise(size / 2, name).toString("hex"));
    bytes += size;
  }
  return { files, bytes };
}

/** Creates files' content: text that compresses to about a third, or incompressible bytes. Never the same twice. */
export function contentMaker(random: Random): (bytes: number, compressible: boolean) => Buffer {
  let count = 0;
  return (bytes, compressible) => (compressible ? random.text(bytes) : noise(bytes, `content ${count++} ${random.integer(2 ** 31)}`));
}
