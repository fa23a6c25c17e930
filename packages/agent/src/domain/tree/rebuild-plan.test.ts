import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePaths, type Chunk, type Digest, type FileEntry, type ManifestEntry } from "@sitewright/protocol";
import { planRebuild, type KnownFile, type LocalState, type RebuildPlan } from "./rebuild-plan.ts";

/** Contents are strings of letters; each letter is a chunk with a size of its own. */
function chunksOf(text: string): Chunk[] {
  return text.split("").map((letter) => ({ digest: letter, size: letter.charCodeAt(0) }));
}

function fileEntry(path: string, text: string): FileEntry {
  const chunks = chunksOf(text);
  return { kind: "file", path, mode: 0o644, modified: 1, size: chunks.reduce((sum, chunk) => sum + chunk.size, 0), chunks };
}

function entriesOf(files: ReadonlyMap<string, string>): ManifestEntry[] {
  return [...files].map(([path, text]) => fileEntry(path, text)).sort((a, b) => comparePaths(a.path, b.path));
}

interface Known extends KnownFile {
  text: string;
}

function known(path: string, text: string, options: Partial<KnownFile> = {}): Known {
  return { path, text, modified: 1, linkable: true, ...options };
}

/** Knows some files, as the index of a disk does. */
function localState(
  files: readonly Known[],
  staged: LocalState<Known>["staged"] = new Map(),
  underWay: ReadonlySet<Digest> = new Set(),
): LocalState<Known> {
  return {
    staged,
    whole({ path, chunks }) {
      const equal = files.filter(({ text }) => text === chunks.map((chunk) => chunk.digest).join(""));
      return equal.find((file) => file.path === path && file.linkable) ?? equal[0];
    },
    piece(digest) {
      const from = files.find(({ text }) => text.includes(digest));
      const before = chunksOf(from?.text.slice(0, from.text.indexOf(digest)) ?? "");
      return from && { from, at: before.reduce((sum, chunk) => sum + chunk.size, 0) };
    },
    underWay: (digest) => underWay.has(digest),
  };
}

/** A disk of strings: a hole until its chunk is written. */
class Disk {
  readonly files = new Map<string, string[]>();
  readonly fetched: string[] = [];

  carryOut(plan: RebuildPlan<Known>): void {
    for (const file of plan.kept) this.#cells(file).splice(0, Infinity, ...file.chunks.map((chunk) => chunk.digest));
    for (const { file } of plan.assemble) this.#cells(file);
    for (const { file, from } of plan.adopt) this.#cells(file).splice(0, Infinity, ...from.text.split(""));
    for (const { chunk, from, at } of plan.copy) {
      let offset = 0;
      this.#put(chunk.file, chunk.offset, from.text.split("").find((letter) => (offset += letter.charCodeAt(0)) > at) ?? "?");
    }
    for (const { chunk, places } of plan.fetch) {
      this.fetched.push(chunk.digest);
      for (const place of places) this.#put(place.file, place.offset, chunk.digest);
    }
  }

  texts(): Map<string, string> {
    return new Map([...this.files].map(([path, cells]) => [path, cells.join("")]));
  }

  #cells(file: FileEntry): string[] {
    const cells = this.files.get(file.path) ?? file.chunks.map(() => "_");
    this.files.set(file.path, cells);
    return cells;
  }

  #put(file: FileEntry, offset: number, letter: string): void {
    let at = 0;
    this.#cells(file)[file.chunks.findIndex((chunk) => (at += chunk.size) > offset)] = letter;
  }
}

const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "d", "e", "f"), maxLength: 5 });
const NAMES = ["p", "q", "r", "s", "t", "u"];
const path = fc.constantFrom(...NAMES).map((name) => `ABC00001/${name}`);
const files = fc.array(fc.tuple(path, text), { maxLength: 6 }).map((pairs) => new Map(pairs));
const locals = fc
  .array(fc.tuple(path, text, fc.boolean()), { maxLength: 6 })
  .map((all) => all.map(([where, what, linkable]) => known(where, what, { linkable })));
const right = fc.array(fc.boolean(), { minLength: 5, maxLength: 5 });

test("Carrying out the plan gives exactly the manifest, whatever is local, and fetches nothing twice and nothing that is local", () => {
  fc.assert(
    fc.property(files, locals, fc.array(fc.tuple(path, right)), fc.subarray(NAMES), (want, have, interrupted, complete) => {
      const staged = new Map<string, "complete" | readonly boolean[]>(interrupted);
      for (const name of complete) staged.set(`ABC00001/${name}`, "complete");
      const disk = new Disk();
      for (const entry of entriesOf(want)) {
        const bits = staged.get(entry.path);
        if (entry.kind !== "file" || !Array.isArray(bits)) continue;
        disk.files.set(
          entry.path,
          entry.chunks.map((chunk, i) => (bits[i] ? chunk.digest : "_")),
        );
      }
      disk.carryOut(planRebuild({ entries: entriesOf(want), first: 0 }, localState(have, staged)));
      expect(disk.texts()).toEqual(want);
      expect(new Set(disk.fetched).size).toBe(disk.fetched.length);
      const here = new Set(have.flatMap((file) => file.text.split("")));
      expect(disk.fetched.filter((letter) => here.has(letter))).toEqual([]);
    }),
  );
});

test("Planned window by window, and again for what was in transit, the outcome is the same and nothing is fetched twice", () => {
  fc.assert(
    fc.property(files, locals, fc.integer({ min: 1, max: 3 }), (want, have, size) => {
      const entries = entriesOf(want) as FileEntry[];
      const disk = new Disk();
      const underWay = new Set<Digest>();
      const later = new Set<number>();
      for (let at = 0, first = 0; at < entries.length; at += size) {
        const window = { entries: entries.slice(at, at + size), first };
        first += window.entries.reduce((sum, file) => sum + file.chunks.length, 0);
        const plan = planRebuild(window, localState(have, new Map(), underWay));
        for (const { chunk } of plan.fetch) underWay.add(chunk.digest);
        for (const { ordinal } of plan.later) later.add(ordinal);
        disk.carryOut(plan);
      }
      let ordinal = 0;
      const staged = new Map(entries.map((file) => [file.path, file.chunks.map(() => !later.has(ordinal++))]));
      const arrived = [...disk.texts()].map(([where, letters]) => known(where, letters));
      disk.carryOut(planRebuild({ entries, first: 0 }, localState([...have, ...arrived], staged)));
      expect(disk.texts()).toEqual(want);
      expect(new Set(disk.fetched).size).toBe(disk.fetched.length);
    }),
  );
});

test("A file is linked only at its own path, with equal attributes, and when that is allowed", () => {
  const window = { entries: [fileEntry("ABC00001/p", "ab")], first: 0 };
  const linked = (file: Known) => planRebuild(window, localState([file])).adopt.map((step) => step.link);
  expect(linked(known("ABC00001/p", "ab"))).toEqual([true]);
  expect(linked(known("ABC00001/q", "ab"))).toEqual([false]);
  expect(linked(known("ABC00001/p", "ab", { linkable: false }))).toEqual([false]);
  expect(linked(known("ABC00001/p", "ab", { modified: 2 }))).toEqual([false]);
  expect(linked(known("ABC00001/p", "ab", { linkable: false }))).toEqual([false]);
});

test("Bytes to fetch and to write are counted: a link writes nothing, a chunk for two places is fetched once and written twice", () => {
  const entries = [fileEntry("ABC00001/p", "ab"), fileEntry("ABC00001/q", "cc")];
  const plan = planRebuild({ entries, first: 7 }, localState([known("ABC00001/p", "ab")]));
  expect(plan.fetchBytes).toBe(99);
  expect(plan.writeBytes).toBe(198);
  expect(plan.fetch.map((step) => [step.chunk.ordinal, step.places.length])).toEqual([[9, 2]]);
});

test("A file that waits for a chunk in transit is not complete with the steps of this plan", () => {
  const entries = [fileEntry("ABC00001/p", "ab")];
  const plan = planRebuild({ entries, first: 0 }, localState([], new Map(), new Set("b")));
  expect(plan.assemble).toMatchObject([{ pieces: 1, complete: false }]);
  expect(plan.later.map((chunk) => chunk.ordinal)).toEqual([1]);
});
