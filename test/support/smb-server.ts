import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../scripts/support/programs.ts";
import { freePort } from "@sitewright/testkit/free-port";

/** Printed by smbclient when a command of a session has ended. */
const DONE = "that was the command";

/** A separate Samba server on loopback; disposing of it ends it. */
export interface SmbServer extends AsyncDisposable {
  /** Runs commands of smbclient on a share, as a guest. */
  client(share: string, command: string): Promise<{ code: number | null; text: string }>;
  /** A guest who stays connected to a share. */
  session(share: string): SmbSession;
}

/** Disposing of it disconnects. */
export interface SmbSession extends AsyncDisposable {
  /** Runs one command of smbclient, after those asked for earlier; what it printed. */
  run(command: string): Promise<string>;
}

/**
 * @param settings An smb.conf; the address and the folders of the server are added to its global section.
 * @param at Where it listens; by default at a free port of 127.0.0.1.
 */
export async function startSmbServer(folder: string, settings: string, at?: { address: string; port: number }): Promise<SmbServer> {
  const { address, port } = at ?? { address: "127.0.0.1", port: await freePort() };
  const [, anyShare = ""] = /^\[(?!global)(.+)\]$/m.exec(settings) ?? [];
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
    `interfaces = ${address}/8`,
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

  const argumentsFor = (share: string) => [
    `//${address}/${share}`,
    "--no-pass",
    `--configfile=${conf}`,
    `--port=${port}`,
    "--max-protocol=SMB3",
  ];

  async function client(share: string, command: string): Promise<{ code: number | null; text: string }> {
    const child = spawn("smbclient", [...argumentsFor(share), "--command", command], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (text += data));
    await once(child, "close");
    return { code: child.exitCode, text };
  }

  function session(share: string): SmbSession {
    // Both of its outputs in one pipe and at once: what it says of a command comes before the mark that ends it.
    const child = spawn("sh", ["-c", 'exec stdbuf -o0 smbclient "$@" 2>&1', "sh", ...argumentsFor(share)], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    let text = "";
    const printed = new EventEmitter();
    child.stdout.on("data", (data) => {
      text += data;
      printed.emit("text");
    });
    child.on("close", () => printed.emit("text"));
    let last: Promise<unknown> = Promise.resolve();
    async function runNow(command: string): Promise<string> {
      text = "";
      child.stdin.write(`${command}\n!echo ${DONE}\n`);
      // It waits for input even when a further line has already been read: each empty line makes it take the next.
      const next = setInterval(() => child.stdin.write("\n"), 25);
      try {
        while (!text.includes(`${DONE}\n`)) {
          if (child.exitCode !== null) throw new Error(`smbclient ended during '${command}': ${text}`);
          await once(printed, "text");
        }
      } finally {
        clearInterval(next);
      }
      return text.replace(`${DONE}\n`, "");
    }
    return {
      run(command) {
        const result = last.then(() => runNow(command));
        last = result.catch(() => undefined);
        return result;
      },
      async [Symbol.asyncDispose]() {
        const closed = once(child, "close");
        child.stdin.end();
        await closed;
      },
    };
  }

  await waitFor("Samba to answer", async () => {
    if (server.exitCode !== null) throw new Error("smbd ended: see its log, or whether it may run (it needs root)");
    return (await client(anyShare, "ls")).code === 0 || undefined;
  });
  return {
    client,
    session,
    async [Symbol.asyncDispose]() {
      // Its process group: it starts helpers.
      if (server.pid !== undefined) process.kill(-server.pid, "SIGTERM");
      await ended;
    },
  };
}
