import { SitewrightError, type SuccessionStatement } from "@sitewright/protocol";
import { withSuccessor, type Succession } from "../../domain/backup/succession.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { Clock } from "../ports/clock.ts";

/** Which coordinator may take the place of this one, although it has another certificate authority (CA). */
export interface Successions {
  /** Newest number of a statement; 0: none. Agents are told it by every Challenge. */
  number(): number;
  /** By which this coordinator took the place of others. */
  statements(): readonly SuccessionStatement[];
  /**
   * @param successor Key of its CA, SPKI DER in base64; absent: none may take over any longer. Throws `BAD_REQUEST`.
   * @returns The number of the statement that names it.
   */
  name(by: Principal, successor: string | undefined): Promise<{ number: number }>;
}

export interface SuccessionsDeps {
  /** As it is stored. */
  current: Succession;
  write(succession: Succession): Promise<void>;
  /** Key of this coordinator's CA. */
  own: string;
  /** Ends the connections of all agents, which connect again at once. */
  connectAgain(why: string): Promise<void>;
  ledger: Pick<Ledger, "record">;
  clock: Clock;
}

const KEY = /^[A-Za-z0-9+/]+={0,2}$/;

export function createSuccessions({ current: first, write, own, connectAgain, ledger, clock }: SuccessionsDeps): Successions {
  let current = first;
  const oneByOne = oneAtATime();
  return {
    number: () => current.number,
    statements: () => current.statements,
    name: (by, successor) =>
      oneByOne(async () => {
        if (successor !== undefined && !KEY.test(successor))
          throw new SitewrightError("BAD_REQUEST", "the successor is not named by the public key of its CA: SPKI DER in base64");
        if (successor === own)
          throw new SitewrightError("BAD_REQUEST", "this is the CA of the coordinator itself: name that of the other one");
        const next = withSuccessor(current, successor, clock());
        if (next === current) return { number: current.number };
        const details = { number: String(next.number), ...(successor === undefined ? {} : { successor }) };
        await ledger.record(by, successor === undefined ? "successor-revoked" : "successor-named", { details });
        await write(next);
        current = next;
        // So that those that are connected learn the number before they could need it.
        await connectAgain("the successor of this coordinator was changed");
        return { number: next.number };
      }),
  };
}
