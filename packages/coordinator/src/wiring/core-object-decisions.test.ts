import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { encodeManifest, LIMITS, manifestDigest, type ContentPart, type ContentQuery, type Held } from "@sitewright/protocol";
import type { ObjectDecision } from "@sitewright/protocol/api";
import { digestOf, hashBytes } from "@sitewright/node-kit/hash";
import { ANNA } from "../../test-support/fakes.ts";
import { useNativeCore } from "../../test-support/native-core-fixture.ts";

const { fixture, write, place } = await useNativeCore((first) => {
  first(
    "hierarchy.yaml",
    "sites:\n  ABC: { type: primary, server: A1 }\nsystems:\n  A1: { site: ABC, roles: [cap, dp] }\n  A2: { site: ABC, roles: [dp] }\n",
  );
  first("ABC/site.yaml", "# numbers\nserials: { packages: 7 }\n");
  first("ABC/inboxes/offerinf.box/ABC20001.ofr", "Version=1\n");
  first("packages/ABC00001/package.yaml", "# the office suite\nsourceVersion: 2\ndistributionPoints: [A1]\n");
  first("packages/ABC00001/source/setup.txt", "two");
  first("packages/ABC00003/package.yaml", "distributionPoints: [A2]\n");
  first("packages/ABC00003/source/setup.txt", "as it was");
});

/** A package as an agent holds it. */
function copyOf(id: string, files: Record<string, string>, sourceVersion: number) {
  const folders = new Set(Object.keys(files).flatMap((path) => (path.includes("/") ? [path.slice(0, path.lastIndexOf("/"))] : [])));
  const entries = [
    ...[...folders].map((path) => ({ kind: "folder" as const, path: `${id}/${path}`, mode: 0o755 })),
    ...Object.entries(files).map(([path, content]) => {
      const chunks = content === "" ? [] : [{ digest: digestOf(Buffer.from(content)), size: content.length }];
      return { kind: "file" as const, path: `${id}/${path}`, mode: 0o640, size: content.length, modified: 1_000_000_000_123, chunks };
    }),
    { kind: "link" as const, path: `${id}/zz-link`, target: "setup.txt" },
  ];
  const unit = { role: "dp", name: id } as const;
  const bytes = encodeManifest({ unit, owned: [{ path: id, kind: "folder", rights: "clients-read" }], entries });
  const digest = manifestDigest(bytes, hashBytes);
  const held: Held = { unit, live: { generation: { epoch: 1, counter: 1 }, manifest: digest }, previous: false, sourceVersion };
  const texts = Object.values(files).filter((text) => text !== "");
  return { held, digest, bytes, texts };
}

/** Agents that answer from these packages, some bytes at a time, and with these offers. @param most Bytes of one answer. */
function serve(
  copies: readonly ReturnType<typeof copyOf>[],
  { most = 5, offers = {} }: { most?: number; offers?: Record<string, string> } = {},
) {
  fixture.fleet.tell = ({ want }: ContentQuery): Omit<ContentPart, "kind" | "id"> => {
    const bytes = (all: Uint8Array, from: number) => ({
      last: true,
      bytes: all.subarray(from, from + Math.min(most, want.kind === "manifest" ? LIMITS.queryPart : most)),
    });
    switch (want.kind) {
      case "definitions": {
        const objects = Object.entries(offers).map(([name, text]) => {
          const hash = createHash("sha256").update(text).digest("hex");
          return { path: `CAP_ABC/offerinf.box/${name}`, number: Number(/\d+/.exec(text)?.[0]), hash, size: text.length };
        });
        return { last: true, objects };
      }
      case "manifest":
        return bytes(copies.find(({ digest }) => digest === want.digest)?.bytes ?? new Uint8Array(), want.from);
      case "chunks": {
        const texts = copies.find(({ digest }) => digest === want.manifest)?.texts ?? [];
        return bytes(Buffer.from(texts.slice(want.ordinal).join("")), want.from);
      }
      case "file":
        return bytes(Buffer.from(offers[want.path.split("/")[2] ?? ""] ?? ""), want.from);
    }
  };
}

const MADE = copyOf("ABC00004", { "a/empty.txt": "", "setup.txt": "made after the backup", "z.txt": "and more" }, 3);
const NEWER = copyOf("ABC00001", { "setup.txt": "four" }, 4);
const text = (name: string): string => readFileSync(place(name), "utf8");
const plan = () => fixture.core.objects.plan("ABC");
const found = async (): Promise<string[]> => (await plan()).findings.map(({ id, finding }) => `${id} ${finding}`);
const decide = (object: string, decision: ObjectDecision, from?: string) =>
  fixture.core.objects.decide(ANNA, "ABC", { object, decision, ...(from === undefined ? {} : { from }) });
const undo = (object: string) => fixture.core.objects.undo(ANNA, "ABC", object);
const connect = async (holds: Record<string, Held[]>): Promise<void> => {
  for (const [system, units] of Object.entries(holds)) fixture.fleet.holds.set(system, units);
  await fixture.fleet.connect(...Object.keys(holds));
};
/** Waits until an object is fetched, or cannot be. */
async function returned(object: string) {
  const state = () => fixture.core.objects.returning("ABC").find((one) => one.object === object);
  await expect.poll(() => state()?.state).not.toBe("running");
  return state();
}
const said = async (kind: "object-decided" | "object-undone") =>
  (await fixture.ledger())
    .filter((entry) => entry.kind === kind)
    .map(({ by, details }) => `${by.name} ${details["decision"]} ${details["object"]}`);

test("a package made after the backup is brought back into the site data with its files, times and permissions, and undone", async () => {
  serve([MADE]);
  await connect({ A1: [MADE.held], A2: [MADE.held] });
  expect(await found()).toEqual(["ABC00004 made"]);
  expect(await decide("ABC00004", "bring-back")).toEqual({ object: "package/ABC00004", decision: "bring-back", isReturning: true });
  expect(await returned("package/ABC00004")).toMatchObject({ state: "done", bytes: 29, of: 29 });
  expect(text("packages/ABC00004/package.yaml")).toBe(
    '# brought back by anna from A1\nsourceVersion: 3\ndistributionPoints: ["A1", "A2"]\n',
  );
  expect(text("packages/ABC00004/source/zz-link")).toBe("made after the backup");
  const { mode, mtimeMs } = statSync(place("packages/ABC00004/source/setup.txt"));
  expect([mode & 0o777, Math.trunc(mtimeMs), text("packages/ABC00004/source/a/empty.txt")]).toEqual([0o640, 1_000_000_000_123, ""]);
  expect([await found(), await said("object-decided")]).toEqual([[], ["anna bring-back package/ABC00004"]]);
  await undo("ABC00004");
  expect([existsSync(place("packages/ABC00004")), await found()]).toEqual([false, ["ABC00004 made"]]);
  await expect(undo("ABC00004")).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await said("object-undone")).toEqual(["anna bring-back package/ABC00004"]);
});

test("a package changed after the backup is brought back in place of the old one, which an undo restores", async () => {
  serve([NEWER]);
  await connect({ A1: [NEWER.held] });
  await decide("package/ABC00001", "bring-back");
  await returned("package/ABC00001");
  expect([text("packages/ABC00001/package.yaml"), text("packages/ABC00001/source/setup.txt")]).toEqual([
    "# the office suite\nsourceVersion: 4\ndistributionPoints: [ A1 ]\n",
    "four",
  ]);
  expect(await found()).toEqual([]);
  await undo("ABC00001");
  expect([text("packages/ABC00001/source/setup.txt"), await found()]).toEqual(["two", ["ABC00001 changed"]]);
});

test("what arrives damaged is not put in force and not recorded, and the next attempt fetches only what is missing", async () => {
  const damaged = { ...MADE, texts: ["made after the backup", "AND MORE"] };
  serve([damaged]);
  await connect({ A1: [MADE.held] });
  await decide("ABC00004", "bring-back");
  expect(await returned("package/ABC00004")).toMatchObject({
    state: "failed",
    error: expect.stringMatching(/^HASH_MISMATCH: .*z\.txt/) as string,
  });
  expect([existsSync(place("packages/ABC00004")), await said("object-decided"), await found()]).toEqual([false, [], ["ABC00004 made"]]);
  serve([MADE]);
  const asked = fixture.fleet.sent.length;
  await decide("ABC00004", "bring-back");
  expect(await returned("package/ABC00004")).toMatchObject({ state: "done" });
  const ordinals = fixture.fleet.sent
    .slice(asked)
    .flatMap(({ message }) => (message.kind === "content-query" && message.want.kind === "chunks" ? message.want.ordinal : []));
  expect(new Set(ordinals)).toEqual(new Set([1]));
});

test("where systems hold different contents under one number, the right one has to be named, and gets a number of its own", async () => {
  const other = copyOf("ABC00004", { "setup.txt": "another" }, 3);
  serve([MADE, other]);
  await connect({ A1: [MADE.held], A2: [other.held] });
  await expect(decide("ABC00004", "bring-back")).rejects.toMatchObject({
    code: "BAD_REQUEST",
    message: expect.stringContaining("--from") as string,
  });
  await expect(decide("ABC00004", "keep")).rejects.toMatchObject({ code: "BAD_REQUEST" });
  await decide("ABC00004", "bring-back", "A2");
  await returned("package/ABC00004");
  expect([text("packages/ABC00004/source/setup.txt"), text("packages/ABC00004/package.yaml")]).toEqual([
    "another",
    expect.stringContaining("sourceVersion: 4\n"),
  ]);
});

test("a package is recreated under an id above all that were ever issued, after the numbers were raised", async () => {
  serve([MADE]);
  await connect({ A1: [MADE.held] });
  await plan();
  write("ABC/site.yaml", "# numbers\nserials: { packages: 5 }\n");
  await expect(decide("ABC00004", "recreate")).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining("repair-serials") as string,
  });
  await fixture.core.serials.apply(ANNA, "ABC", []);
  const raised = Number(/packages: (\d+)/.exec(text("ABC/site.yaml"))?.[1]);
  await decide("ABC00004", "recreate");
  const next = `ABC${(raised + 1).toString(16).toUpperCase().padStart(5, "0")}`;
  expect(await returned("package/ABC00004")).toMatchObject({ state: "done", as: next });
  expect([text(`packages/${next}/source/setup.txt`), text(`packages/${next}/package.yaml`)]).toEqual([
    "made after the backup",
    expect.stringContaining("where it is ABC00004\nsourceVersion: 1\n"),
  ]);
  expect([text("ABC/site.yaml"), await found()]).toEqual([expect.stringContaining(`packages: ${raised + 1}`), []]);
  await undo("ABC00004");
  expect([existsSync(place(`packages/${next}`)), await found()]).toEqual([false, ["ABC00004 made"]]);
});

test("a revived package is taken out of the site data, or kept, by a decision that can be undone", async () => {
  await plan();
  rmSync(place("packages/ABC00001"), { recursive: true });
  await plan();
  await fixture.core.sources.accept(ANNA, ["packages/ABC00001"]);
  write("packages/ABC00001/package.yaml", "sourceVersion: 2\ndistributionPoints: [A1]\n");
  write("packages/ABC00001/source/setup.txt", "two");
  expect(await found()).toEqual(["ABC00001 revived"]);
  await decide("ABC00001", "remove");
  expect([existsSync(place("packages/ABC00001")), await found()]).toEqual([false, []]);
  await undo("ABC00001");
  expect([text("packages/ABC00001/source/setup.txt"), await found()]).toEqual(["two", ["ABC00001 revived"]]);
  await decide("ABC00001", "keep");
  expect(await found()).toEqual([]);
});

test("keeping what the site data have of a changed package raises its version above every one that was seen", async () => {
  await connect({ A1: [NEWER.held] });
  await decide("ABC00001", "keep");
  expect([text("packages/ABC00001/package.yaml"), await found()]).toEqual([
    "# the office suite\nsourceVersion: 5\ndistributionPoints: [ A1 ]\n",
    [],
  ]);
  await undo("ABC00001");
  expect([text("packages/ABC00001/package.yaml"), await found()]).toEqual([
    expect.stringContaining("sourceVersion: 2"),
    ["ABC00001 changed"],
  ]);
});

test("what was made after the backup is given up by name, and stays on its systems until it is removed there", async () => {
  await connect({ A1: [MADE.held] });
  expect(await decide("ABC00004", "remove")).toEqual({ object: "package/ABC00004", decision: "remove", systems: ["A1"] });
  expect([await found(), fixture.fleet.orders(), await said("object-decided")]).toEqual([[], [], ["anna remove package/ABC00004"]]);
  await fixture.core.stop();
  await fixture.restart();
  expect(await found()).toEqual([]);
  await undo("ABC00004");
  expect(await found()).toEqual(["ABC00004 made"]);
});

test("offers are brought back from the client access point into the inbox, and the older one is restored by an undo", async () => {
  serve([], { offers: { "ABC20001.ofr": "Version=3\n", "ABC20002.ofr": "Version=1\n" } });
  await connect({ A1: [] });
  for (const offer of ["ABC20001", "ABC20002"]) await decide(offer, "bring-back");
  expect(await found()).toEqual([]);
  expect(["ABC20001", "ABC20002"].map((offer) => text(`ABC/inboxes/offerinf.box/${offer}.ofr`))).toEqual(["Version=3\n", "Version=1\n"]);
  for (const offer of ["advertisement/ABC20001", "advertisement/ABC20002"]) await undo(offer);
  expect([text("ABC/inboxes/offerinf.box/ABC20001.ofr"), existsSync(place("ABC/inboxes/offerinf.box/ABC20002.ofr"))]).toEqual([
    "Version=1\n",
    false,
  ]);
  expect(await found()).toEqual(["ABC20001 changed", "ABC20002 made"]);
});

test("a coordinator that was killed while a package was put in place of another finishes that at its next start", async () => {
  const kept = (name: string): string => place(`packages/.sitewright/ABC00001/${name}`);
  mkdirSync(dirname(kept("x")), { recursive: true });
  const put = (name: string, content: string): void => {
    mkdirSync(dirname(kept(name)), { recursive: true });
    writeFileSync(kept(name), content);
  };
  put("changing", "next");
  put("next/package.yaml", "sourceVersion: 4\ndistributionPoints: [A1]\n");
  put("next/source/setup.txt", "four");
  rmSync(place("packages/ABC00001"), { recursive: true });
  await fixture.core.stop();
  await fixture.restart();
  expect([text("packages/ABC00001/source/setup.txt"), existsSync(kept("changing"))]).toEqual(["four", false]);
});

test("an offer whose inbox the backup lacks is still to be decided about after it could not be written there", async () => {
  serve([], { offers: { "ABC20002.ofr": "Version=1\n" } });
  await connect({ A1: [] });
  rmSync(place("ABC/inboxes/offerinf.box"), { recursive: true });
  write("ABC/inboxes/pkginfo.box/ABC00001.pkg", "Version=2\n");
  await expect(decide("ABC20002", "bring-back")).rejects.toMatchObject({ code: "SOURCE_MISSING" });
  expect(await found()).toContain("ABC20002 made");
  mkdirSync(place("ABC/inboxes/offerinf.box"));
  await decide("ABC20002", "bring-back");
  expect([text("ABC/inboxes/offerinf.box/ABC20002.ofr"), await found()]).toEqual(["Version=1\n", []]);
});

test("an undo does not replace an offer that was edited or removed after it had been brought back", async () => {
  serve([], { offers: { "ABC20001.ofr": "Version=3\n" } });
  await connect({ A1: [] });
  await decide("ABC20001", "bring-back");
  write("ABC/inboxes/offerinf.box/ABC20001.ofr", "Version=4\n");
  await expect(undo("advertisement/ABC20001")).rejects.toMatchObject({ code: "CONFLICT" });
  expect(text("ABC/inboxes/offerinf.box/ABC20001.ofr")).toBe("Version=4\n");
  rmSync(place("ABC/inboxes/offerinf.box/ABC20001.ofr"));
  await expect(undo("advertisement/ABC20001")).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await said("object-undone")).toEqual([]);
});

test("a recreation whose package is not there, as after a crash before it was put in force, can be undone", async () => {
  serve([MADE]);
  await connect({ A1: [MADE.held] });
  await plan();
  await decide("ABC00004", "recreate");
  const as = (await returned("package/ABC00004"))?.as ?? "";
  rmSync(place(`packages/${as}`), { recursive: true });
  expect(await found()).toEqual([`${as} made`]);
  await undo("ABC00004");
  expect(await found()).toEqual(["ABC00004 made"]);
});

test("an undo restores what was there before its own decision, and not what an earlier decision had replaced", async () => {
  serve([NEWER]);
  await connect({ A1: [NEWER.held] });
  await decide("ABC00001", "bring-back");
  await returned("package/ABC00001");
  rmSync(place("packages/ABC00001"), { recursive: true });
  expect(await found()).toEqual(["ABC00001 made"]);
  await decide("ABC00001", "bring-back");
  await returned("package/ABC00001");
  expect(text("packages/ABC00001/source/setup.txt")).toBe("four");
  await undo("ABC00001");
  expect([existsSync(place("packages/ABC00001")), await found()]).toEqual([false, ["ABC00001 made"]]);
});
