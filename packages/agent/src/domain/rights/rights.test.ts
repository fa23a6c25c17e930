import { expect, test } from "vitest";
import { ACCESS_ACL, inheritedRights, keptRights, servedMode, type Made, type Rights } from "./rights.ts";

for (const [what, kind, mode, served] of [
  ["a file copied under a umask of 077 is readable for every client", "file", 0o600, 0o644],
  ["a program copied under a umask of 077 is executable for every client", "file", 0o700, 0o755],
  ["a folder copied under a umask of 077 is open to every client", "folder", 0o700, 0o755],
  ["a read-only file stays read-only", "file", 0o444, 0o444],
  ["a read-only folder stays read-only", "folder", 0o555, 0o555],
  ["a file with write access for all at the source is writable for its owner only", "file", 0o666, 0o644],
  ["a folder with write access for all at the source is writable for its owner only", "folder", 0o777, 0o755],
  ["a file without any permission at the source is readable", "file", 0o000, 0o444],
] as const)
  test(`In what is served ${what}`, () => {
    expect(servedMode(kind, mode)).toBe(served);
  });

const US = 0;
const GIVEN = 100;
const rights = (mode: number, gid = US, attributes: Rights["attributes"] = new Map()): Rights => ({ uid: US, gid, mode, attributes });
const made = (kind: Made["kind"], mode: number): Made => ({ kind, mode, uid: US, gid: US });
const OPEN = rights(0o755);

for (const [what, live, mine, parent, kept] of [
  ["an owned folder that is closed stays closed", rights(0o750), made("folder", 0o755), undefined, 0o750],
  ["an owned folder with write access for all is writable for its owner only", rights(0o777), made("folder", 0o755), undefined, 0o755],
  ["the set-group-id bit of a folder stays", rights(0o2755, GIVEN), made("folder", 0o755), undefined, 0o2755],
  ["a folder that its group may write stays so, if it was given that group", rights(0o2775, GIVEN), made("folder", 0o755), OPEN, 0o2775],
  ["a file for the group it was given to stays closed to others", rights(0o640, GIVEN), made("file", 0o644), OPEN, 0o640],
  ["a file for the group it was given to becomes a program for it", rights(0o640, GIVEN), made("file", 0o755), OPEN, 0o750],
  ["a file that is restricted without a reason is opened", rights(0o600), made("file", 0o644), OPEN, 0o644],
  ["a file in a closed folder stays closed", rights(0o600), made("file", 0o644), rights(0o700), 0o600],
  ["a file with write access for all is writable for its owner only", rights(0o666), made("file", 0o644), OPEN, 0o644],
  ["a file that others may write is not, also if it was given a group", rights(0o666, GIVEN), made("file", 0o644), OPEN, 0o664],
  ["a set-user-id bit goes", rights(0o4755), made("file", 0o755), OPEN, 0o755],
  [
    "where there is an ACL, permissions follow it",
    rights(0o670, US, new Map([[ACCESS_ACL, new Uint8Array(1)]])),
    made("file", 0o644),
    OPEN,
    0o670,
  ],
] as const)
  test(`What replaces something has its rights: ${what}`, () => {
    expect(keptRights(live, mine, parent)).toEqual({ ...live, mode: kept });
  });

test("A new entry gets the group of a folder that passes it on, and only folders pass it on further", () => {
  const parent = rights(0o2775, GIVEN);
  expect(inheritedRights(parent, made("folder", 0o755))).toEqual(rights(0o2755, GIVEN));
  expect(inheritedRights(parent, made("file", 0o644))).toEqual(rights(0o644, GIVEN));
  expect(inheritedRights(rights(0o755, GIVEN), made("file", 0o644))).toEqual(rights(0o644));
});
