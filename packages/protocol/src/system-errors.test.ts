import { expect, test } from "vitest";
import { SitewrightError } from "./index.ts";

const failed = (facts: { code: string; errno?: number; syscall?: string; path?: string }) =>
  Object.assign(new Error(`${facts.code}: ...`), facts);

test("a failed call of the file system that nobody expected has a code of its own, and names its path", () => {
  const error = SitewrightError.from(failed({ code: "EROFS", syscall: "open", path: "/srv/data/x" }));
  expect(error).toMatchObject({ code: "DISK_READ_ONLY", path: "/srv/data/x" });
  expect(error.message).toMatch(/^\/srv\/data\/x: its file system is mounted read-only: .* \(EROFS\)$/);
  // Node has no name for a quota that is used up.
  expect(SitewrightError.from(failed({ code: "Unknown system error -122", errno: -122, syscall: "open" })).code).toBe("DISK_FULL");
  expect(SitewrightError.from(failed({ code: "UNKNOWN", errno: -122, syscall: "write" })).code).toBe("DISK_FULL");
});

test("a failed call of the network is not taken for one of a disk", () => {
  for (const facts of [
    { code: "EACCES", syscall: "listen" },
    { code: "EHOSTDOWN", syscall: "connect" },
    { code: "ETIMEDOUT", syscall: "read" },
    { code: "ERR_INVALID_ARG_TYPE" },
  ])
    expect(SitewrightError.from(failed(facts)).code).toBe("INTERNAL");
});
