import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Role } from "@sitewright/protocol";
import { checkRoleRoots } from "./role-roots.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-roots-")));
const data = join(base, "data");
for (const folder of ["cap", "cap/inside", "cap2", "dp1", "dp2", "data", "data/inside"]) mkdirSync(join(base, folder));
writeFileSync(join(base, "file"), "");
symlinkSync(join(base, "dp1"), join(base, "link"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const check = (...roots: [Role, string][]) =>
  checkRoleRoots(
    roots.map(([role, path]) => ({ role, path: path.startsWith("/") ? path : join(base, path) })),
    data,
  );

test("Separate folders are accepted, several of them for packages", async () => {
  expect(await check(["cap", "cap"], ["dp", "dp1/"], ["dp", "dp2/../dp2"])).toEqual([
    { role: "cap", path: join(base, "cap") },
    { role: "dp", path: join(base, "dp1") },
    { role: "dp", path: join(base, "dp2") },
  ]);
});

const refused: [string, [Role, string][], string][] = [
  ["the root of the file system", [["dp", "/"]], "root of the whole file system"],
  ["a home folder", [["dp", homedir()]], "home folder"],
  ["the folder of all homes", [["dp", "/home"]], "home folder"],
  ["a folder of the system", [["dp", "/etc"]], "belongs to the system"],
  ["a folder inside one of the system", [["dp", "/usr/share/doc"]], "belongs to the system"],
  ["a folder around one of the system", [["dp", "/usr"]], "belongs to the system"],
  ["a file", [["dp", "file"]], "not a folder"],
  ["a symbolic link", [["dp", "link"]], "symbolic link"],
  ["a folder that does not exist", [["dp", "nowhere"]], "does not exist"],
  [
    "a folder inside another root",
    [
      ["cap", "cap"],
      ["dp", "cap/inside"],
    ],
    "inside one another",
  ],
  [
    "a folder around another root",
    [
      ["dp", "cap/inside"],
      ["cap", "cap"],
    ],
    "inside one another",
  ],
  [
    "the same folder twice",
    [
      ["dp", "dp1"],
      ["dp", "dp1"],
    ],
    "inside one another",
  ],
  [
    "a second root for a CAP",
    [
      ["cap", "cap"],
      ["cap", "cap2"],
    ],
    "one only",
  ],
  ["the data folder", [["dp", "data"]], "data folder"],
  ["a folder inside the data folder", [["dp", "data/inside"]], "data folder"],
  ["a folder around the data folder", [["dp", base]], "data folder"],
];

for (const [what, roots, why] of refused) {
  test(`As a role root, ${what} is refused`, async () => {
    await expect(check(...roots)).rejects.toMatchObject({ code: "ROLE_ROOT_UNSAFE", message: expect.stringContaining(why) as unknown });
  });
}
