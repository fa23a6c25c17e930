import { expect, test } from "vitest";
import type { SiteBackupQuery, SiteBackups as Answer } from "@sitewright/protocol";
import { aHierarchy, ANNA } from "../../../test-support/fakes.ts";
import type { SiteView } from "../sites/site-view.ts";
import { createSiteBackups, type SiteBackups } from "./site-backups.ts";

/** Of an agent, ms: far above the timer delay of a busy machine. */
const TIMEOUT = 250;

function aQuestioner(answer?: (query: SiteBackupQuery, self: SiteBackups) => void, connected = true) {
  const events: string[] = [];
  const backups: SiteBackups = createSiteBackups({
    links: {
      isConnected: () => connected,
      async send(system, message) {
        events.push(`sent to ${system}`);
        setImmediate(() => answer?.(message as SiteBackupQuery, backups));
        return true;
      },
    },
    site: { recent: async () => ({ hierarchy: aHierarchy() }) } as unknown as SiteView,
    ledger: {
      async record(by, kind, { about = {} } = {}) {
        events.push(`${by.name}: ${kind} ${about.system}`);
        return {} as never;
      },
    },
    timeoutMs: TIMEOUT,
  });
  return { backups, events };
}

const RUNNING: Omit<Answer, "id"> = { kind: "site-backups", running: 5, runs: [] };

test("who begins a backup is in the ledger before the agent hears of it, and asking for the status is in none", async () => {
  const { backups, events } = aQuestioner(({ id }, self) => self.arrived("SRV1", { ...RUNNING, id }));
  expect(await backups.begin(ANNA, "SRV1")).toEqual({ running: 5, runs: [] });
  expect(await backups.status("SRV1")).toEqual({ running: 5, runs: [] });
  expect(events).toEqual(["anna: site-backup-begun SRV1", "sent to SRV1", "sent to SRV1"]);
});

test("an answer of another system, or to another question, is none", async () => {
  const { backups } = aQuestioner(({ id }, self) => {
    self.arrived("SRV2", { ...RUNNING, id });
    self.arrived("SRV1", { ...RUNNING, id: id + 1 });
  });
  await expect(backups.status("SRV1")).rejects.toMatchObject({
    code: "AGENT_UNREACHABLE",
    message: expect.stringContaining("does not answer") as string,
  });
});

test("what the machine refuses is reported with its code, and an absent agent or an unknown system is not asked", async () => {
  const refusing = aQuestioner(({ id }, self) =>
    self.arrived("SRV1", { kind: "site-backups", id, runs: [], failure: { code: "SITE_BACKUP_RUNS", message: "one runs" } }),
  );
  await expect(refusing.backups.begin(ANNA, "SRV1")).rejects.toMatchObject({ code: "SITE_BACKUP_RUNS", message: "SRV1: one runs" });
  const { backups, events } = aQuestioner(undefined, false);
  await expect(backups.begin(ANNA, "SRV1")).rejects.toMatchObject({ code: "AGENT_UNREACHABLE" });
  await expect(backups.begin(ANNA, "NONE")).rejects.toMatchObject({ code: "SYSTEM_UNKNOWN" });
  expect(events).toEqual([]);
});
