import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const LEAST = [6, 2] as const;

/**
 * Ensures that a redis-server >= 6.2 is installed (or REDIS_URL names one): installs it on Debian and Ubuntu as root, elsewhere prints how.
 */
export function ensureRedisServer(): void {
  if (process.env.REDIS_URL || isRecent(redisVersion())) return;
  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    console.error("Installing redis-server with apt-get ...");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    for (const args of [
      ["update", "-qq"],
      ["install", "-y", "-qq", "--no-install-recommends", "redis-server"],
    ]) {
      spawnSync("apt-get", args, { stdio: ["ignore", 2, 2], env });
    }
    if (isRecent(redisVersion())) return;
  }
  const found = redisVersion();
  console.error(
    [
      found
        ? `sitewright: redis-server ${found.join(".")} is too old; 6.2 or newer is needed. To get one:`
        : "sitewright: redis-server is missing. To get it:",
      "  Debian, Ubuntu:  sudo apt-get install redis-server",
      "  Fedora, RHEL:    sudo dnf install redis",
      "  macOS:           brew install redis",
      "  Windows:         install Memurai or run Redis in WSL, and set REDIS_URL=redis://127.0.0.1:6379",
      "  anywhere:        set REDIS_URL to a Redis >= 6.2 with maxmemory-policy noeviction",
    ].join("\n"),
  );
  process.exit(1);
}

function redisVersion(): number[] | undefined {
  const { stdout } = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  return /v=(\d+)\.(\d+)/
    .exec(stdout ?? "")
    ?.slice(1)
    .map(Number);
}

function isRecent(version: number[] | undefined): boolean {
  if (!version) return false;
  const [major = 0, minor = 0] = version;
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
}
