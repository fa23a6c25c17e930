import { expect, test } from "vitest";
import { inheritAcl } from "./rights.ts";

/** As a kernel stored it: u::rwx,u:5:rwx,g::r-x,g:7:r-x,m::rwx,o::---. */
const DEFAULT = "0200000001000700ffffffff020007000500000004000500ffffffff080005000700000010000700ffffffff20000000ffffffff";
/** What it gave to a file that was made with 0666. */
const OF_A_FILE = "0200000001000600ffffffff020007000500000004000500ffffffff080005000700000010000600ffffffff20000000ffffffff";
/** u::rwx,g::rwx,o::rwx. */
const PLAIN = "0200000001000700ffffffff04000700ffffffff20000700ffffffff";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const inherited = (acl: string, mode: number, mask: number) => {
  const made = inheritAcl(bytes(acl), { mode, mask });
  return made && { mode: made.mode, access: made.access && Buffer.from(made.access).toString("hex") };
};

test("A new file gets a folder's default ACL as the kernel gives it", () => {
  expect(inherited(DEFAULT, 0o644, 6)).toEqual({ mode: 0o660, access: OF_A_FILE });
});

test("A new folder gets a folder's default ACL as the kernel gives it", () => {
  expect(inherited(DEFAULT, 0o755, 7)).toEqual({ mode: 0o770, access: DEFAULT });
});

test("A read-only file gives no named user the right to write", () => {
  expect(inherited(DEFAULT, 0o444, 4)?.mode).toBe(0o440);
});

test("A default ACL without named entries becomes permissions, and the manifest's narrow it", () => {
  expect(inherited(PLAIN, 0o644, 6)).toEqual({ mode: 0o644, access: undefined });
});

test("An ACL of an unknown format gives nothing", () => {
  for (const acl of ["", "02000000ff", `03${DEFAULT.slice(2)}`]) expect(inherited(acl, 0o644, 6)).toBeUndefined();
});
