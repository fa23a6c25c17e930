import { expect, test } from "vitest";
import { SitewrightError } from "./index.ts";

const failed = (facts: { code: string; errno?: number; syscall?: string; path?: string }) =>
  Object.assign(new Error(`${facts.code}: ...`), facts);

test("a failed file system call without an entry in the table has a code of its own, and names its path", () => {
  const error = SitewrightError.from(failed({ code: "EROFS", syscall: "open", path: "/srv/data/x" }));
  expect(error).toMatchObject({ code: "DISK_READ_ONLY", path: "/srv/data/x" });
  expect(error.message).toMatch(/^\/srv\/data\/x: its file system is mounted read-only: .* \(EROFS\)$/);
  // Node has no name for an exceeded quota.
  expect(SitewrightError.from(failed({ code: "Unknown system error -122", errno: -122, syscall: "open" })).code).toBe("DISK_FULL");
  expect(SitewrightError.from(failed({ code: "UNKNOWN", errno: -122, syscall: "write" })).code).toBe("DISK_FULL");
});

test("an obstacle in the program's way, or a missing file, is reported with its place and is not a fault of the program", () => {
  for (const code of ["ENOENT", "ENOTDIR", "EEXIST", "EISDIR", "ENOTEMPTY"]) {
    const error = SitewrightError.from(failed({ code, syscall: "mkdir", path: "/srv/data" }));
    expect(error).toMatchObject({
      code: "IO_ERROR",
      path: "/srv/data",
      message: expect.stringMatching(new RegExp(`^/srv/data: .* \\(${code}\\)$`)),
    });
  }
  expect(SitewrightError.from(failed({ code: "ENOENT", syscall: "getaddrinfo" })).code).toBe("INTERNAL");
  for (const nothing of [undefined, null, "text"]) expect(SitewrightError.from(nothing).code).toBe("INTERNAL");
});

test("a database that is damaged, full or read-only is reported as such", () => {
  const told = (errcode: number) => SitewrightError.from(Object.assign(new Error("sqlite says"), { code: "ERR_SQLITE_ERROR", errcode }));
  expect([8, 11, 13, 26, 266, 1].map((errcode) => told(errcode).code)).toEqual([
    "DISK_READ_ONLY",
    "DATA_DAMAGED",
    "DISK_FULL",
    "DATA_DAMAGED",
    "DISK_FAILING",
    "INTERNAL",
  ]);
});

test("a failed network call is not mistaken for one of a disk", () => {
  for (const facts of [
    { code: "EACCES", syscall: "listen" },
    { code: "EHOSTDOWN", syscall: "connect" },
    { code: "ETIMEDOUT", syscall: "read" },
    { code: "ERR_INVALID_ARG_TYPE" },
  ])
    expect(SitewrightError.from(failed(facts)).code).toBe("INTERNAL");
});
