import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../scripts/support/programs.ts";
import { freePort } from "./redis.ts";

/** A separate Samba server on loopback; disposing of it ends it. */
export interface SmbServer extends AsyncDisposable {
  /** Runs commands of smbclient on a share, as a guest. */
  client(share: string, command: string): Promise<{ code: number | null; text: string }>;
}

/** @param settings An smb.conf; the address and the folders of the server are added to its global section. */
export async function startSmbServer(folder: string, settings: string): Promise<SmbServer> {
  const port = await freePort();
  const folders = Object.entries({
    "private dir": "private",
    "lock directory": "lock",
    "state directory": "state",
    "cache directory": "cache",
    "pid directory": "pid",
    "ncalrpc dir": "ncalrpc",
  }).map(([name, place]) => {
    mkdirSync(join(folder, place), { recursive: true, mode: 0o755 });
    return `${name} = ${join(folder, place)}`;
  });
  const own = [
    `smb ports = ${port}`,
    "interfaces = 127.0.0.1/8",
    "bind interfaces only = yes",
    "disable netbios = yes",
    "load printers = no",
    "printcap name = /dev/null",
    "disable spoolss = yes",
    `log file = ${join(folder, "smbd.log")}`,
    ...folders,
  ];
  const conf = join(folder, "smb.conf");
  writeFileSync(conf, settings.replace("[global]\n", `[global]\n${own.join("\n")}\n`));
  const server = spawn("smbd", ["--foreground", "--no-process-group", "--configfile", conf], { stdio: "ignore", detached: true });
  const ended = once(server, "exit");

  async function client(share: string, command: string): Promise<{ code: number | null; text: string }> {
    const asked = ["--no-pass", `--configfile=${conf}`, `--port=${port}`, "--max-protocol=SMB3", "--command", command];
    const child = spawn("smbclient", [`//127.0.0.1/${share}`, ...asked], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (text += data));
    await once(child, "close");
    return { code: child.exitCode, text };
  }

  await waitFor("Samba to answer", async () => {
    if (server.exitCode !== null) throw new Error("smbd ended: see its log, or whether it may run (it needs root)");
    return (await client("SMSPKGD$", "ls")).code === 0 || undefined;
  });
  return {
    client,
    async [Symbol.asyncDispose]() {
      // Its process group: it starts helpers.
      if (server.pid !== undefined) process.kill(-server.pid, "SIGTERM");
      await ended;
    },
  };
}
