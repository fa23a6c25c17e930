import { expect, test } from "vitest";
import type { Held, MediumManifest } from "@sitewright/protocol";
import { newerHeld } from "./newer-held.ts";

const unit = { role: "dp", name: "ABC00001" } as const;
const [HERE, THERE] = ["aa".repeat(32), "bb".repeat(32)];
const medium = (sourceVersion: number, digest = THERE, content?: string): MediumManifest => ({
  unit,
  digest,
  bytes: 1,
  stored: digest,
  files: 1,
  sourceBytes: 1,
  sourceVersion,
  runs: { counts: [], packs: [], offsets: [] },
  ...(content === undefined ? {} : { content }),
});
const held = (sourceVersion: number, more: Partial<Held> = {}): Held => ({
  unit,
  previous: false,
  sourceVersion,
  live: { generation: { epoch: 1, counter: 1 }, manifest: HERE },
  ...more,
});

test.each<[what: string, held: Held | undefined, medium: MediumManifest, code: string | undefined]>([
  ["nothing is held", undefined, medium(1), undefined],
  ["an older version is live", held(1), medium(2), undefined],
  ["a newer version is live", held(3), medium(2), "NEWER_VERSION_HELD"],
  ["a newer version was live before", held(1, { highestVersion: 3 }), medium(2), "NEWER_VERSION_HELD"],
  ["the same content is live under a newer version", held(3), medium(2, HERE), undefined],
  ["other files are live under the same version", held(2, { content: "v1-aa" }), medium(2, THERE, "v1-bb"), "OTHER_CONTENT_HELD"],
  ["the same files are live in other cuts", held(2, { content: "v1-aa" }), medium(2, THERE, "v1-aa"), undefined],
  ["contents were named by other methods", held(2, { content: "v1-aa" }), medium(2, THERE, "v2-bb"), undefined],
  ["no version is stated", held(0, { content: "v1-aa" }), medium(0, THERE, "v1-bb"), undefined],
])("where %s, a medium is judged by that", (_, before, incoming, code) => {
  expect(newerHeld(before, incoming)?.code).toBe(code);
});
