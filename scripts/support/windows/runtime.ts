import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { CACHE } from "../locked-packages.ts";
import { RELEASE_DISKS } from "../mounts.ts";

/** Least Wine that starts Node.js 26. */
const LEAST_WINE = 10;

/** Kept between runs. */
export const WINE_FOLDER = join(CACHE, "wine");

/** Something that runs Windows programs: Windows itself, or a Wine. */
export interface Windows {
  readonly name: string;
  /** A folder of this machine that Windows programs see as `C:\`; on Windows itself undefined. */
  readonly driveC: string | undefined;
  /** What to spawn so that a Windows program runs with these variables in its environment. */
  command(program: string, args: readonly string[], env?: Record<string, string>): [string, string[]];
}

const native: Windows = {
  name: "this Windows",
  driveC: undefined,
  command: (program, args) => [program, [...args]],
};

/** Wine's own: nothing is asked or shown, .NET and HTML are not installed. */
const WINE_ENV = { LANG: "C.UTF-8", WINEDEBUG: "-all", WINEDLLOVERRIDES: "mscoree,mshtml=" };

/** Wine of this machine, with a prefix of its own. */
function ownWine(folder: string): Windows {
  const prefix = join(folder, "prefix");
  const env = ["-u", "DISPLAY", ...pairs({ ...WINE_ENV, WINEPREFIX: prefix })];
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(prefix, "drive_c"))) spawnSync("env", [...env, "wine", "wineboot", "--init"], { stdio: "ignore" });
  return {
    name: "this machine's Wine",
    driveC: join(prefix, "drive_c"),
    command: (program, args, more = {}) => ["env", [...env, ...pairs(more), "wine", program, ...args]],
  };
}

/** Wine in a Debian in a folder. */
export class FolderWine implements Windows {
  readonly name = "Wine in its folder";
  readonly driveC: string;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.driveC = join(root, "prefix", "drive_c");
  }

  command(program: string, args: readonly string[], env: Record<string, string> = {}): [string, string[]] {
    return this.inside(["wine", program, ...args], env);
  }

  /** Runs a command of that Debian. Its /proc is mounted for this process only: nothing stays mounted, whatever ends it. */
  inside(command: readonly string[], env: Record<string, string> = {}): [string, string[]] {
    const script = RELEASE_DISKS + '; mount -t proc proc "$0/proc" && exec chroot "$0" env -i "$@"';
    const system = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", HOME: "/root", XDG_RUNTIME_DIR: "/tmp", WINEPREFIX: "/prefix" };
    return ["unshare", ["--mount", "sh", "-c", script, this.#root, ...pairs({ ...system, ...WINE_ENV, ...env }), ...command]];
  }
}

/** What runs Windows programs here and now, or undefined; makes nothing but the prefix of an installed Wine. */
export function findWindows(): Windows | undefined {
  if (process.platform === "win32") return native;
  const { stdout } = spawnSync("wine", ["--version"], { encoding: "utf8" });
  if (Number(/^wine-(\d+)/.exec(stdout ?? "")?.[1] ?? 0) >= LEAST_WINE) return ownWine(WINE_FOLDER);
  const root = join(WINE_FOLDER, "root");
  return existsSync(join(root, "prefix", "drive_c")) ? new FolderWine(root) : undefined;
}

function pairs(env: Record<string, string>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
