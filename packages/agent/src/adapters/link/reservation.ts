import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../app/ports/link.ts";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";

/** What the coordinator gave this agent to show with its next connection: keeps a place for it when strangers crowd the endpoint. */
export interface Reservation {
  /** Undefined: none was given yet. */
  current(): string | undefined;
  keep(text: string): void;
}

/** Of another form it is not sent: it becomes a header of a request. */
const FORM = /^[\w.-]{1,200}$/;

/** Kept in the data folder; an agent that cannot write it down has it until it ends, and is let in without as well. */
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
        .catch((error: unknown) => log("debug", "the reservation at the coordinator could not be written down", { err: error }));
    },
  };
}

function checked(text: string): string | undefined {
  return FORM.exec(text.trim())?.[0];
}
