import { SitewrightError } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { startFakeCoordinator } from "@sitewright/testkit/fake-coordinator";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { startTestAgent } from "../../../test-support/agent.ts";

test("an agent passes the question on to the backup service of its machine, and what that answers or refuses back", async () => {
  const coordinator = await startFakeCoordinator();
  const asked: boolean[] = [];
  const backups = {
    async ask(begin: boolean) {
      asked.push(begin);
      if (asked.length > 1) throw new SitewrightError("SITE_BACKUP_RUNS", "one runs");
      return { running: 7, runs: [] };
    },
  };
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder(), backups });
  const connection = await coordinator.welcomed();
  connection.say({ kind: "site-backup-query", id: 1, begin: false });
  expect(await connection.hear("site-backups")).toEqual({ kind: "site-backups", id: 1, running: 7, runs: [] });
  connection.say({ kind: "site-backup-query", id: 2, begin: true });
  expect(await connection.hear("site-backups", ({ id }) => id === 2)).toEqual({
    kind: "site-backups",
    id: 2,
    runs: [],
    failure: { code: "SITE_BACKUP_RUNS", message: "one runs" },
  });
  expect(asked).toEqual([false, true]);
});

test("an agent that is asked for the backups of another system tells its keeper the line and the system", async () => {
  const asked: string[][] = [];
  const coordinator = await startFakeCoordinator();
  const keeper = { answer: (line: string, system: string) => void asked.push([line, system]) };
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder(), keeper });
  const connection = await coordinator.welcomed();
  connection.say({ kind: "backup-line", id: "5f", system: "SRVABC" });
  await expect.poll(() => asked).toEqual([["5f", "SRVABC"]]);
});
