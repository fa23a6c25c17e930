import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Manifest, ManifestEntry } from "../packages/protocol/src/index.ts";
import { digestOf, startLoneAgent, type LoneAgent } from "./support/lone-agent.ts";

let agent: LoneAgent;
beforeAll(async () => {
  agent = await startLoneAgent();
});
afterAll(() => agent[Symbol.asyncDispose]());

const entry = (path: string, content = "hostile"): ManifestEntry => ({
  kind: "file",
  path,
  mode: 0o644,
  size: content.length,
  modified: 1_000_000_000_000,
  chunks: [{ digest: digestOf(content), size: content.length }],
});
const manifestOf = (...entries: ManifestEntry[]): Manifest => ({
  unit: { role: "dp", name: "ABC00001" },
  owned: [{ path: "ABC00001", kind: "folder", rights: "clients-read" }],
  entries,
});

test.each([
  ["../x", "ABC00001/../../x"],
  ["an absolute path", "/tmp/sitewright-hostile"],
  ["a drive", "C:\\x"],
  ["a climb in the middle", "ABC00001/a/../../../b"],
  ["a device name", "ABC00001/con"],
  ["an alternate stream", "ABC00001/x:y"],
  ["NUL", "ABC00001/a\u0000b"],
  ["a backslash", "ABC00001\\..\\x"],
])("a manifest with %s is refused by the agent, and nothing is written", async (_, path) => {
  const { outcome } = await agent.order(agent.offer(manifestOf(entry(path)), ["hostile"]));
  expect(outcome).toMatchObject({ kind: "failed", code: "UNSAFE_PATH" });
  expect(readdirSync(agent.root).filter((name) => name !== ".sitewright")).toEqual([]);
  expect(existsSync(join(agent.folder, "x"))).toBe(false);
});

test("a manifest whose links lead out through one another is refused by the agent, and nothing is written", async () => {
  const folder = { kind: "folder", path: "ABC00001/d", mode: 0o755 } as const;
  const link = (path: string, target: string): ManifestEntry => ({ kind: "link", path, target });
  const manifest = manifestOf(folder, link("ABC00001/d/b", ".."), link("ABC00001/d/l", "b/../../data/agent-key.pem"));
  const { outcome } = await agent.order(agent.offer(manifest, []));
  expect(outcome).toMatchObject({ kind: "failed", code: "UNSAFE_PATH", path: "ABC00001/d/l" });
  expect(readdirSync(agent.root).filter((name) => name !== ".sitewright")).toEqual([]);
});

test("a manifest that owns what clients or other units keep is refused", async () => {
  const foreign = { ...manifestOf(), owned: [{ path: "ABC00002", kind: "folder", rights: "clients-read" } as const] };
  expect((await agent.order(agent.offer(foreign, []))).outcome).toMatchObject({ kind: "failed", code: "NOT_OWNED" });
  const remove = await agent.order({ kind: "remove", owned: [{ path: "ABC00002", kind: "folder", rights: "clients-read" }] });
  expect(remove.outcome).toMatchObject({ kind: "failed", code: "NOT_OWNED" });
});

test.each(["../outside", "Public", ".."])("an order to remove the unit %s, which is not a possible name, removes nothing", async (name) => {
  const kept = [join(agent.root, "Public/kept.txt"), join(agent.folder, "outside/kept.txt")];
  for (const file of kept) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "kept");
  }
  const owned = [{ path: name, kind: "folder", rights: "clients-read" } as const];
  const { outcome } = await agent.order({ kind: "remove", owned }, undefined, { role: "dp", name });
  expect(outcome).toMatchObject({ kind: "failed", code: "NOT_OWNED" });
  expect(kept.map((file) => readFileSync(file, "utf8"))).toEqual(["kept", "kept"]);
  rmSync(join(agent.root, "Public"), { recursive: true });
});

test("an order for a role that the agent does not serve is refused", async () => {
  const { outcome } = await agent.order({ kind: "activate", graceMs: 0 }, { epoch: 1, counter: 1 }, { role: "cap", name: "CAP_ABC" });
  expect(outcome).toMatchObject({ kind: "failed", code: expect.stringMatching(/ROLE_NOT_SERVED|NOT_STAGED/) });
});

test("content that does not match its digest is never written, whatever its sender", async () => {
  const { outcome } = await agent.order(agent.offer(manifestOf(entry("ABC00001/a.txt", "promised")), ["replaced"]));
  expect(outcome).toMatchObject({ kind: "failed", code: "HASH_MISMATCH", path: "ABC00001/a.txt" });
  expect(existsSync(join(agent.root, "ABC00001"))).toBe(false);
});

test("a stale generation is refused and reported with the highest that the agent holds", async () => {
  const newer = { epoch: 1, counter: 9000 };
  expect((await agent.order(agent.offer(manifestOf(entry("ABC00001/a.txt", "newer")), ["newer"]), newer)).outcome.kind).toBe("staged");
  expect((await agent.order({ kind: "activate", graceMs: 0 }, newer)).outcome.kind).toBe("activated");
  const stale = await agent.order(agent.offer(manifestOf(entry("ABC00001/a.txt", "older")), ["older"]), { epoch: 1, counter: 8999 });
  expect(stale.outcome).toMatchObject({ kind: "failed", code: "STALE_GENERATION", held: newer });
  expect((await agent.order({ kind: "activate", graceMs: 0 }, { epoch: 0, counter: 99_999 })).outcome).toMatchObject({
    code: "STALE_GENERATION",
  });
  expect(readFileSync(join(agent.root, "ABC00001/a.txt"), "utf8")).toBe("newer");
});
