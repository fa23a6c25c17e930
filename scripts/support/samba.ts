import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Ensures that Samba's server and client are installed: installs them on Debian and Ubuntu as root, elsewhere prints how. */
export function ensureSamba(): void {
  if (hasSamba()) return;
  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    console.error("Installing samba and smbclient with apt-get ...");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    for (const args of [
      ["update", "-qq"],
      ["install", "-y", "-qq", "--no-install-recommends", "samba", "smbclient"],
    ]) {
      spawnSync("apt-get", args, { stdio: ["ignore", 2, 2], env });
    }
    if (hasSamba()) return;
  }
  console.error(
    [
      "sitewright: Samba is missing; the tests of shares need its server and client. To get them:",
      "  Debian, Ubuntu:  sudo apt-get install samba smbclient",
      "  Fedora, RHEL:    sudo dnf install samba samba-client",
      "  macOS:           brew install samba",
    ].join("\n"),
  );
  process.exit(1);
}

function hasSamba(): boolean {
  return ["smbd", "smbclient"].every((program) => spawnSync(program, ["--version"]).status === 0);
}
