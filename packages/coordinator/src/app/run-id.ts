import { randomBytes } from "node:crypto";

/** No i, l, o and u: read aloud or typed from a screen, an id stays what it is. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 8;

/** Short enough to be typed; whoever stores it checks that no other run has it. */
export function newRunId(): string {
  return Array.from(randomBytes(LENGTH), (byte) => LETTERS[byte % LETTERS.length]).join("");
}
