import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { storeJoin } from "../adapters/join/agent-file.ts";
import { addUrls, listUrls, removeUrls } from "./url.ts";

async function anAgent(): Promise<string> {
  const dataDir = join(temporaryFolder(), "agent");
  mkdirSync(dataDir);
  const roots = [{ role: "cap" as const, path: "/srv/cap" }];
  await storeJoin(dataDir, () => ({ url: "https://a:7400/", name: "A", coordinator: "c", ca: TEST_CERTIFICATES.caPem, roots }));
  return dataDir;
}

test("addresses are added behind the known ones, each once, and removed one by one", async () => {
  const dataDir = await anAgent();
  const [a, b, c] = ["https://a:7400/", "https://b:7400/", "https://c/"];
  expect(await addUrls(["https://b:7400", "https://c", "https://A:7400"], dataDir)).toEqual([
    a,
    b,
    c,
    expect.stringContaining("next start"),
  ]);
  await removeUrls(["https://a:7400"], dataDir);
  expect(await listUrls(dataDir)).toEqual([b, c]);
});

test("an address that is none, one that would be unencrypted, an unknown one and the last one are refused, and nothing changes", async () => {
  const dataDir = await anAgent();
  const before = readFileSync(join(dataDir, "agent.json"));
  await expect(addUrls(["siteserver"], dataDir)).rejects.toMatchObject({ code: "BAD_REQUEST" });
  await expect(addUrls(["http://siteserver:7400"], dataDir)).rejects.toMatchObject({ code: "COORDINATOR_UNTRUSTED" });
  await expect(removeUrls(["https://b"], dataDir)).rejects.toThrow("it has https://a:7400/");
  await expect(removeUrls(["https://a:7400"], dataDir)).rejects.toThrow(/add another one first/);
  expect(readFileSync(join(dataDir, "agent.json"))).toEqual(before);
});
