import { SitewrightError } from "@sitewright/protocol";
import type { RunRecord } from "./ports.ts";
import type { Restore, RestorePlace, RestorePorts } from "./restore-ports.ts";
import { enabledServices, runningServices, setEnabled, stopSite } from "./stop-site.ts";
import { undoRestore } from "./undo-restore.ts";

/**
 * Puts all parts of one run in the places of the site: everything new is written beside them, then the services are stopped, what is there is
 * moved aside, and the new takes its place. The services are kept stopped. Continues where an earlier call was ended from outside. Where a step
 * fails, everything is put back, and what ran before is started.
 */
export async function restoreSite(ports: RestorePorts, restore: Restore, record: RunRecord, signal: AbortSignal): Promise<Restore> {
  try {
    if (restore.state === "staging") await stage(ports, restore, record, signal);
    if (restore.state === "stopping") await keepPresent(ports, restore, signal);
    if (restore.state === "switching") await replaceAll(ports, restore, signal);
    return restore;
  } catch (error) {
    const { code, message } = SitewrightError.from(error);
    const faults = await undoRestore(ports, restore);
    const end = faults.length === 0 ? "everything is as it was before" : `${faults.join("; ")}`;
    throw new SitewrightError(code, `${signal.aborted ? "the restore was cancelled" : message}: ${end}`, { cause: error });
  }
}

/** Writes everything that is new, and has it checked. The services run meanwhile. */
async function stage(ports: RestorePorts, restore: Restore, record: RunRecord, signal: AbortSignal): Promise<void> {
  const { places } = restore;
  for (const place of places) {
    if (place.kind === "tree") ports.places.requireMovable(place.place);
    // Of an earlier call.
    ports.places.remove(place.staged);
  }
  const bytes = new Map(record.parts.map((part) => [part.target, part.bytes]));
  ports.places.requireRoom(new Map(places.map(({ staged, target }) => [staged, bytes.get(target) ?? 0])));
  await ports.extract(record, new Map(places.map(({ target, staged }) => [target, staged])), signal);
  for (const { words } of restore.checks) await ports.commands.run(words, signal);
  // What an earlier run stopped, and could not be started, has to run in the end as well.
  const owed = (await ports.journal.read())?.services ?? [];
  restore.services = [...new Set([...(await runningServices(ports, restore.stop)), ...owed])];
  Object.assign(restore, await enabledServices(ports, restore.stop));
  restore.state = "stopping";
  await ports.book.write(restore);
  // From here on the restore owes them: nothing else may start them.
  await ports.journal.clear();
}

/** Stops the services, for a restart of the machine too, and keeps what cannot be kept by moving it. */
async function keepPresent(ports: RestorePorts, restore: Restore, signal: AbortSignal): Promise<void> {
  await setEnabled(ports, restore, false);
  await stopSite(ports, restore.stop, signal);
  for (const place of restore.places) {
    if (place.kind === "tree") place.existed = ports.places.exists(place.place);
    if (place.kind === "key") {
      place.existed = await ports.registry.exists(place.key);
      await ports.scratch.clear(place.kept);
      if (place.existed) await ports.registry.save(place.key, place.kept, signal);
    }
    if (place.kind === "database" && place.existed) await keepDatabase(ports, place, signal);
  }
  restore.state = "switching";
  restore.switched = true;
  await ports.book.write(restore);
}

async function keepDatabase(
  { scratch, commands }: RestorePorts,
  { dump, kept }: Extract<RestorePlace, { kind: "database" }>,
  signal: AbortSignal,
): Promise<void> {
  const lost = "if the present database is lost or unusable, write --database-lost: nothing of it is kept then";
  await scratch.clear(kept);
  try {
    await commands.run(dump, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new SitewrightError("IO_ERROR", `the present database cannot be kept (${SitewrightError.from(error).message}): ${lost}`, {
      cause: error,
    });
  }
  if (!(await scratch.isWritten(kept)))
    throw new SitewrightError("IO_ERROR", `the present database cannot be kept (nothing was written to ${kept}): ${lost}`);
}

async function replaceAll(ports: RestorePorts, restore: Restore, signal: AbortSignal): Promise<void> {
  await stopSite(ports, restore.stop, signal);
  for (const place of restore.places) {
    signal.throwIfAborted();
    await replace(ports, place, signal);
  }
  await stopSite(ports, restore.stop, signal);
  restore.state = "restored";
  await ports.book.write(restore);
}

/** May be repeated: what is done is not done again, except for what takes no harm from it. */
async function replace({ places, registry, commands }: RestorePorts, place: RestorePlace, signal: AbortSignal): Promise<void> {
  if (place.kind === "database") await commands.run(place.load, signal);
  else if (place.kind === "key") await registry.replace(place.key, place.staged, signal);
  else if (place.kind === "tree" && places.exists(place.staged)) {
    if (places.exists(place.place)) {
      if (places.exists(place.kept))
        throw new SitewrightError("CONFLICT", `${place.place} was made by something else during the restore`, { path: place.place });
      await places.move(place.place, place.kept);
    }
    await places.move(place.staged, place.place);
  }
}
