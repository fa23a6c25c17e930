import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openOperatorToken } from "./operator-token.ts";

function dataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-token-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("the operators' token is made once, of 32 random bytes, for its owner only", async () => {
  const folder = dataDir();
  const token = await openOperatorToken(folder);
  expect(Buffer.from(token, "base64url")).toHaveLength(32);
  expect(await openOperatorToken(folder)).toBe(token);
  expect(statSync(join(folder, "operator-token")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, "operator-token"), "utf8")).toBe(`${token}\n`);
});

test("a spoilt token file is not taken for a token", async () => {
  const folder = dataDir();
  writeFileSync(join(folder, "operator-token"), "\n");
  await expect(openOperatorToken(folder)).rejects.toMatchObject({ code: "CONFLICT", path: join(folder, "operator-token") });
});
