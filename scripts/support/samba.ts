import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** On Linux a share is mounted as well, by Samba's own client and the kernel's user-space file systems. */
const PROGRAMS = ["smbd", "smbclient", ...(process.platform === "linux" ? ["smbnetfs"] : [])];

/** Ensures that Samba's server and clients are installed: installs them on Debian and Ubuntu as root, elsewhere prints how. */
export function ensureSamba(): void {
  if (hasSamba()) return;
  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    console.error("Installing samba, smbclient and smbnetfs with apt-get ...");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    for (const args of [
      ["update", "-qq"],
      ["install", "-y", "-qq", "--no-install-recommends", "samba", "smbclient", "smbnetfs"],
    ]) {
      spawnSync("apt-get", args, { stdio: ["ignore", 2, 2], env });
    }
    if (hasSamba()) return;
  }
  console.error(
    [
      `sitewright: the tests of shares need ${PROGRAMS.join(", ")}, and not all of them are here. To get them:`,
      "  Debian, Ubuntu:  sudo apt-get install samba smbclient smbnetfs",
      "  Fedora, RHEL:    sudo dnf install samba samba-client; smbnetfs from its source",
      "  macOS:           brew install samba",
    ].join("\n"),
  );
  process.exit(1);
}

function hasSamba(): boolean {
  return PROGRAMS.every((program) => spawnSync(program, [program === "smbnetfs" ? "-V" : "--version"]).status === 0);
}
