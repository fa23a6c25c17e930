import { chmodSync, linkSync, lchownSync, chownSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { isRoot, NOBODY } from "@sitewright/testkit/account";
import { lockDataDir } from "./lock-data-dir.ts";
import { openOperatorToken } from "./coordinator-file.ts";
import { claimPrivateFolder } from "./private-folder.ts";
import { serverFolders } from "../redis/server/server-folders.ts";

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
const unsafe = (message: RegExp): unknown =>
  expect.objectContaining({ code: "DATA_DIR_UNSAFE", message: expect.stringMatching(message) as string });

test("an existing data folder that is open to other accounts is closed, with the keys and the token in it", async () => {
  const dataDir = join(temporaryFolder(), "data");
  mkdirSync(join(dataDir, "redis"), { recursive: true });
  for (const file of ["operator-token", "ca-key.pem"]) writeFileSync(join(dataDir, file), "x".repeat(43), { mode: 0o644 });
  for (const path of [dataDir, join(dataDir, "redis")]) chmodSync(path, 0o777);
  const lock = lockDataDir(dataDir);
  expect([".", "redis", "operator-token", "ca-key.pem"].map((name) => modeOf(join(dataDir, name)))).toEqual(["700", "700", "600", "600"]);
  expect(await openOperatorToken(dataDir)).toBe("x".repeat(43));
  lock.release();
});

test("the folder of Redis is closed, also if it existed before", () => {
  const dataDir = temporaryFolder();
  mkdirSync(join(dataDir, "redis"));
  chmodSync(join(dataDir, "redis"), 0o755);
  expect(modeOf(serverFolders(dataDir).dir)).toBe("700");
});

test("a token file with a second hard link is refused, because its holder can change the file", () => {
  const folder = temporaryFolder();
  const dataDir = join(folder, "data");
  mkdirSync(dataDir);
  writeFileSync(join(folder, "elsewhere"), "x".repeat(43));
  linkSync(join(folder, "elsewhere"), join(dataDir, "operator-token"));
  expect(() => claimPrivateFolder(dataDir)).toThrow(unsafe(/operator-token has a second name/));
});

test("a link of the own account leads to the folder, and that is closed", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "big-disk"), { mode: 0o755 });
  symlinkSync(join(folder, "big-disk"), join(folder, "data"));
  claimPrivateFolder(join(folder, "data"));
  expect(modeOf(join(folder, "big-disk"))).toBe("700");
});

test.runIf(isRoot)("what another account created before is refused: the folder, a file in it, a link", () => {
  const foreign = join(temporaryFolder(), "data");
  mkdirSync(foreign);
  chownSync(foreign, NOBODY, NOBODY);
  expect(() => lockDataDir(foreign)).toThrow(unsafe(/belongs to user 65534/));

  const dataDir = temporaryFolder();
  writeFileSync(join(dataDir, "operator-token"), "planted", { mode: 0o600 });
  chownSync(join(dataDir, "operator-token"), NOBODY, NOBODY);
  expect(() => claimPrivateFolder(dataDir)).toThrow(unsafe(/operator-token belongs to user 65534/));
  rmSync(join(dataDir, "operator-token"));
  symlinkSync("/etc/hostname", join(dataDir, "operator-token"));
  lchownSync(join(dataDir, "operator-token"), NOBODY, NOBODY);
  expect(() => claimPrivateFolder(dataDir)).toThrow(unsafe(/symbolic link of user 65534/));
});
