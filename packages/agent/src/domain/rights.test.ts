import { expect, test } from "vitest";
import { servedMode } from "./rights.ts";

for (const [what, kind, mode, served] of [
  ["a file copied under a umask of 077 is readable for every client", "file", 0o600, 0o644],
  ["a program copied under a umask of 077 is executable for every client", "file", 0o700, 0o755],
  ["a folder copied under a umask of 077 is open to every client", "folder", 0o700, 0o755],
  ["a read-only file stays read-only", "file", 0o444, 0o444],
  ["a read-only folder stays read-only", "folder", 0o555, 0o555],
  ["a file that everybody may write at the source is writable for its owner only", "file", 0o666, 0o644],
  ["a folder that everybody may write at the source is writable for its owner only", "folder", 0o777, 0o755],
  ["a file without any permission at the source is readable", "file", 0o000, 0o444],
] as const)
  test(`In what is served ${what}`, () => {
    expect(servedMode(kind, mode)).toBe(served);
  });
