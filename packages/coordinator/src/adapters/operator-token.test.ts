import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { openOperatorToken } from "./files/coordinator-file.ts";

test("the operators' token is made once, of 32 random bytes, readable by its owner only", async () => {
  const folder = temporaryFolder();
  const token = await openOperatorToken(folder);
  expect(Buffer.from(token, "base64url")).toHaveLength(32);
  expect(await openOperatorToken(folder)).toBe(token);
  expect(statSync(join(folder, "operator-token")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, "operator-token"), "utf8")).toBe(`${token}\n`);
});

test("a damaged token file is not taken for a token", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "operator-token"), "\n");
  await expect(openOperatorToken(folder)).rejects.toMatchObject({ code: "CONFLICT", path: join(folder, "operator-token") });
});
