import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { debootstrap, logged, whyNoDebootstrap } from "../debootstrap.ts";
import { FolderWine } from "./runtime.ts";

const PACKAGES = ["wine", "wine64"];

/** What makes the folder impossible on this machine, or undefined. */
export function whyNoWine(): string | undefined {
  const why = whyNoDebootstrap();
  return why && `${why}; or install Wine 10 or newer`;
}

/** Makes `<folder>/root`: a Debian with Wine 10, and a prefix. Minutes and 2 GB, once. Returns what went wrong, or undefined. */
export function makeWine(folder: string): string | undefined {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, "making.log");
  writeFileSync(log, "");
  console.error(`Making a Windows to test against: Debian's Wine 10 in ${folder} (once; some 4 minutes, 2 GB; log: ${log}) ...`);
  // Under a name of its own until it is whole: it is interrupted, or two are made at a time.
  const draft = join(folder, `making-${process.pid}`);
  try {
    debootstrap(draft, ["ca-certificates"], log);
    prepareNetwork(draft);
    const wine = new FolderWine(draft);
    const apt = ["env", "DEBIAN_FRONTEND=noninteractive", ...proxies(), "apt-get", "-qq", "-y", "--no-install-recommends"];
    logged(log, ...wine.inside([...apt, "update"]));
    logged(log, ...wine.inside([...apt, "install", ...PACKAGES]));
    logged(log, ...wine.inside(["apt-get", "clean"]));
    logged(log, ...wine.inside(["wine", "wineboot", "--init"]));
    logged(log, ...wine.inside(["wineserver", "--wait"]));
    if (!existsSync(join(folder, "root"))) renameSync(draft, join(folder, "root"));
    return undefined;
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)} (log: ${log})`;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function prepareNetwork(root: string): void {
  // Missing after debootstrap; without them Wine resolves no name, not even localhost.
  writeFileSync(join(root, "etc/hosts"), "127.0.0.1 localhost\n::1 localhost\n");
  copyFileSync("/etc/resolv.conf", join(root, "etc/resolv.conf"));
  for (const file of globSync("/etc/apt/apt.conf.d/*")) {
    if (readFileSync(file, "utf8").includes("Acquire::")) copyFileSync(file, join(root, "etc/apt/apt.conf.d", basename(file)));
  }
}

function proxies(): string[] {
  return ["http_proxy", "https_proxy", "no_proxy"].flatMap((name) => (process.env[name] ? [`${name}=${process.env[name]}`] : []));
}
