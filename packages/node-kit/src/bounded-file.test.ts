import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readBounded, readBoundedSync, UnfitFile } from "./bounded-file.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "sitewright-bounded-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const inThisFolder = (name: string): string => join(folder, name);

/** The result of both ways of reading. */
async function refusal(path: string, most: number): Promise<string> {
  const later = await readBounded(path, most).catch((error: unknown) => error);
  expect(later).toBeInstanceOf(UnfitFile);
  expect(() => readBoundedSync(path, most)).toThrow((later as Error).message);
  return (later as Error).message;
}

test("a file is read completely, also through a link, and up to the maximum size", async () => {
  writeFileSync(inThisFolder("a"), "twelve bytes");
  symlinkSync("a", inThisFolder("link"));
  expect(String(await readBounded(inThisFolder("link"), 12))).toBe("twelve bytes");
  expect(String(readBoundedSync(inThisFolder("a"), 12))).toBe("twelve bytes");
  expect(await refusal(inThisFolder("a"), 11)).toBe("has 12 bytes: 11 at most");
});

test("a pipe, a socket, a folder and a device are refused without waiting", async () => {
  spawnSync("mkfifo", [inThisFolder("pipe")]);
  symlinkSync("/dev/zero", inThisFolder("endless"));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(inThisFolder("socket"), resolve));
  expect(await refusal(inThisFolder("pipe"), 100)).toBe("is a pipe, not a file");
  expect(await refusal(inThisFolder("endless"), 100)).toBe("is a device, not a file");
  expect(await refusal(inThisFolder("socket"), 100)).toBe("is a socket, not a file");
  expect(await refusal(folder, 100)).toBe("is a folder, not a file");
  server.close();
});

test.runIf(process.platform === "linux")(
  "from a file that states no size and has more bytes than permitted, no more is read than that",
  async () => {
    expect(String(await readBounded("/proc/self/status", 100_000))).toMatch(/^Name:.*\nUmask:/);
    expect(String(readBoundedSync("/proc/self/status", 100_000))).toMatch(/^Name:.*\nUmask:/);
    expect(await refusal("/proc/self/status", 100)).toBe("has 101 bytes: 100 at most");
  },
);
