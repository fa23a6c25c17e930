import { spawnSync } from "node:child_process";
import type { Needed } from "./installed.ts";

/** What a benchmark compares with; command and Debian package have the same name. */
export type Peer = keyof typeof HOMES;

const HOMES = {
  rsync: "https://rsync.samba.org",
  casync: "https://github.com/systemd/casync",
  restic: "https://restic.net",
};

export function peer(name: Peer): Needed {
  return {
    missing: () => (isThere(name) ? undefined : `${name} is missing, and there is nothing to compare with`),
    packages: [name],
    elsewhere: [`Fedora:    sudo dnf install ${name}`, `elsewhere: ${HOMES[name]}`],
  };
}

/** With the compression that the cases use. */
function isThere(name: Peer): boolean {
  const { status, stdout } = spawnSync(name, [name === "restic" ? "version" : "--version"], { encoding: "utf8" });
  return status === 0 && (name !== "rsync" || /Compress list:\s+.*\bzstd\b/.test(stdout));
}
