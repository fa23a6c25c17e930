import { constants } from "node:os";
import { expect, test } from "vitest";
import { diskError, inodeFault } from "./disk-error.ts";
import { systemError } from "./platform/linux/libc.ts";

test.each<[name: string, code: string, word: string]>([
  ["ENOSPC", "DISK_FULL", "make room"],
  ["EDQUOT", "DISK_FULL", "quota"],
  ["EROFS", "DISK_READ_ONLY", "mounted read-only"],
  ["EIO", "DISK_FAILING", "reports an error"],
  ["ESTALE", "DISK_AWAY", "mounted"],
  ["ENOTCONN", "DISK_AWAY", "mounted"],
  ["EACCES", "ACCESS_DENIED", "give it the right"],
  ["EPERM", "ACCESS_DENIED", "immutable"],
  ["EFBIG", "DISK_LIMIT", "larger"],
  ["EMLINK", "DISK_LIMIT", "links"],
  ["ENAMETOOLONG", "DISK_LIMIT", "longer"],
  ["EILSEQ", "DISK_LIMIT", "name"],
  ["EINVAL", "DISK_LIMIT", "cannot do this"],
  ["EOPNOTSUPP", "DISK_LIMIT", "cannot do this"],
  ["EXDEV", "DISK_LIMIT", "another file system"],
  ["EBUSY", "FILE_IN_USE", "in use"],
  ["ETXTBSY", "FILE_IN_USE", "in use"],
  ["EMFILE", "SYSTEM_LIMIT", "open files"],
  ["ELOOP", "LINK_IN_PATH", "symbolic link"],
])("a call that fails with %s is reported as %s, with the path and advice", (name, code, word) => {
  const number = constants.errno[name as keyof typeof constants.errno];
  const error = diskError(systemError(number, "write"), "/srv/dp", "ABC00001/a");
  expect(error).toMatchObject({ code, path: "/srv/dp/ABC00001/a" });
  expect(error.message).toMatch(/^\/srv\/dp\/ABC00001\/a cannot be worked on: /);
  expect(error.message).toContain(word);
});

test("any other failure of a disk is reported with the system's message", () => {
  const error = diskError(systemError(constants.errno.ENOTEMPTY, "rename"), "/srv/dp", "a");
  expect(error).toMatchObject({ code: "IO_ERROR", message: "/srv/dp/a cannot be worked on: ENOTEMPTY: directory not empty" });
});

test("a file system without free inodes is distinguished from one without free bytes", () => {
  expect(inodeFault({ files: 200, ffree: 0, bavail: 9000 })).toContain("no inodes left (200 of 200 are in use");
  expect(inodeFault({ files: 200, ffree: 100, bavail: 0 })).toBeUndefined();
  expect(inodeFault({ files: 200, ffree: 0, bavail: 0 })).toBeUndefined();
  expect(inodeFault({ files: 0, ffree: 0, bavail: 9000 })).toBeUndefined();
});
