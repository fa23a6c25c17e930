import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import type { Log } from "../../app/log.ts";
import type { UndoPoints } from "../../app/sites/deletion-references.ts";
import type { UndoPoint } from "../../domain/deletion/references.ts";
import { setAside } from "./data-file.ts";

/** Rises with each change of the layout that earlier coordinators could not read. */
const FORM = 1;

/** In `deletions.json` in the data folder. */
export function fileUndoPoints(dataDir: string, log: Log): UndoPoints {
  const path = join(dataDir, "deletions.json");
  const failed = (what: string, cause: unknown) => new SitewrightError("IO_ERROR", `${path} cannot be ${what}`, { path, cause });
  return {
    async load() {
      const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw failed("read: let the coordinator's user read it", error);
      });
      if (text === undefined) return new Map();
      const points = pointsIn(text);
      if (points) return points;
      const aside = setAside(path);
      log.error({ aside }, "deletions.json cannot be read and was set aside: an undo of a deletion does not change its references back");
      return new Map();
    },
    async save(points) {
      const text = JSON.stringify({ form: FORM, points: Object.fromEntries(points) });
      await writeFileAtomic(path, text, 0o600).catch((error: unknown) => {
        throw failed("written: make room for it", error);
      });
    },
  };
}

/** Undefined: it is not what this version writes. */
function pointsIn(text: string): Map<string, UndoPoint> | undefined {
  try {
    const { form, points } = JSON.parse(text) as { form: unknown; points: Record<string, UndoPoint> };
    const files = Object.values(points).flatMap((point) => point.files);
    const areTexts = files.every((file) => [file.path, file.before, file.after].every((one) => typeof one === "string"));
    return form === FORM && areTexts ? new Map(Object.entries(points)) : undefined;
  } catch {
    return undefined;
  }
}
