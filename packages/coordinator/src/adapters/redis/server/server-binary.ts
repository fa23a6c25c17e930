import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SitewrightError } from "@sitewright/protocol";

const MIN_REDIS = "6.2.0";

const HOW_TO_GET_IT = [
  "Debian, Ubuntu: apt-get install redis-server",
  "Fedora, RHEL: dnf install redis (or valkey)",
  "Alpine: apk add redis",
  "macOS: brew install redis",
  "or name a running one with --redis URL (REDIS_URL)",
].join("; ");

/** Checks that a usable `redis-server` is in the PATH; throws `REDIS_MISSING` or `REDIS_TOO_OLD`. */
export async function checkServerBinary(command = "redis-server"): Promise<void> {
  let text: string;
  try {
    text = (await promisify(execFile)(command, ["--version"])).stdout;
  } catch (cause) {
    throw new SitewrightError("REDIS_MISSING", `there is no ${command} in the PATH. ${HOW_TO_GET_IT}`, { cause });
  }
  checkRedisVersion(/v=(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? "0.0.0", `the ${command} in the PATH`);
}

/** Throws `REDIS_TOO_OLD`. */
export function checkRedisVersion(version: string, whose: string): void {
  if (version.localeCompare(MIN_REDIS, "en", { numeric: true }) >= 0) return;
  throw new SitewrightError("REDIS_TOO_OLD", `${whose} is version ${version}, and ${MIN_REDIS} is the oldest that works. ${HOW_TO_GET_IT}`);
}
