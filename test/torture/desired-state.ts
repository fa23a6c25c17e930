import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CAP_SOURCES } from "../support/site.ts";
import { differences } from "../support/trees/same-tree.ts";
import { clientFileFaults, type FilesOfClients } from "./checks/client-files.ts";
import type { Places } from "./clients/client-process.ts";
import { PACKAGES } from "./world/site-server.ts";
import type { World } from "./world/world.ts";

/** What the references of the generation before need, which clients may hold for a while. */
const KEPT_FOR_REFERENCES = /^G\d+\.(ins|ofr) is not in the source$/;

/** Every difference between what is served and the site data, byte by byte. */
export function servedFaults(world: World, { caps, packages, logonFiles }: Places): string[] {
  const source = (...path: string[]) => join(world.siteData, ...path);
  const compare = (from: string, live: string) =>
    (existsSync(live) ? differences(from, live) : ["is missing"]).map((fault) => ({ live, fault }));
  const found = [
    ...Object.keys(caps).flatMap((cap) =>
      Object.entries(CAP_SOURCES).flatMap(([box, inbox]) =>
        compare(source("ABC/inboxes", inbox), join(cap, box)).filter(({ fault }) => !KEPT_FOR_REFERENCES.test(fault)),
      ),
    ),
    ...packages.flatMap((live) => compare(source("packages", idIn(live), "source"), live)),
    ...logonFiles.flatMap((live) => {
      const path = live.slice(live.indexOf("SMSLOGON/") + "SMSLOGON/".length);
      return readFileSync(live, "utf8") === readFileSync(source("ABC/logon", path), "utf8") ? [] : [{ live, fault: "has other content" }];
    }),
  ];
  return found.map(({ live, fault }) => `${live}: ${fault}`);
}

function idIn(live: string): string {
  return Object.keys(PACKAGES).find((id) => live.endsWith(id)) ?? "";
}

/** Lost and doubled files of clients, over all CAPs. */
export function lostClientFiles({ caps }: Places, written: Record<string, number>): string[] {
  return Object.entries(caps).flatMap(([cap, target]) =>
    clientFileFaults(written[cap] ?? 0, filesIn(join(cap, "ccr.box")), filesIn(target)).map((fault) => `${cap}: ${fault}`),
  );
}

function filesIn(folder: string): FilesOfClients {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
