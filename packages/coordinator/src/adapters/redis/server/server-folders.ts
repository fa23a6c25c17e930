import { createHash } from "node:crypto";
import { lstatSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { claimPrivateFolder } from "../../files/private-folder.ts";

/** Longer paths of unix sockets are refused by some kernels (107 bytes on Linux, 103 on macOS). */
const MAX_SOCKET_PATH = 100;

export interface ServerFolders {
  /** Holds Redis's files; its real path. */
  dir: string;
  socket: string;
  config: string;
  log: string;
  pidFile: string;
}

/** The folders of the embedded server; the socket's is short, private, and derived from the path of the data folder. */
export function serverFolders(dataDir: string): ServerFolders {
  claimPrivateFolder(join(dataDir, "redis"));
  const dir = realpathSync(join(dataDir, "redis"));
  const name = `sw-${createHash("sha256").update(dir).digest("hex").slice(0, 16)}`;
  const place = [tmpdir(), "/tmp"]
    .map((root) => join(root, name))
    .find((path) => Buffer.byteLength(join(path, "redis.sock")) < MAX_SOCKET_PATH);
  if (place === undefined)
    throw new SitewrightError(
      "REDIS_UNREACHABLE",
      `the folder for temporary files ${tmpdir()} has too long a path for a socket: set TMPDIR to a shorter one`,
    );
  makeFolder(place, 0o700);
  checkPrivate(place);
  return {
    dir,
    socket: join(place, "redis.sock"),
    config: join(dir, "redis.conf"),
    log: join(dir, "redis.log"),
    pidFile: join(dir, "redis.pid"),
  };
}

/** An account that created the folder before could put its own server behind the socket. */
function checkPrivate(path: string): void {
  const stats = lstatSync(path);
  const ours = process.getuid === undefined || stats.uid === process.getuid();
  if (stats.isDirectory() && ours && (stats.mode & 0o077) === 0) return;
  throw new SitewrightError(
    "REDIS_FOREIGN",
    `${path} is not a private folder of this user, so the socket in it cannot be trusted: remove it, or set TMPDIR to a folder of your own`,
    { path },
  );
}
