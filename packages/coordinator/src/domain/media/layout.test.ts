import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PACK_HEADER, SEAL_BYTES, type ChunkRuns } from "@sitewright/protocol";
import { createLayout, roomWithParity, type ChunkPlace, type PlacedChunks } from "./layout.ts";

function inMemory(): PlacedChunks {
  const places = new Map<string, ChunkPlace>();
  const key = (digest: Uint8Array) => Buffer.from(digest).toString("hex");
  return { find: (digest) => places.get(key(digest)), add: (digest, place) => void places.set(key(digest), place) };
}

const digest = (name: number) => new Uint8Array(createHash("sha256").update(String(name)).digest());
const sizeOf = (name: number) => 1 + (name % 40);

/** Where each chunk lies by the runs. */
function placesIn({ counts, packs, offsets }: ChunkRuns, names: readonly number[], more: number): ChunkPlace[] {
  let at = 0;
  return counts.flatMap((count, run) => {
    let offset = offsets[run] as number;
    return Array.from({ length: count }, () => {
      const place = { pack: packs[run] as number, offset };
      offset += sizeOf(names[at++] as number) + more;
      return place;
    });
  });
}

test("every chunk has one place for all manifests, no two chunks share a byte, and no pack or volume is larger than it may be", () => {
  const manifests = fc.array(fc.array(fc.nat(60), { maxLength: 40 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      manifests,
      fc.boolean(),
      fc.integer({ min: 200, max: 900 }),
      fc.integer({ min: 200, max: 500 }),
      (units, sealed, volumeBytes, packBytes) => {
        const more = sealed ? SEAL_BYTES : 0;
        const layout = createLayout({ volumeBytes, packBytes, sealed }, inMemory());
        const seen = new Map<number, ChunkPlace>();
        for (const names of units) {
          for (const name of names) layout.chunk(digest(name), sizeOf(name));
          for (const [i, place] of placesIn(layout.endManifest(), names, more).entries()) {
            const name = names[i] as number;
            expect(seen.get(name) ?? place).toEqual(place);
            seen.set(name, place);
          }
        }
        const packs = layout.packs();
        const used = packs.map(() => PACK_HEADER);
        const sorted = [...seen].toSorted(([, a], [, b]) => a.pack - b.pack || a.offset - b.offset);
        for (const [name, { pack, offset }] of sorted) {
          expect(offset).toBe(used[pack - 1]);
          used[pack - 1] = offset + sizeOf(name) + more;
        }
        expect(packs.map(({ bytes }) => bytes)).toEqual(used);
        expect(Math.max(0, ...used)).toBeLessThanOrEqual(packBytes);
        for (const own of Map.groupBy(packs, ({ volume }) => volume).values())
          expect(own.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(volumeBytes);
        expect(packs.map(({ volume }) => volume)).toEqual(packs.map(({ volume }) => volume).toSorted((a, b) => a - b));
      },
    ),
    { numRuns: 200 },
  );
});

test("chunks that targets hold already are on no pack, and interrupt a run", () => {
  const placed = inMemory();
  placed.add(digest(2), { pack: 0, offset: 0 });
  const layout = createLayout({ volumeBytes: 1000, packBytes: 1000, sealed: false }, placed);
  for (const name of [1, 2, 2, 3]) layout.chunk(digest(name), sizeOf(name));
  expect(layout.endManifest()).toEqual({ counts: [1, 2, 1], packs: [1, 0, 1], offsets: [64, 0, 66] });
});

test("a parity volume has room where each of the others has", () => {
  const largest = 40;
  fc.assert(
    fc.property(
      fc.array(fc.nat(5000), { maxLength: 300 }),
      fc.integer({ min: 900, max: 3000 }),
      fc.integer({ min: 200, max: 500 }),
      (names, room, packBytes) => {
        const layout = createLayout({ volumeBytes: roomWithParity(room, packBytes, largest), packBytes, sealed: false }, inMemory());
        for (const name of names) layout.chunk(digest(name), sizeOf(name));
        const volumes = [...Map.groupBy(layout.packs(), ({ volume }) => volume).values()];
        const most = Math.max(0, ...volumes.map(({ length }) => length));
        const parts = Array.from({ length: most }, (_, i) => Math.max(...volumes.map((own) => own[i]?.bytes ?? 0)));
        expect(parts.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(room);
      },
    ),
    { numRuns: 200 },
  );
});
