import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../app/ports/link.ts";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";

/**
 * Received from the coordinator to be shown with the next connection: reserves a place when unauthenticated connections crowd the endpoint.
 */
export interface Reservation {
  /** Undefined: none was received yet. */
  current(): string | undefined;
  keep(text: string): void;
}

/** An invalid one is not sent, because it becomes a header of a request. */
const FORM = /^[\w.-]{1,200}$/;

/** Stored in the data folder; an agent that cannot write it keeps it in memory, and can connect without it. */
export async function openReservation(dataDir: string, log: Log): Promise<Reservation> {
  const path = join(dataDir, "reservation");
  let current = checked(await readFile(path, "utf8").catch(() => ""));
  let written: Promise<void> = Promise.resolve();
  return {
    current: () => current,
    keep(text) {
      if (checked(text) === undefined || text === current) return;
      current = text;
      written = written
        .then(() => writeFileAtomic(path, `${text}\n`, 0o600))
        .catch((error: unknown) => log("debug", "the reservation at the coordinator could not be stored", { err: error }));
    },
  };
}

function checked(text: string): string | undefined {
  return FORM.exec(text.trim())?.[0];
}
