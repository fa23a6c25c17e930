import { SitewrightError } from "@sitewright/protocol";

/** Who asks. Every use case that changes something takes one, so that rights and records are decided in one place. */
export interface Principal {
  /** For the record. A user name sent by a program proves nothing. */
  name: string;
  /** How the principal was authenticated: by the operator token, or by a session that it opened. */
  proof: "operator-token" | "session";
  /** Address that the request came from. */
  address: string;
  /** It reads, and changes nothing: the ledger, which every change is written to first, refuses it. Absent: it may change everything. */
  mayOnlyListen?: true;
}

/** Throws `FORBIDDEN` for one that may only listen. */
export function refuseListener(by: Pick<Principal, "name" | "mayOnlyListen">): void {
  if (by.mayOnlyListen)
    throw new SitewrightError("FORBIDDEN", `${by.name} may only listen here, and this would change something: nothing was changed`);
}

/** Throws `FORBIDDEN` for one that may change something. */
export function requireListener(by: Pick<Principal, "name" | "mayOnlyListen">): void {
  if (!by.mayOnlyListen)
    throw new SitewrightError("FORBIDDEN", `${by.name} may change something, and this is only for identities that may not`);
}
