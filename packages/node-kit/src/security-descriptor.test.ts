import { expect, test } from "vitest";
import { closedToOthers, fittedTo, hasOwnEntries, ownerIn, readOnlyForOthers } from "./security-descriptor.ts";

const USER = "S-1-5-21-1-2-3-1001";

test.each([
  ["the owner, the system and administrators alone", `O:${USER}D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;${USER})`, true],
  ["the owner by its role", "O:BAD:P(A;OICI;FA;;;OW)", true],
  ["the account of a service", "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;S-1-5-80-1-2-3-4-5)", true],
  ["nobody", "O:BAD:P", true],
  ["everybody but for a refusal", "O:BAD:(D;;FA;;;WD)(A;;FA;;;SY)", true],
  ["users, who read", `O:${USER}D:AI(A;ID;FA;;;SY)(A;OICIID;0x1200a9;;;BU)`, false],
  ["another user", `O:${USER}D:(A;;FA;;;S-1-5-21-1-2-3-1002)`, false],
  ["everybody, for want of a list", "O:BAD:NO_ACCESS_CONTROL", false],
  ["everybody, as none is stated", "O:BA", false],
])("A descriptor that admits %s is judged", (_, descriptor, closed) => {
  expect(closedToOthers(descriptor)).toBe(closed);
});

test.each([
  ["the owner and administrators", `O:${USER}D:PAI(A;;FA;;;BA)(A;;0x1301bf;;;${USER})`, true],
  ["nobody else, whom it lets read", "O:BAD:AI(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)(A;ID;FR;;;S-1-5-21-1-2-3-1002)", true],
  ["all that have logged on, as a data drive passes it on", "O:BAD:AI(A;ID;FA;;;BA)(A;ID;0x1301bf;;;AU)", false],
  ["one more user", "O:BAD:P(A;;FA;;;SY)(A;;FW;;;S-1-5-21-1-2-3-1002)", false],
  ["everybody, for want of a list", "O:BAD:NO_ACCESS_CONTROL", false],
])("A descriptor that lets %s write is judged", (_, descriptor, readOnly) => {
  expect(readOnlyForOthers(descriptor)).toBe(readOnly);
});

test("The owner is read whatever follows it", () => {
  expect(ownerIn(`O:${USER}G:DUD:P`)).toBe(USER);
  expect(ownerIn("O:BAD:P")).toBe("BA");
  expect(ownerIn("D:P")).toBe("");
});

test("Where clients write and nobody may, they are admitted before what is inherited, and once", () => {
  const list = fittedTo("D:AI(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)", true);
  expect(list).toBe("D:AI(A;OICI;0x1301bf;;;AU)(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)");
  expect(fittedTo(list, true)).toBe(list);
  expect(fittedTo(`D:(A;OICI;0x1301bf;;;${USER})`, true)).toBe(`D:(A;OICI;0x1301bf;;;${USER})`);
});

test.each([
  // What a data drive passes on when it is formatted.
  [
    "D:AI(A;OICIID;FA;;;BA)(A;ID;0x1301bf;;;AU)(A;OICIIOID;SDGXGWGR;;;AU)(A;OICIID;0x1200a9;;;BU)",
    "D:PAI(A;OICI;FA;;;BA)(A;;0x1200a9;;;AU)(A;OICIIO;0x1200a9;;;AU)(A;OICI;0x1200a9;;;BU)",
  ],
  ["D:P(A;OICI;FA;;;WD)", "D:P(A;OICI;0x1200a9;;;WD)"],
  ["D:(A;;FA;;;S-1-5-21-1-2-3-513)", "D:P(A;;0x1200a9;;;S-1-5-21-1-2-3-513)"],
  [`D:AI(A;ID;FA;;;SY)(A;ID;0x1301bf;;;${USER})`, undefined],
  ["D:AI(D;;FW;;;WD)(A;ID;FRFX;;;WD)", undefined],
])("Where clients read, the list %s lets none of them write afterwards, and others as before", (list, fitted = list) => {
  expect(fittedTo(list, false)).toBe(fitted);
  expect(fittedTo(fitted, false)).toBe(fitted);
});

test.each([
  ["D:AI(A;ID;FA;;;SY)(A;OICIID;0x1200a9;;;BU)", false],
  [`D:AI(A;;FR;;;${USER})(A;ID;FA;;;SY)`, true],
  ["D:PAI(A;;FA;;;SY)", true],
  // As Wine states permissions of Unix.
  ["D:(A;;FA;;;SY)(A;;FR;;;WD)", false],
])("The list %s has entries of its own: %s", (list, own) => {
  expect(hasOwnEntries(list)).toBe(own);
});
