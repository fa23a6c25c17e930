import koffi from "koffi";
import { RIGHTS_ATTRIBUTES, type Rights } from "../../../../domain/rights/rights.ts";
import type { Attributes } from "../port.ts";
import { lastError, nativeCalls, systemError } from "./libc.ts";

/** Maximum length of a value on Linux, bytes, and of the list of names. */
const LONGEST = 64 * 1024;
const NONE: Rights["attributes"] = new Map();

export function extendedAttributes(): Attributes {
  const buffer = Buffer.alloc(LONGEST);
  const { llistxattr, lgetxattr, fsetxattr, fremovexattr } = nativeCalls({
    llistxattr: "long llistxattr(const char *, void *, size_t)",
    lgetxattr: "long lgetxattr(const char *, const char *, void *, size_t)",
    fsetxattr: "int fsetxattr(int, const char *, void *, size_t, int)",
    fremovexattr: "int fremovexattr(int, const char *)",
  });
  return {
    read(path) {
      const length = result(llistxattr(path, buffer, LONGEST), "llistxattr");
      if (length === 0) return NONE;
      const names = buffer.toString("utf8", 0, length).split("\0");
      const found = new Map<string, Uint8Array>();
      for (const name of names) {
        if (!RIGHTS_ATTRIBUTES.has(name)) continue;
        const size = result(lgetxattr(path, name, buffer, LONGEST), "lgetxattr");
        if (size > 0) found.set(name, Uint8Array.from(buffer.subarray(0, size)));
      }
      return found.size === 0 ? NONE : found;
    },
    set(fd, name, value) {
      if (fsetxattr(fd, name, Buffer.from(value), value.length, 0) < 0) throw lastError("fsetxattr");
    },
    remove: (fd, name) => void result(fremovexattr(fd, name), "fremovexattr"),
  };
}

/** A missing or unsupported attribute has a length of 0. */
function result(length: number, call: string): number {
  if (length >= 0) return length;
  const { ENOTSUP, ENODATA, ENOSYS } = koffi.os.errno;
  const number = koffi.errno();
  if ([ENOTSUP, ENODATA, ENOSYS].includes(number)) return 0;
  throw systemError(number, call);
}
