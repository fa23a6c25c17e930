import { spawnSync } from "node:child_process";
import type { Needed } from "./installed.ts";

const LEAST = [6, 2] as const;

/** A redis-server, unless REDIS_URL names one. */
export const REDIS_SERVER: Needed = {
  missing() {
    if (process.env.REDIS_URL) return undefined;
    const found = redisVersion();
    if (!found) return "redis-server is missing";
    const [major = 0, minor = 0] = found;
    const isRecent = major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
    return isRecent ? undefined : `redis-server ${found.join(".")} is too old; ${LEAST.join(".")} or newer is needed`;
  },
  packages: ["redis-server"],
  elsewhere: [
    "Fedora, RHEL:  sudo dnf install redis",
    "macOS:         brew install redis",
    "Windows:       install Memurai or run Redis in WSL, and set REDIS_URL=redis://127.0.0.1:6379",
    `anywhere:      set REDIS_URL to a Redis >= ${LEAST.join(".")} with maxmemory-policy noeviction`,
  ],
};

function redisVersion(): number[] | undefined {
  const { stdout } = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  return /v=(\d+)\.(\d+)/
    .exec(stdout ?? "")
    ?.slice(1)
    .map(Number);
}
