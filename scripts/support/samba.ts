import { spawnSync } from "node:child_process";
import type { Needed } from "./installed.ts";

/** On Linux a share is mounted as well, by Samba's own client and the kernel's user-space file systems. */
const PROGRAMS = ["smbd", "smbclient", ...(process.platform === "linux" ? ["smbnetfs"] : [])];

/** Samba's server and clients. */
export const SAMBA: Needed = {
  missing() {
    const absent = PROGRAMS.filter((program) => spawnSync(program, [program === "smbnetfs" ? "-V" : "--version"]).status !== 0);
    return absent.length === 0 ? undefined : `${absent.join(", ")} missing, which the tests of shares need`;
  },
  packages: ["samba", "smbclient", "smbnetfs"],
  elsewhere: ["Fedora, RHEL:  sudo dnf install samba samba-client; smbnetfs from its source", "macOS:         brew install samba"],
};
