import { X509Certificate } from "node:crypto";
import { authorityKey, isSignedSuccession } from "@sitewright/node-kit/succession";
import { isSuccessionStatement, MOST_STATEMENTS, type SuccessionStatement } from "@sitewright/protocol";
import type { Log } from "../../app/ports/link.ts";
import { successionFault } from "../../domain/succession.ts";
import { changeAgentFile, type AgentFile } from "../join/agent-file.ts";
import { createHttpClient } from "./http-client.ts";
import { readWhole } from "./http-reply.ts";

const TIMEOUT_MS = 10_000;

/** The certificate authority (CA) that this agent trusts, stored in agent.json. */
export interface Authority {
  /** PEM. */
  readonly ca: string;
  /** It has another certificate for the same key. */
  renewed(ca: string): void;
  /** The coordinator of this CA stated the newest number of its succession statements. */
  newestSuccession(number: number): void;
  /**
   * A server of another CA (PEM) answered: trusts that one from now on if the trusted one named it as its successor. Requests the statements
   * over an unauthenticated connection, on which nothing about this agent is sent: they are signed.
   * @returns For a person: what was decided, and why.
   */
  judge(stranger: string, url: URL): Promise<string>;
}

export function openAuthority(dataDir: string, file: Pick<AgentFile, "ca" | "coordinator" | "succession">, log: Log): Authority {
  let { ca, succession: newest = 0 } = file;

  /** Unless a join stored another CA meanwhile. */
  function store(before: string, change: (now: AgentFile) => AgentFile): Promise<unknown> {
    return changeAgentFile(dataDir, (now) => (now.ca === before ? change(now) : now)).catch((error: unknown) =>
      log("warn", "what the coordinator's authority stated cannot be stored", { err: error }),
    );
  }

  return {
    get ca() {
      return ca;
    },
    renewed(next) {
      const before = ca;
      ca = next;
      void store(before, (now) => ({ ...now, ca: next }));
    },
    newestSuccession(number) {
      if (number <= newest) return;
      newest = number;
      void store(ca, (now) => ({ ...now, succession: number }));
    },
    async judge(stranger, url) {
      const before = ca;
      const [trusted, shown] = [before, stranger].map((pem) => authorityKey(new X509Certificate(pem))) as [string, string];
      const statements = await statementsAt(url);
      const fault = successionFault({ coordinator: file.coordinator, trusted, newest, shown, statements }, isSignedSuccession);
      if (fault !== undefined) return `and it is no successor: ${fault}`;
      if (ca !== before) return "its succession is judged again with the next attempt";
      ca = stranger;
      newest = 0;
      await store(before, (now) => {
        const { succession: _number, ...rest } = now;
        return { ...rest, ca: stranger };
      });
      log("warn", `the coordinator at ${url.host} takes the place of the one that was joined, which named it as its successor`);
      return "but the one that was joined named it as its successor: it is trusted from now on, and the former one no longer";
    },
  };
}

async function statementsAt(url: URL): Promise<SuccessionStatement[]> {
  const client = createHttpClient({ url }, "unverified");
  try {
    const reply = await client.request({ method: "GET", path: "/api/v1/succession", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { statements } = JSON.parse((await readWhole(reply.body)).toString("utf8")) as { statements?: unknown };
    return Array.isArray(statements) ? statements.slice(0, MOST_STATEMENTS).filter(isSuccessionStatement) : [];
  } catch {
    // Another program, or a coordinator of an earlier version.
    return [];
  } finally {
    client.close();
  }
}
