import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { release, version } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { act } from "./acts.ts";
import { DISK_PROBES } from "./disk-probes.ts";
import { NotHere, Otherwise, type Place, type Probe } from "./probe.ts";
import { SERVER_PROBES } from "./server-probes.ts";

/**
 * Runs on the Windows that is to be proven: tries what the agent relies on in a folder of its own, and prints a table for
 * `docs/windows.md`. usage: sitewright-prove --folder D:\SMSPKGD$ [--share \\SERVER\SMSPKGD$]
 */
const [first, ...rest] = process.argv.slice(2);
if (first === "--act") act(...(rest as [string, string, string]));
else process.exitCode = await prove();

async function prove(): Promise<number> {
  const { values } = parseArgs({ options: { folder: { type: "string" }, share: { type: "string" } } });
  if (values.folder === undefined) {
    process.stderr.write("usage: sitewright-prove --folder FOLDER [--share \\\\SERVER\\SHARE, the same folder over SMB]\n");
    return 2;
  }
  const name = mkdtempSync(join(resolve(values.folder), "sitewright-prove-"));
  const share = shareOf(name, values.share);
  process.stdout.write(
    `Windows ${release()} (${version()}), Node.js ${process.versions.node}\n\n| What | Seen | Details |\n|---|---|---|\n`,
  );
  let others = 0;
  try {
    for (const [number, probe] of [...DISK_PROBES, ...SERVER_PROBES].entries()) {
      const below = (top: string): string => join(top, String(number), "here");
      mkdirSync(below(name), { recursive: true });
      const [seen, details] = await result(probe, { folder: below(name), ...(share === undefined ? {} : { share: below(share) }) });
      if (seen !== "yes" && seen !== "not tried") others += 1;
      process.stdout.write(`| ${probe.what} | ${seen} | ${details.replaceAll("|", "\\|").replaceAll(/\s+/g, " ")} |\n`);
    }
  } finally {
    rmSync(name, { recursive: true, force: true, maxRetries: 3 });
  }
  return others === 0 ? 0 : 1;
}

async function result(probe: Probe, place: Place): Promise<[seen: "yes" | "no" | "not tried" | "failed", details: string]> {
  try {
    return ["yes", await probe.run(place)];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof NotHere) return ["not tried", why];
    return [error instanceof Otherwise ? "no" : "failed", why];
  }
}

/** The folder over SMB: through the share that was named, or the one that each drive of a server has for its administrators. */
function shareOf(folder: string, named: string | undefined): string | undefined {
  const [, drive, below] = /^([A-Za-z]):(\\.*)$/.exec(folder) ?? [];
  const path = named === undefined ? drive && `\\\\localhost\\${drive}$${below}` : join(named, folder.slice(folder.lastIndexOf("\\") + 1));
  try {
    return path !== undefined && statSync(path).isDirectory() ? path : undefined;
  } catch {
    return undefined;
  }
}
