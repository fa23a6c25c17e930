import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { SitewrightError } from "@sitewright/protocol";
import type { WindowsRights } from "@sitewright/node-kit/windows-rights";
import { windowsFolders } from "./disk/platform/platform.ts";

/** How long a pipe may have no room for the question whose it is, and how often that is asked, ms. */
const [BUSY_MS, PAUSE_MS] = [10_000, 100];

/**
 * Connects to a process of this machine that has the rights of this account, of the system or of an administrator. Sockets lie in folders
 * where nobody else can make one. But the name of a pipe of Windows is whose comes first: that one could pass for the service, and take on the
 * rights of whoever writes to it. So nothing is written to a pipe of another account. Throws `ACCESS_DENIED`, and what the system reports.
 */
export async function connectLocal(
  path: string,
  windows: Pick<WindowsRights, "isTrustedPipe"> | undefined = windowsFolders(),
): Promise<Socket> {
  const socket = connect(path);
  await once(socket, "connect");
  // Whoever reads sees its end.
  socket.on("error", () => undefined);
  try {
    // Connected first: as long as that is open, the name is of the same pipe.
    if (windows && !(await isTrusted(path, windows)))
      throw new SitewrightError("ACCESS_DENIED", `${path} was made by another account: find its program, and end it`, { path });
    if (socket.destroyed) throw new Error("it closed without a word");
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function isTrusted(path: string, windows: Pick<WindowsRights, "isTrustedPipe">): Promise<boolean> {
  for (const until = performance.now() + BUSY_MS; ; await sleep(PAUSE_MS)) {
    try {
      return windows.isTrustedPipe(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EBUSY" || performance.now() > until) throw error;
    }
  }
}
