import { expect, test } from "vitest";
import { closedToOthers, ownerIn, withWriters } from "./security-descriptor.ts";

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

test("The owner is read whatever follows it", () => {
  expect(ownerIn(`O:${USER}G:DUD:P`)).toBe(USER);
  expect(ownerIn("O:BAD:P")).toBe("BA");
  expect(ownerIn("D:P")).toBe("");
});

test("Writers are admitted before what is inherited, and once", () => {
  const list = withWriters("D:AI(A;ID;FA;;;SY)");
  expect(list).toBe("D:AI(A;OICI;0x1301bf;;;AU)(A;ID;FA;;;SY)");
  expect(withWriters(list)).toBe(list);
});
