import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startProgram, waitFor } from "../support/programs.ts";

export interface SampleBackup {
  /** Of the site. */
  code: string;
  /** Where its server's agent asks. */
  socket: string;
  /** Program that dumps the database, with its arguments. */
  dump?: string;
}

/** Makes a site of some files in a folder, and starts the service that backs it up; it stops no service of this machine. */
export async function serveSampleBackup(folder: string, { code, socket, dump }: SampleBackup): Promise<ChildProcess> {
  mkdirSync(join(folder, "site/inboxes"), { recursive: true });
  mkdirSync(join(folder, "settings"));
  writeFileSync(join(folder, "settings/site.conf"), `code=${code}\n`);
  writeFileSync(join(folder, "rows"), "a row of the database\n".repeat(20_000));
  for (let i = 0; i < 200; i++) writeFileSync(join(folder, `site/inboxes/${i}.box`), `file ${i} of the site\n`.repeat(300));
  const file = join(folder, "site.ctl");
  const lines = [
    `[Tokens]\nSITE_CODE=${code}\nFROM=${folder}\nBACKUP_DESTINATION=${folder}/backup`,
    "[Stop]\ncmd /bin/true",
    `[Tasks]\ndb BACKUP_DESTINATION/site.dump ${dump ?? "/bin/cp FROM/rows BACKUP_DESTINATION/site.dump"}`,
    "reg FROM/settings BACKUP_DESTINATION/settings\nfile FROM/site BACKUP_DESTINATION/site\nmachinfo BACKUP_DESTINATION/machine.json",
    "[Start]\ncmd /bin/true\n",
  ];
  writeFileSync(file, lines.join("\n"), { mode: 0o600 });
  const words = ["site-backup", "serve", file, "--socket", socket, "--daily", "02:30", "--verify-in", "2"];
  const service = startProgram("sitewright-agent", words, { log: join(folder, "serve.log") });
  await waitFor(`the backup service of ${code}`, () => existsSync(socket) || undefined);
  return service;
}
