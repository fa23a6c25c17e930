import { SitewrightError } from "@sitewright/protocol";
import type { Restore, RestorePlace, RestorePorts } from "./restore-ports.ts";
import { startOwed } from "./start-owed.ts";
import { setEnabled, stopSite } from "./stop-site.ts";

/** Nothing gives up an undo: half of it is worse than either end. */
const TO_ITS_END = new AbortController().signal;

/**
 * Puts back what a restore replaced, and starts what ran before. What was in the places meanwhile is kept beside them. May be repeated, also
 * after it was ended from outside.
 * @returns What failed, in words: then the restore is still open.
 */
export async function undoRestore(ports: RestorePorts, restore: Restore): Promise<string[]> {
  const { places, switched, services, run, start } = restore;
  try {
    // Before the services are touched a restore has only written new things.
    const started = restore.state === "staging";
    restore.state = "undoing";
    await ports.book.write(restore);
    if (switched) await stopSite(ports, restore.stop, TO_ITS_END);
    for (const place of places.toReversed()) if (switched) await putBack(ports, place);
    if (!switched) for (const { staged } of places) ports.places.remove(staged);
    for (const { staged } of nestedIn(places)) ports.places.remove(staged);
    dropStaged(ports, restore);
    await setEnabled(ports, restore, true);
    const owed = { run, until: 0, services, start: services.length > 0 ? start : [] };
    if (!started) await ports.journal.write(owed);
    restore.state = "undone";
    await ports.book.write(restore);
    return started ? [] : await startOwed(ports, owed);
  } catch (error) {
    return [`it could not be undone (${SitewrightError.from(error).message}): mend that, then 'site-backup restore --undo ${restore.id}'`];
  }
}

/** Folders inside another one that is restored. What was used meanwhile came with that one and is kept: theirs is a copy of the snapshot. */
function nestedIn(places: readonly RestorePlace[]): RestorePlace[] {
  const trees = places.filter((place) => place.kind === "tree");
  return trees.filter(({ place }) =>
    trees.some((outer) => place.startsWith(outer.place) && /^[/\\]/.test(place.slice(outer.place.length))),
  );
}

async function putBack({ places, registry, commands }: RestorePorts, place: RestorePlace): Promise<void> {
  if (place.kind === "database" && place.existed) await commands.run(place.loadKept, TO_ITS_END);
  if (place.kind === "key")
    await (place.existed ? registry.replace(place.key, place.kept, TO_ITS_END) : registry.remove(place.key, TO_ITS_END));
  if (place.kind !== "tree") return;
  const isKept = places.exists(place.kept);
  // A place that was empty before has something only after its restore.
  const isReplaced = isKept || (!place.existed && !places.exists(place.staged));
  if (isReplaced && places.exists(place.place)) await places.move(place.place, freeName(place.staged, places.exists));
  if (isKept) await places.move(place.kept, place.place);
}

/** Copies of what the snapshot has, which nothing needs any more. */
export function dropStaged({ places }: RestorePorts, restore: Restore): void {
  for (const place of restore.places) if (place.kind === "database" || place.kind === "key") places.remove(place.staged);
}

function freeName(name: string, exists: (path: string) => boolean): string {
  for (let number = 2, free = name; ; number++) {
    if (!exists(free)) return free;
    free = `${name}-${number}`;
  }
}
