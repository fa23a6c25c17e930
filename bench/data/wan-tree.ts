import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeRandom } from "../../scripts/sample/random.ts";
import { noise } from "./noise.ts";
import { contentMaker, type TreeFacts } from "./trees.ts";

export interface WanTree extends TreeFacts {
  /** Paths of the 10 MB images. */
  images: string[];
  /** Paths of the files of 100 to 300 KB that are no copies. */
  midSize: string[];
}

/** Of each kind: files with content of their own, copies of such, and the range of their sizes. */
const KINDS = [
  { name: "image", own: 2, copies: 0, least: 10_000_000, most: 10_000_000 },
  { name: "module", own: 60, copies: 45, least: 100_000, most: 300_000 },
  { name: "part", own: 922, copies: 233, least: 1_000, most: 27_000 },
] as const;
const FILES_IN_FOLDER = 40;

/**
 * 57 MB in 1,262 files: 278 of them, 22 % of the files and of the bytes, are copies of others under another name; of the rest every
 * second one of each kind is text.
 */
export function writeWanTree(folder: string, scale: number): WanTree {
  const random = makeRandom(5, "wan tree");
  const content = contentMaker(random);
  const tree: WanTree = { files: 0, bytes: 0, images: [], midSize: [] };
  for (const { name, own, copies, least, most } of KINDS) {
    const made: Buffer[] = [];
    const count = name === "image" ? own : Math.ceil(own / scale);
    for (let i = 0; i < count; i++) {
      const size = least + random.integer(most - least + 1);
      made.push(content(name === "image" ? Math.floor(size / scale) : size, i % 2 === 0));
    }
    const copied = Array.from({ length: Math.round(copies / scale) }, () => random.pick(made));
    [...made, ...copied].forEach((bytes, i) => {
      const path = `${name}s/${Math.floor(i / FILES_IN_FOLDER)}/${name}${i}.dat`;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
      tree.files += 1;
      tree.bytes += bytes.length;
      if (name === "image") tree.images.push(path);
      if (name === "module" && i < made.length) tree.midSize.push(path);
    });
  }
  return tree;
}

/** A new version: 1,000 bytes inserted in the middle of each image, and one in twenty mid-size files replaced. */
export function changeWanTree(folder: string, { images, midSize }: WanTree, version: number): void {
  const random = makeRandom(version, "wan change");
  const content = contentMaker(random);
  for (const path of images) {
    const before = readFileSync(join(folder, path));
    const middle = before.length >> 1;
    const inserted = noise(1_000, `inserted into ${path} by ${version}`);
    writeFileSync(join(folder, path), Buffer.concat([before.subarray(0, middle), inserted, before.subarray(middle)]));
  }
  for (let i = 0; i < Math.ceil(midSize.length / 20); i++) {
    writeFileSync(join(folder, random.pick(midSize)), content(100_000 + random.integer(200_000), i % 2 === 0));
  }
}
