import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePaths, type Chunk, type FileEntry, type Manifest } from "@sitewright/protocol";
import { planRebuild, type KnownFile, type LocalState } from "./rebuild-plan.ts";

/** Contents are strings of letters; each letter is a chunk of its own, of a size of its own. */
function chunksOf(text: string): Chunk[] {
  return text.split("").map((letter) => ({ digest: letter, size: letter.charCodeAt(0) }));
}

function fileEntry(path: string, text: string): FileEntry {
  const chunks = chunksOf(text);
  return { kind: "file", path, mode: 0o644, modified: 1, size: chunks.reduce((sum, chunk) => sum + chunk.size, 0), chunks };
}

function manifestOf(files: ReadonlyMap<string, string>): Manifest {
  const entries = [...files].map(([path, text]) => fileEntry(path, text)).sort((a, b) => comparePaths(a.path, b.path));
  return { unit: { role: "dp", name: "ABC00001" }, owned: [{ path: "ABC00001", kind: "folder", rights: "clients-read" }], entries };
}

interface Known extends KnownFile {
  text: string;
}

function known(path: string, text: string, options: Partial<KnownFile> = {}): Known {
  return { path, text, chunks: chunksOf(text), mode: 0o644, modified: 1, linkable: true, ...options };
}

const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "d", "e", "f"), maxLength: 5 });
const NAMES = ["p", "q", "r", "s", "t", "u"];
const path = fc.constantFrom(...NAMES).map((name) => `ABC00001/${name}`);
const files = fc.array(fc.tuple(path, text), { maxLength: 6 }).map((pairs) => new Map(pairs));
const locals = fc
  .array(fc.tuple(path, text, fc.boolean()), { maxLength: 6 })
  .map((all) => all.map(([where, what, linkable]) => known(where, what, { linkable })));

/** Carries a plan out on strings, as the disk does on bytes: a hole until its chunk is written. */
function carryOut(manifest: Manifest, local: LocalState<Known>): { built: Map<string, string>; fetched: string[] } {
  const plan = planRebuild(manifest, local);
  const cells = new Map<string, (string | undefined)[]>();
  const fetched: string[] = [];
  const put = (file: FileEntry, offset: number, letter: string) => {
    let at = 0;
    const index = file.chunks.findIndex((chunk) => (at += chunk.size) > offset);
    (cells.get(file.path) ?? [])[index] = letter;
  };
  for (const { file } of plan.assemble) {
    const staged = local.staged.get(file.path);
    cells.set(
      file.path,
      file.chunks.map((chunk, i) => (Array.isArray(staged) && staged[i] === true ? chunk.digest : undefined)),
    );
  }
  for (const file of plan.kept)
    cells.set(
      file.path,
      file.chunks.map((chunk) => chunk.digest),
    );
  for (const { file, from } of plan.adopt) cells.set(file.path, from.text.split(""));
  for (const { chunk, from, at } of plan.copy) {
    let offset = 0;
    const letter = from.text.split("").find((candidate) => (offset += candidate.charCodeAt(0)) > at);
    put(chunk.file, chunk.offset, letter ?? "?");
  }
  for (const { chunk, places } of plan.fetch) {
    fetched.push(chunk.digest);
    for (const place of places) put(place.file, place.offset, chunk.digest);
  }
  return { built: new Map([...cells].map(([where, letters]) => [where, letters.map((letter) => letter ?? "_").join("")])), fetched };
}

test("Carrying out the plan gives exactly the manifest, whatever is here, and fetches nothing twice and nothing that is here", () => {
  fc.assert(
    fc.property(
      files,
      locals,
      fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      fc.subarray(NAMES),
      (want, have, right, interrupted) => {
        const manifest = manifestOf(want);
        const staged = new Map(
          interrupted.filter((name) => want.has(`ABC00001/${name}`)).map((name) => [`ABC00001/${name}`, right] as const),
        );
        const { built, fetched } = carryOut(manifest, { files: have, staged });
        expect(built).toEqual(want);
        expect(new Set(fetched).size).toBe(fetched.length);
        const here = new Set(have.flatMap((file) => file.text.split("")));
        expect(fetched.filter((letter) => here.has(letter))).toEqual([]);
      },
    ),
  );
});

test("A file is linked only at its own path, with equal attributes, and when that is allowed", () => {
  const manifest = manifestOf(new Map([["ABC00001/p", "ab"]]));
  const linked = (file: Known) => planRebuild(manifest, { files: [file], staged: new Map() }).adopt.map((step) => step.link);
  expect(linked(known("ABC00001/p", "ab"))).toEqual([true]);
  expect(linked(known("ABC00001/q", "ab"))).toEqual([false]);
  expect(linked(known("ABC00001/p", "ab", { mode: 0o600 }))).toEqual([false]);
  expect(linked(known("ABC00001/p", "ab", { modified: 2 }))).toEqual([false]);
  expect(linked(known("ABC00001/p", "ab", { linkable: false }))).toEqual([false]);
});

test("Bytes to fetch and to write are counted: a link writes nothing, a chunk for two places crosses once and is written twice", () => {
  const manifest = manifestOf(
    new Map([
      ["ABC00001/p", "ab"],
      ["ABC00001/q", "cc"],
    ]),
  );
  const plan = planRebuild(manifest, { files: [known("ABC00001/p", "ab")], staged: new Map() });
  expect(plan.fetchBytes).toBe(99);
  expect(plan.writeBytes).toBe(198);
  expect(plan.fetch.map((step) => step.places.length)).toEqual([2]);
});
