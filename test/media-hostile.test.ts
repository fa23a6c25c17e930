import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { authorityKey, signSuccession } from "@sitewright/node-kit/succession";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import {
  decodeMediumTable,
  decodeSigned,
  encodeMediumTable,
  encodeSigned,
  mediaTranscript,
  MEDIUM_LIMITS,
  PACK_HEADER,
  type MediumTable,
} from "../packages/protocol/src/index.ts";
import { openPki } from "../packages/coordinator/src/adapters/pki.ts";
import { startFleet, type Agent, type Fleet } from "./support/fleet.ts";
import { fingerprint, importAlone } from "./support/media.ts";

/** Each test has a system of its own: what another one verified would be used. */
const NAMES = Array.from({ length: 24 }, (_, i) => `DP${i + 10}`);

let fleet: Fleet;
let other: Fleet;
let agent: Agent;
let next = 0;
let media: string;
beforeAll(async () => {
  media = mkdtempSync(join(tmpdir(), "sitewright-media-"));
  const systems = Object.fromEntries(NAMES.map((name) => [name, { roles: ["dp"] }]));
  const options = {
    systems,
    absent: NAMES,
    packages: { ABC00001: { files: { "big.bin": noise(1_500_000, 1), "text.txt": "a text" }, version: 1 } },
  };
  [fleet, other] = await Promise.all([startFleet(options), startFleet(options)]);
  for (const [one, name, ...more] of [
    [fleet, "good"],
    [fleet, "two", "--volume-size", "2.6M"],
    [fleet, "second"],
    [other, "foreign"],
  ] as const)
    await one.json("media", "write", join(media, name), ...more);
});
afterAll(async () => {
  await Promise.all([fleet, other].map((one) => one?.[Symbol.asyncDispose]()));
  rmSync(media, { recursive: true, force: true });
});

beforeEach(async () => {
  agent = fleet.agent(NAMES[next++] as string);
  await agent.join();
});

const volume = (name: string) => join(media, name, "volume-1");
const table = (name: string) => join(volume(name), "sitewright/table");
const pack = (name: string, number = 1) => join(volume(name), "sitewright/packs", String(number).padStart(6, "0"));

/** A copy of a medium that somebody has changed. */
function changed(name: string, change: (copy: string) => void, of = "good"): string {
  cpSync(join(media, of), join(media, name), { recursive: true });
  change(name);
  return join(media, name);
}

/** A table as the coordinator's authority would have signed it, whatever it says. */
async function signedBy(dataDir: string, name: string, change: (table: MediumTable) => MediumTable): Promise<void> {
  const before = decodeMediumTable(decodeSigned(readFileSync(table(name)), MEDIUM_LIMITS.signedTable).body);
  const body = encodeMediumTable(change(before));
  const { sign } = await openPki(dataDir);
  writeFileSync(table(name), encodeSigned({ body, signature: sign(mediaTranscript("table", body)) }));
}

/** What an import ended with, what of it is served, and whether it changed the medium. */
async function imported(folders: string[]) {
  const before = folders.map(fingerprint);
  const { stderr, units } = await importAlone(agent, folders);
  return {
    code: /^sitewright-agent: (\w+): /m.exec(stderr)?.[1],
    live: Object.values(units).filter((state) => state.startsWith("live")),
    served: readdirSync(agent.root("dp")).filter((name) => name !== ".sitewright"),
    isChanged: !isDeepStrictEqual(folders.map(fingerprint), before),
  };
}

const refused = (code: string) => ({ code, live: [], served: [], isChanged: false });

test("a truncated pack is refused as MEDIUM_TRUNCATED", async () => {
  expect(await imported([changed("truncated", (name) => truncateSync(pack(name), statSync(pack(name)).size - 1))])).toEqual(
    refused("MEDIUM_TRUNCATED"),
  );
});

test("a volume without its packs counts as missing", async () => {
  const lacking = changed("lacking", (name) => rmSync(pack(name)));
  expect(await imported([lacking])).toEqual(refused("MEDIUM_VOLUME_MISSING"));
});

test("a truncated list of content is refused as MEDIUM_TRUNCATED", async () => {
  const list = (name: string) => join(volume(name), "sitewright/manifests/000001");
  expect(await imported([changed("short-list", (name) => truncateSync(list(name), 10))])).toEqual(refused("MEDIUM_TRUNCATED"));
});

test("a chunk that was changed is refused as MEDIUM_DAMAGED", async () => {
  const damage = (name: string) => {
    const bytes = readFileSync(pack(name));
    bytes[PACK_HEADER + 5000] = (bytes[PACK_HEADER + 5000] ?? 0) ^ 1;
    writeFileSync(pack(name), bytes);
  };
  expect(await imported([changed("changed", damage)])).toEqual(refused("MEDIUM_DAMAGED"));
  const verified = await fleet.sitewright("media", "verify", join(media, "changed"));
  expect([verified.code, verified.stdout]).toEqual([1, expect.stringContaining("dp/ABC00001  damaged")]);
});

test("a list of content that was changed is refused, since the table names its digest", async () => {
  const damage = (name: string) => {
    const list = join(volume(name), "sitewright/manifests/000001");
    writeFileSync(list, readFileSync(list, "latin1").replace("text.txt", "evil.txt"), "latin1");
  };
  expect(await imported([changed("changed-list", damage)])).toEqual(refused("HASH_MISMATCH"));
});

test("a table that was changed is refused as MEDIUM_UNTRUSTED", async () => {
  const damage = (name: string) => {
    const { body, signature } = decodeSigned(readFileSync(table(name)), MEDIUM_LIMITS.signedTable);
    const own = decodeMediumTable(body);
    writeFileSync(table(name), encodeSigned({ body: encodeMediumTable({ ...own, acceptOlder: true }), signature }));
  };
  expect(await imported([changed("changed-table", damage)])).toEqual(refused("MEDIUM_UNTRUSTED"));
});

test("the table of another medium of the same hierarchy is refused as MEDIUM_MIXED", async () => {
  expect(await imported([changed("swapped", (name) => cpSync(table("second"), table(name)))])).toEqual(refused("MEDIUM_MIXED"));
});

test("volumes of two media together are refused as MEDIUM_MIXED", async () => {
  expect(await imported([volume("good"), volume("second")])).toEqual(refused("MEDIUM_MIXED"));
});

test("a medium of another hierarchy is refused as MEDIUM_UNTRUSTED, and by its id as MEDIUM_OTHER_HIERARCHY even if it were signed", async () => {
  expect(await imported([join(media, "foreign")])).toEqual(refused("MEDIUM_UNTRUSTED"));
  const claims = changed("claims", () => undefined);
  await signedBy(fleet.dataDir, "claims", (own) => ({ ...own, coordinator: "00000000-0000-4000-8000-000000000000" }));
  expect(await imported([claims])).toEqual(refused("MEDIUM_OTHER_HIERARCHY"));
});

test("a coordinator that stands in is believed by the word of the one before, and from then on that one is not", async () => {
  const successor = await openPki(mkdtempSync(join(media, "stand-in-")));
  const [from, to] = [readFileSync(join(fleet.dataDir, "ca.pem"), "utf8"), successor.caPem].map((pem) =>
    authorityKey(new X509Certificate(pem)),
  ) as [string, string];
  const { coordinator } = decodeMediumTable(decodeSigned(readFileSync(table("good")), MEDIUM_LIMITS.signedTable).body);
  const key = createPrivateKey(readFileSync(join(fleet.dataDir, "ca-key.pem")));
  const standsIn = (name: string, statement: Parameters<typeof signSuccession>[0]) => {
    const folder = changed(name, () => undefined);
    const { body } = decodeSigned(readFileSync(table(name)), MEDIUM_LIMITS.signedTable);
    const authority = { ca: successor.caPem, statements: [signSuccession(statement, key)] };
    writeFileSync(table(name), encodeSigned({ body, signature: successor.sign(mediaTranscript("table", body)), authority }));
    return folder;
  };
  const elsewhere = standsIn("elsewhere", { coordinator: "another", number: 5, from, to });
  expect(await imported([elsewhere])).toEqual(refused("MEDIUM_UNTRUSTED"));
  const own = standsIn("stands-in", { coordinator, number: 5, from, to });
  expect((await importAlone(agent, [own])).units).toEqual({ ABC00001: "live" });
  expect((await importAlone(agent, [join(media, "second")])).stderr).toContain("MEDIUM_UNTRUSTED");
});

test("a symbolic link in the place of any file or folder of a medium is refused as LINK_IN_PATH", async () => {
  const link = (place: string) => (name: string) => {
    renameSync(join(volume(name), place), join(media, `${name}-aside`));
    symlinkSync(join(media, `${name}-aside`), join(volume(name), place));
  };
  for (const [i, place] of [
    "sitewright",
    "sitewright/table",
    "sitewright/packs",
    "sitewright/packs/000001",
    "sitewright/manifests",
    "sitewright/manifests/000001",
  ].entries())
    expect(await imported([changed(`link-${i}`, link(place))])).toEqual(refused("LINK_IN_PATH"));
});

test("a file that belongs to no medium is refused as MEDIUM_INVALID, and one of a newer version as VERSION_UNSUPPORTED", async () => {
  expect(await imported([changed("garbage", (name) => writeFileSync(table(name), "not a table"))])).toEqual(refused("MEDIUM_INVALID"));
  const newer = changed("newer", () => undefined);
  const { body } = decodeSigned(readFileSync(table("newer")), MEDIUM_LIMITS.signedTable);
  // Field 1, the form, is the first one.
  const raised = Uint8Array.from(body);
  raised[1] = 2;
  const { sign } = await openPki(fleet.dataDir);
  writeFileSync(table("newer"), encodeSigned({ body: raised, signature: sign(mediaTranscript("table", raised)) }));
  expect(await imported([newer])).toEqual(refused("VERSION_UNSUPPORTED"));
});

test("a strange file among the packs is refused as MEDIUM_MIXED", async () => {
  expect(await imported([changed("strange", (name) => appendFileSync(join(volume(name), "sitewright/packs/passwd"), "x"))])).toEqual(
    refused("MEDIUM_MIXED"),
  );
});

test("a table that names paths outside of the medium is refused as UNSAFE_PATH, whoever signed it", async () => {
  const escaping = changed("escaping", () => undefined);
  await signedBy(fleet.dataDir, "escaping", (own) => ({ ...own, files: own.files.map((file) => ({ ...file, path: "../../etc/passwd" })) }));
  expect(await imported([escaping])).toEqual(refused("UNSAFE_PATH"));
});

test("runs that lead out of their pack or do not fit the list of content are refused as MEDIUM_INVALID, whoever signed them", async () => {
  const runs = [
    { counts: [1], packs: [1], offsets: [2 ** 31] },
    { counts: [1], packs: [9], offsets: [64] },
    { counts: [5], packs: [1], offsets: [64] },
    { counts: [1_000_000], packs: [1], offsets: [64] },
    { counts: [4_000_000_000], packs: [1], offsets: [64] },
    { counts: [1, 1], packs: [1], offsets: [64, 64] },
  ];
  for (const [i, wrong] of runs.entries()) {
    const folder = changed(`runs-${i}`, () => undefined);
    await signedBy(fleet.dataDir, `runs-${i}`, (own) => ({ ...own, manifests: own.manifests.map((one) => ({ ...one, runs: wrong })) }));
    expect(await imported([folder])).toEqual(refused("MEDIUM_INVALID"));
  }
});

test("an order for a unit that the system's roles do not hold is refused as one over the line would be", async () => {
  const folder = changed("roles", () => undefined);
  await signedBy(fleet.dataDir, "roles", (own) => ({
    ...own,
    manifests: own.manifests.map((one) => ({ ...one, unit: { role: "cap", name: "CAP_ABC" } })),
  }));
  expect(await imported([folder])).toEqual(refused("ROLE_NOT_SERVED"));
});

test("a missing volume is refused as MEDIUM_VOLUME_MISSING, and nothing of what is there becomes live", async () => {
  expect(await imported([join(media, "two/volume-2")])).toEqual(refused("MEDIUM_VOLUME_MISSING"));
});

test("a medium of an older generation than was ordered since is refused as STALE_GENERATION", async () => {
  expect((await importAlone(agent, [join(media, "second")])).units).toEqual({ ABC00001: "live" });
  const late = await importAlone(agent, [join(media, "good")]);
  expect([late.code, late.units]).toEqual([1, { ABC00001: "failed STALE_GENERATION" }]);
});
