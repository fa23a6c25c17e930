import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { LIMITS, unitOf, type ContentPart, type ContentWanted, type Unit } from "@sitewright/protocol";
import { noise } from "@sitewright/testkit/noise";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { PACKAGE, PACKAGE_FOLDER, release } from "../../../test-support/disk-fixture.ts";
import { answerQuery } from "./answer-query.ts";
import { createServedTables } from "./served-manifest.ts";

const CAP = unitOf("cap", "ABC");
const OFFER = "Version=3\nProgram=setup\n";

function folder(files: Record<string, string | Buffer>): string {
  const root = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

function ask(unit: Unit, want: ContentWanted, { root, dataDir = "" }: { root: string; dataDir?: string }): ContentPart[] {
  const held = { places: [{ root }], isGrowing: false };
  return answerQuery(
    { kind: "content-query", id: 7, unit, want },
    { dataDir, roots: [root], held, tableOf: createServedTables(dataDir).of },
  );
}

test("an agent names the definitions on its client access point with their numbers and digests, and nothing else that lies there", () => {
  const root = folder({
    "CAP_ABC/offerinf.box/ABC20001.ofr": OFFER,
    "CAP_ABC/offerinf.box/notes.txt": "no definition",
    "CAP_ABC/pkginfo.box/ABC00001.PKG": "no number",
    "CAP_ABC/ddr.box/ABC20002.ofr": "what a client stored",
    "CAP_XYZ/offerinf.box/XYZ20001.ofr": "of another site",
  });
  symlinkSync("/etc/passwd", join(root, "CAP_ABC/offerinf.box/ABC20009.ofr"));
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  expect(ask(CAP, { kind: "definitions" }, { root })).toEqual([
    {
      kind: "content-part",
      id: 7,
      objects: [
        { path: "CAP_ABC/pkginfo.box/ABC00001.PKG", hash: hash("no number"), size: 9 },
        { path: "CAP_ABC/offerinf.box/ABC20001.ofr", number: 3, hash: hash(OFFER), size: OFFER.length },
      ],
      last: true,
    },
  ]);
});

test("more definitions than fit one message are named in several, and an empty client access point in one", () => {
  const names = Array.from({ length: LIMITS.definitionsPart + 1 }, (_, i) => `CAP_ABC/offerinf.box/ABC${10_000 + i}.ofr`);
  const parts = ask(CAP, { kind: "definitions" }, { root: folder(Object.fromEntries(names.map((name) => [name, "x"]))) });
  expect(parts.map(({ objects = [], last }) => [objects.length, last])).toEqual([
    [LIMITS.definitionsPart, false],
    [1, true],
  ]);
  expect(ask(CAP, { kind: "definitions" }, { root: temporaryFolder() })).toEqual([{ kind: "content-part", id: 7, last: true }]);
});

test("a definition is read in parts, and nothing beside the definitions can be read", () => {
  const root = folder({ "CAP_ABC/offerinf.box/ABC20001.ofr": OFFER, "CAP_ABC/ddr.box/secret.ofr": "s", "secret.ofr": "s" });
  const read = (path: string, from = 0) => ask(CAP, { kind: "file", path, from, length: 10 }, { root })[0];
  const texts = [0, 10, 20, 30].map((from) => Buffer.from(read("CAP_ABC/offerinf.box/ABC20001.ofr", from)?.bytes ?? "").toString());
  expect(texts.join("")).toBe(OFFER);
  for (const path of ["CAP_ABC/ddr.box/secret.ofr", "CAP_ABC/offerinf.box/../../secret.ofr", "secret.ofr", "/etc/passwd"])
    expect([path, read(path)?.failure?.code]).toEqual([path, "BAD_REQUEST"]);
  expect(read("CAP_ABC/offerinf.box/ABC20002.ofr")?.failure?.code).toBe("CONTENT_UNAVAILABLE");
});

test("the chunks of a package are read as one sequence of bytes from any place on, each verified, and damage is reported by its path", () => {
  const files = { "ABC00001/a.bin": noise(300_000, 1), "ABC00001/b/c.txt": Buffer.from("small") };
  const made = release(PACKAGE, PACKAGE_FOLDER, files);
  const [root, dataDir] = [folder(files), folder({ [`manifests/${made.digest}`]: Buffer.from(made.bytes) })];
  const whole = Buffer.concat(Object.values(files));
  const chunks = (ordinal: number, from: number, length = 200_000) =>
    ask(PACKAGE, { kind: "chunks", manifest: made.digest, ordinal, from, length }, { root, dataDir })[0];
  const first = Buffer.from(chunks(0, 0)?.bytes ?? []);
  expect(first.equals(whole.subarray(0, 200_000))).toBe(true);
  expect(Buffer.from(chunks(0, 100, 50)?.bytes ?? []).equals(whole.subarray(100, 150))).toBe(true);
  const manifest = ask(PACKAGE, { kind: "manifest", digest: made.digest, from: 2, length: 1000 }, { root, dataDir });
  expect(Buffer.from(manifest[0]?.bytes ?? []).equals(Buffer.from(made.bytes).subarray(2, 1002))).toBe(true);
  writeFileSync(join(root, "ABC00001/a.bin"), noise(300_000, 2));
  expect(chunks(0, 0)?.failure).toEqual({ code: "CONTENT_UNAVAILABLE", message: "ABC00001/a.bin is damaged or missing there" });
});
