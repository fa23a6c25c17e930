import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { readBounded } from "@sitewright/node-kit/bounded-file";
import type { StartCounters } from "../../../app/recovery/start-watch.ts";
import { replaceFile } from "./replace-file.ts";

const FILE = "starts.yaml";
const MOST = 4096;
const NOTE =
  "# Sitewright raises this at each start of its coordinator. A lower number than before shows that this\n# folder is an earlier copy or snapshot. Do not edit it, and leave it out when you copy files into this folder.\n";

/** Start counters in the layout that docs/site-data.md describes: `<SITE>/starts.yaml`. */
export function nativeStartCounters(): StartCounters {
  return {
    async read(root, code) {
      try {
        const [, digits] = /^starts: (\d{1,15})\s*$/m.exec((await readBounded(join(root, code, FILE), MOST)).toString("utf8")) ?? [];
        return digits === undefined ? undefined : Number(digits);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },
    async write(root, code, starts) {
      // Nothing is written through a link.
      const folder = await lstat(join(root, code)).catch(() => undefined);
      if (!folder?.isDirectory()) return false;
      await replaceFile(join(root, code, FILE), `${NOTE}starts: ${starts}\n`);
      return true;
    },
  };
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
