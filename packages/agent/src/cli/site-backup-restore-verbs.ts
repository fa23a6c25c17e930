import type { Command } from "commander";
import { SitewrightError, terminalLine, plural } from "@sitewright/protocol";
import { print } from "@sitewright/node-kit/output";
import type { Restore, RestorePlace } from "../app/site-backup/restore-ports.ts";
import type { Counts, Trial } from "../app/site-backup/trial.ts";
import type { RestoreFlags } from "./site-backup-restore.ts";
import type { TrialFlags } from "./site-backup-trial.ts";

const verbs = () => import("./site-backup-restore.ts");

interface Asked extends RestoreFlags {
  to?: string;
  inPlace?: true;
  undo?: string | true;
  json?: true;
}

/** restore, release: what a run saved, in an empty folder or in the places of the site. */
export function addRestore(verb: (name: string, description: string) => Command, stopSignal: () => AbortSignal): void {
  verb("restore", "write what a run saved into an empty folder, or put it in the places of the site")
    .option("--run <run>", "this one (default: the newest complete one)")
    .option("--copy <folder>", "from the copy in this folder")
    .option("--to <folder>", "into an empty folder")
    .option("--in-place", "in the places of the site: what is there is moved aside, and the services are kept stopped")
    .option("--database-lost", "the present database is lost or unusable: nothing of it is kept")
    .option("--undo [restore]", "put back what a restore in place replaced (default: the newest one)")
    .action(async (file: string, { to, inPlace, undo, json, ...flags }: Asked) => {
      if ([to, inPlace, undo].filter((one) => one !== undefined).length !== 1)
        throw new SitewrightError("BAD_REQUEST", "where to? Write --to FOLDER, --in-place or --undo");
      if (to !== undefined) return restoreTo(file, { to, ...flags, json }, stopSignal());
      const restore = inPlace
        ? await (await verbs()).restoreInPlace(file, flags, stopSignal())
        : await (await verbs()).undoInPlace(file, undo === true ? undefined : undo);
      print(json ? JSON.stringify(restore) : renderRestore(restore));
    });
  verb("release", "start the services of a site that was restored in place").action(async (file: string, { json }: { json?: true }) => {
    const restore = await (await verbs()).releaseRestored(file);
    print(
      json
        ? JSON.stringify(restore)
        : `the services of the site were started; 'restore --undo ${restore.id}' still puts back what was there`,
    );
  });
}

/** trial: restores a run where nobody uses it. */
export function addTrial(verb: (name: string, description: string) => Command, stopSignal: () => AbortSignal): void {
  verb("trial", "restore a run where nobody uses it, run the lines check on it, compare it with the site, remove it again")
    .option("--run <run>", "this one (default: the newest complete one)")
    .option("--network", "the lines check may use the network")
    .action(async (file: string, { json, ...flags }: TrialFlags & { json?: true }) => {
      const { trySiteBackup } = await import("./site-backup-trial.ts");
      const trial = await trySiteBackup(file, flags, stopSignal());
      print(json ? JSON.stringify(trial) : renderTrial(trial));
      if (trial.state !== "sound")
        throw new SitewrightError("SNAPSHOT_DAMAGED", `the run ${trial.run} cannot be relied on: ${trial.faults[0] ?? ""}`);
    });
}

function renderTrial({ run, state, checks, compared, faults }: Trial): string {
  const say = ({ files, bytes }: Counts) => `${plural(files, "file")}, ${plural(bytes, "byte")}`;
  return [
    `the run ${run} is ${state}; what was restored is removed again`,
    ...checks.map(({ target, fault }) => `  check of ${target}: ${fault ?? "succeeded"}`),
    ...compared.map(({ part, saved, present }) => `  ${part}: ${say(saved)}; now ${present ? say(present) : "it is not there"}`),
    ...faults.map((fault) => `  ${fault}`),
  ]
    .map((line) => terminalLine(line))
    .join("\n");
}

async function restoreTo(
  file: string,
  { run, to, copy, json }: { run?: string; to: string; copy?: string; json: true | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { restoreSiteBackup } = await import("./site-backup.ts");
  const asked = { to, ...(run === undefined ? {} : { run }), ...(copy === undefined ? {} : { copy }) };
  const restored = await restoreSiteBackup(file, asked, signal);
  const name = `${restored.run}${restored.state === "complete" ? "" : `, which is ${restored.state}`}`;
  print(
    json ? JSON.stringify(restored) : `${to} holds the run ${name}: ${plural(restored.files, "file")}, ${plural(restored.bytes, "byte")}`,
  );
}

function renderRestore({ id, run, state, places }: Restore): string {
  if (state === "undone") return `the restore ${id} of the run ${run} was undone: the site is as it was before`;
  const rows = places.map((place) => `  ${place.part.padEnd(13)}  ${sayPlace(place)}`);
  return [`the site is restored from the run ${run}, and its services are kept stopped`, ...rows, `restore ${id}`]
    .map((line) => terminalLine(line))
    .join("\n");
}

function sayPlace(place: RestorePlace): string {
  if (place.kind === "report")
    return `${place.staged}: ${place.part === "coordinator" ? "'sitewright restore' makes a coordinator of it" : "compare this machine with it"}`;
  const name = place.kind === "tree" ? place.place : place.kind === "key" ? place.key : place.target;
  return `${name}, ${place.existed ? `before: ${place.kept}` : "what was there is not kept"}`;
}
