import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openByClients, openWords } from "../../packages/agent/src/adapters/disk/platform/windows/open-files.ts";
import { retargetJunction } from "../../packages/agent/src/adapters/disk/platform/windows/junctions.ts";
import { must, NotHere, refusalOf, type Place, type Probe } from "./probe.ts";

const SERVICE = "SitewrightAgent";

function shared({ share }: Place): string {
  if (share === undefined) throw new NotHere("the folder cannot be reached over SMB: name a share of it with --share");
  return share;
}

function sc(...args: string[]): string {
  return String(spawnSync("sc.exe", args, { encoding: "latin1" }).stdout ?? "");
}

export const SERVER_PROBES: readonly Probe[] = [
  {
    what: "a folder in which a client has a file open over SMB cannot be moved, and the client is named",
    run(place) {
      const share = shared(place);
      const folder = join(place.folder, "package");
      mkdirSync(folder);
      writeFileSync(join(folder, "setup.exe"), "x");
      const handle = openSync(join(share, "package", "setup.exe"), "r");
      try {
        const code = refusalOf(() => renameSync(folder, `${folder}-2`), "the folder was moved");
        const named = openWords(openByClients(folder));
        must(named !== "", `refused with ${code}, and nobody was named`);
        return `refused with ${code}; ${named}`;
      } finally {
        closeSync(handle);
      }
    },
  },
  {
    what: "the server follows a junction for clients, which see where it leads at the next opening",
    run(place) {
      const share = shared(place);
      const [first, second, live] = ["first", "second", "live"].map((name) => join(place.folder, name)) as [string, string, string];
      for (const folder of [first, second]) {
        mkdirSync(folder);
        writeFileSync(join(folder, "file"), folder === first ? "one" : "two");
      }
      symlinkSync(first, live, "junction");
      const seen = (): string => readFileSync(join(share, "live", "file"), "utf8");
      const before = seen();
      const handle = openSync(join(share, "live", "file"), "r");
      retargetJunction(live, second);
      const after = seen();
      closeSync(handle);
      must(before === "one" && after === "two", `a client saw ${before}, then ${after}`);
      return "also while a file below was open";
    },
  },
  {
    what: "the agent's service starts with the system, delayed, and again after a failure",
    run() {
      const settings = sc("qc", SERVICE);
      if (!/SERVICE_NAME/.test(settings))
        throw new NotHere("the service is not installed: install it, restart the system, and run this again");
      must(/DELAYED/.test(settings), settings.replaceAll(/\s+/g, " "));
      must(/RESTART/.test(sc("qfailure", SERVICE)), "nothing is done after a failure");
      must(/RUNNING/.test(sc("query", SERVICE)), "it does not run now");
      return "it is so set, and it runs now";
    },
  },
];
