import { SitewrightError, type SiteBackups as Answer } from "@sitewright/protocol";
import type { Principal } from "../../domain/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AgentLinks } from "../ports/agents.ts";
import { requireSystem, type SiteView } from "../sites/site-view.ts";

/** What the backup service of a system's machine states. */
export type SiteBackupStatus = Omit<Answer, "kind" | "id" | "failure">;

/** Asks the agents of site servers about the backups of their sites. What a backup does is stated there, in a control file. */
export interface SiteBackups {
  /** Throws `SYSTEM_UNKNOWN`, `AGENT_UNREACHABLE`, and what the machine reports: `NOT_FOUND` if no backup service runs there. */
  status(system: string): Promise<SiteBackupStatus>;
  /** Begins one. Throws as above, and `SITE_BACKUP_RUNS`. */
  begin(by: Principal, system: string): Promise<SiteBackupStatus>;
  /** An agent answered. */
  arrived(system: string, answer: Answer): void;
}

export interface SiteBackupsDeps {
  links: Pick<AgentLinks, "isConnected" | "send">;
  site: Pick<SiteView, "recent">;
  ledger: Pick<Ledger, "record">;
  /** How long an agent may take, ms. */
  timeoutMs: number;
}

export function createSiteBackups({ links, site, ledger, timeoutMs }: SiteBackupsDeps): SiteBackups {
  const questions = new Map<number, { system: string; end(answer: Answer | SitewrightError): void }>();
  let lastId = 0;

  async function requireConnected(system: string): Promise<void> {
    requireSystem((await site.recent()).hierarchy, system);
    if (!links.isConnected(system)) throw unreachable(system, "is not connected: start it");
  }

  async function ask(system: string, begin: boolean): Promise<SiteBackupStatus> {
    const id = (lastId = (lastId % 0x7fffffff) + 1);
    const { promise, resolve } = Promise.withResolvers<Answer | SitewrightError>();
    const timer = setTimeout(() => resolve(unreachable(system, "does not answer: ask again, or update it")), timeoutMs);
    questions.set(id, { system, end: resolve });
    try {
      if (!(await links.send(system, { kind: "site-backup-query", id, begin }))) throw unreachable(system, "is not connected: start it");
      const answer = await promise;
      if (answer instanceof SitewrightError) throw answer;
      if (answer.failure) throw new SitewrightError(answer.failure.code, `${system}: ${answer.failure.message}`);
      const { running, due, runs } = answer;
      return { ...(running === undefined ? {} : { running }), ...(due === undefined ? {} : { due }), runs };
    } finally {
      clearTimeout(timer);
      questions.delete(id);
    }
  }

  return {
    async status(system) {
      await requireConnected(system);
      return ask(system, false);
    },
    async begin(by, system) {
      await requireConnected(system);
      await ledger.record(by, "site-backup-begun", { about: { system } });
      return ask(system, true);
    },
    arrived(system, answer) {
      const question = questions.get(answer.id);
      // Else too late, or from an agent that was not asked.
      if (question?.system === system) question.end(answer);
    },
  };
}

function unreachable(system: string, why: string): SitewrightError {
  return new SitewrightError("AGENT_UNREACHABLE", `the agent of ${system} ${why}`);
}
