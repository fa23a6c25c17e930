import { appendFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Case, CaseResult } from "../case.ts";
import { writeManyFiles } from "../data/trees.ts";
import { alternate, compare, ratioAtMost } from "../measure.ts";
import { time } from "../machine/processes.ts";
import { restic } from "../peers/restic.ts";

const AGENT = join(import.meta.dirname, "../../packages/agent/bin/sitewright-agent.mjs");
const GB = 1e9;
/** One file of this many changes between two backups. */
const CHANGES = 1000;

interface Backups {
  /** s. */
  first: number;
  second: number;
  /** Bytes of the store. */
  size: number;
  grown: number;
}

export const siteBackup: Case = {
  name: "site-backup",
  about: "10 GB in 100,000 files on a disk, half of it noise: backed up, one file of 1,000 changed, backed up again",
  goal: "time and size of both backups <= 1.0 of restic backup",
  async run(context): Promise<CaseResult> {
    const folder = context.folder("disk");
    const source = join(folder, "site");
    mkdirSync(source);
    const { files, bytes } = writeManyFiles(source, "site", 100_000, 2 * context.scale);
    context.say(`${files} files, ${(bytes / GB).toFixed(2)} GB`);
    // What is written lies in the cache for both of them.
    let changed = 0;
    const change = () => {
      changed += 1;
      for (let i = 0; i < files; i += CHANGES) appendFileSync(fileOf(source, i), `changed ${changed}`);
    };
    const both = async (store: string, backup: () => Promise<number>): Promise<Backups> => {
      // What others wrote must not be written to the disk at its expense.
      await time("sync", []);
      const first = await backup();
      const size = bytesIn(store);
      change();
      const second = await backup();
      return { first, second, size, grown: bytesIn(store) - size };
    };
    const { ours, peer } = await alternate<"ours" | "peer", Backups>(
      context,
      {
        ours(round) {
          const store = join(folder, `ours-${round}`);
          const control = writeControlFile(folder, { source, store });
          return both(store, () => time(process.execPath, [AGENT, "site-backup", "run", control]));
        },
        async peer(round) {
          const repository = await restic(join(folder, `restic-${round}`), folder);
          return both(repository.folder, () => repository.backup(source));
        },
      },
      ({ first, second, size }) => `${first.toFixed(1)} s, ${second.toFixed(2)} s, ${(size / GB).toFixed(3)} GB`,
    );
    const measure = (what: string, of: keyof Backups, unit: "s" | "bytes") =>
      compare(
        { what, unit },
        ours.map((one) => one[of]),
        peer.map((one) => one[of]),
        ratioAtMost(1),
      );
    return {
      measures: [
        measure("time, first", "first", "s"),
        measure("size, first", "size", "bytes"),
        measure("time, second", "second", "s"),
        measure("size, second", "grown", "bytes"),
      ],
      facts: ["restic encrypts what it stores, and this does not; both start with their processes, and end when all is on the disk"],
    };
  },
};

function fileOf(source: string, i: number): string {
  return join(source, `part${Math.floor(i / 1000)}`, `file${i}.dat`);
}

/** The other parts are as small as they can be. */
function writeControlFile(folder: string, { source, store }: { source: string; store: string }): string {
  const settings = join(folder, "settings");
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, "site.conf"), "code=ABC");
  const file = join(folder, "site.ctl");
  const lines = [
    `[Tokens]\nSITE_CODE=ABC\nBACKUP_DESTINATION=${store}`,
    "[Stop]\ncmd /bin/true",
    `[Tasks]\ndb BACKUP_DESTINATION/site.dump /bin/cp ${join(settings, "site.conf")} BACKUP_DESTINATION/site.dump`,
    `reg ${settings} BACKUP_DESTINATION/settings\nfile ${source} BACKUP_DESTINATION/site\nmachinfo BACKUP_DESTINATION/machine.json`,
    "[Start]\ncmd /bin/true\n",
  ];
  writeFileSync(file, lines.join("\n"), { mode: 0o600 });
  return file;
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
