import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import type { Traits } from "./traits.ts";

const PATIENCE_MS = 30_000;

/** Only root mounts file systems. */
export const CAN_MOUNT = isRoot && existsSync("/dev/fuse");

/**
 * Mounts a file system with these traits on a folder, until it is disposed of or the test is over. A process of its own serves it; when
 * that is killed, pending calls fail at once.
 */
export async function mountFuse(point: string, traits: Traits): Promise<AsyncDisposable> {
  const daemon = spawn(process.execPath, [join(import.meta.dirname, "daemon.ts"), point, JSON.stringify(traits)], { stdio: "pipe" });
  const exited = once(daemon, "exit");
  let done: Promise<unknown> | undefined;
  const unmount = () =>
    (done ??= (async () => {
      daemon.kill("SIGKILL");
      spawnSync("umount", ["-i", "-l", point], { timeout: PATIENCE_MS });
      await exited;
    })());
  onTestFinished(async () => void (await unmount()));
  const said: string[] = [];
  daemon.stderr.on("data", (bytes: Buffer) => said.push(bytes.toString()));
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const mounted = await Promise.race([once(daemon.stdout, "data", { signal }).then(() => true), exited.then(() => false)]);
  if (!mounted) throw new Error(`nothing could be mounted on ${point}: ${said.join("")}`);
  return { [Symbol.asyncDispose]: async () => void (await unmount()) };
}
