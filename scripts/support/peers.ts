import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/**
 * Ensures that all peers are installed: installs them on Debian and Ubuntu as root, elsewhere prints how and ends this process.
 * @param peers What a benchmark compares with: command and Debian package have the same name.
 */
export function ensurePeers(peers: readonly string[]): void {
  const missing = peers.filter((peer) => !isThere(peer));
  if (missing.length === 0) return;
  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    console.error(`Installing ${missing.join(" and ")} with apt-get ...`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    for (const args of [
      ["update", "-qq"],
      ["install", "-y", "-qq", "--no-install-recommends", ...missing],
    ]) {
      spawnSync("apt-get", args, { stdio: ["ignore", 2, 2], env });
    }
  }
  const still = peers.filter((peer) => !isThere(peer));
  if (still.length === 0) return;
  console.error(
    [
      `bench: ${still.join(" and ")} is missing, and there is nothing to compare with. To get it:`,
      `  Debian, Ubuntu:  sudo apt-get install ${still.join(" ")}`,
      `  Fedora:          sudo dnf install ${still.join(" ")}`,
      "  elsewhere:       rsync from https://rsync.samba.org, casync from https://github.com/systemd/casync, restic from https://restic.net",
    ].join("\n"),
  );
  process.exit(1);
}

/** With the compression that the cases use. */
function isThere(peer: string): boolean {
  const { status, stdout } = spawnSync(peer, [peer === "restic" ? "version" : "--version"], { encoding: "utf8" });
  return status === 0 && (peer !== "rsync" || /Compress list:\s+.*\bzstd\b/.test(stdout));
}
