import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Programs that come from the operating system. */
export interface Needed {
  /** What is wrong, as a clause, or undefined if it is there. */
  missing: () => string | undefined;
  /** Packages of Debian and Ubuntu. */
  packages: readonly string[];
  /** Other ways to get it, a line each. */
  elsewhere: readonly string[];
}

/** Ensures that all of it is there: installs what is missing on Debian and Ubuntu as root, elsewhere prints how and ends this process. */
export function ensureInstalled(...needed: Needed[]): void {
  const absent = needed.filter(({ missing }) => missing() !== undefined);
  if (absent.length === 0) return;
  const packages = absent.flatMap((one) => one.packages);
  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    console.error(`Installing ${packages.join(", ")} with apt-get ...`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    for (const args of [
      ["update", "-qq"],
      ["install", "-y", "-qq", "--no-install-recommends", ...packages],
    ]) {
      spawnSync("apt-get", args, { stdio: ["ignore", 2, 2], env });
    }
  }
  const still = absent.flatMap((one) => {
    const why = one.missing();
    return why === undefined ? [] : [{ ...one, why }];
  });
  if (still.length === 0) return;
  for (const { why, elsewhere } of still)
    console.error([`sitewright: ${why}. To get it:`, ...elsewhere.map((line) => `  ${line}`)].join("\n"));
  console.error(`On Debian and Ubuntu: sudo apt-get install ${still.flatMap((one) => one.packages).join(" ")}`);
  process.exit(1);
}
