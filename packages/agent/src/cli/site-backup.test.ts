import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { HOSTILE_ENVIRONMENT, HOSTILE_LINES } from "../../../protocol/test-support/hostile-lines.ts";
import { runSiteBackup } from "./site-backup.ts";

const before = { ...process.env };
beforeAll(() => void Object.assign(process.env, HOSTILE_ENVIRONMENT));
afterAll(() => {
  for (const name of Object.keys(HOSTILE_ENVIRONMENT)) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

/** Every path below a folder, with what is there and since when. */
function everything(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const stats = lstatSync(join(folder, name));
      return `${name} ${stats.mode} ${stats.ctimeMs} ${stats.isFile() ? readFileSync(join(folder, name), "utf8") : ""}`;
    });
}

const POSIX = HOSTILE_LINES.filter(([style]) => style === "posix").map(([, what, line]) => [what, line] as const);

test.each(POSIX)("a control file with %s runs nothing of itself: nothing is made, changed or deleted", async (_, line) => {
  const top = temporaryFolder();
  for (const folder of ["site", "backup/ABC/database"]) mkdirSync(join(top, folder), { recursive: true, mode: 0o700 });
  writeFileSync(join(top, "backup/ABC/database/dump"), "earlier");
  writeFileSync(join(top, "site/file"), "precious");
  const file = join(top, "site.ctl");
  const here = (text: string) => text.replaceAll(/(?<=^| )\/(site|backup)\b/g, `${top}/$1`);
  const lines = [
    "[Tokens]\nSITE_CODE=ABC",
    `BACKUP_DESTINATION=${top}/backup/ABC`,
    "[Stop]\nservice sms",
    `[Tasks]\ndb BACKUP_DESTINATION/database/dump /bin/touch ${top}/ran`,
    here(line),
    "[Start]\nservice sms\n",
  ];
  writeFileSync(file, lines.join("\n"), { mode: 0o600 });
  const was = everything(top);
  const run = runSiteBackup(
    file,
    { keep: "1", keepDaily: "0", keepWeekly: "0", keepMonthly: "0", limit: "1" },
    new AbortController().signal,
  );
  await expect(run).rejects.toMatchObject({ code: "CONTROL_FILE_INVALID", message: expect.stringContaining("site.ctl") as string });
  expect(everything(top)).toEqual(was);
});
