import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DEBIAN } from "../../scripts/support/debian.ts";
import { waitFor, type Finished } from "../../scripts/support/programs.ts";
import { RELEASE_DISKS } from "../../scripts/support/mounts.ts";

/** A Debian without Node.js, with mounts and processes of its own; disposing of it ends them all. */
export interface DebianSystem extends AsyncDisposable {
  /** Where the files that were put or written into it are. */
  folder: string;
  /** Runs a command in it, as root or as another account. */
  run(command: readonly string[], options?: { as?: string; input?: string }): Promise<Finished>;
  /** Starts a command in it that keeps running; it ends with the system. */
  start(command: readonly string[], as: string): ChildProcess;
}

/** `folder` is empty; what `prepare` puts into it is in the system. It shares this machine's network. */
export async function startDebian(folder: string, prepare: (files: string) => void): Promise<DebianSystem> {
  const [files, work, root] = ["files", "work", "root"].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [files, work, root]) mkdirSync(path, { recursive: true });
  prepare(files);
  const script = [
    RELEASE_DISKS,
    'mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4"',
    'mount -t proc proc "$4/proc"',
    'mount --rbind /dev "$4/dev"',
    "echo mounted",
    "exec sleep infinity",
  ].join(" && ");
  const holder = spawn("unshare", ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh", DEBIAN, files, work, root], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [holder.stdout, holder.stderr]) stream.on("data", (data) => (said += data));
  await waitFor("the Debian to be mounted", () => {
    if (holder.exitCode !== null) throw new Error(`the Debian cannot be mounted: ${said}`);
    return said.includes("mounted") || undefined;
  });
  // Its first process: the child of `unshare`.
  const [first = ""] = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8").split(" ");

  function inside(command: readonly string[], as: string): [string, string[]] {
    const environment = ["env", "-i", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"];
    const account = as === "root" ? [] : ["runuser", "-u", as, "--"];
    return ["nsenter", ["--target", first, "--mount", "--pid", "chroot", root, ...environment, ...account, ...command]];
  }

  return {
    folder: files,
    async run(command, { as = "root", input } = {}) {
      const child = spawn(...inside(command, as), { stdio: ["pipe", "pipe", "pipe"] });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (data) => (stdout += data));
      child.stderr.on("data", (data) => (stderr += data));
      child.stdin.end(input);
      await once(child, "close");
      return { code: child.exitCode, stdout, stderr };
    },
    start: (command, as) => spawn(...inside(command, as), { stdio: ["ignore", "pipe", "pipe"] }),
    async [Symbol.asyncDispose]() {
      const ended = once(holder, "exit");
      holder.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
