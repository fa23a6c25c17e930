import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import type { StateFile } from "../../app/backup/kept-state.ts";
import { stateFault, type SavedState } from "../../domain/backup/backup.ts";
import { dataFileError } from "./data-file.ts";
import { readIfThere, writePrivateFile } from "./private-file.ts";

const FORM = 1;

function pathIn(dataDir: string): string {
  return join(dataDir, "kept-state.json");
}

export function stateFile(dataDir: string): StateFile {
  const path = pathIn(dataDir);
  return {
    async read() {
      const text = await readIfThere(path);
      if (text === undefined) return undefined;
      try {
        const state = parseState(text);
        if (state) return state;
      } catch (cause) {
        if (!(cause instanceof SyntaxError)) throw dataFileError(path, cause);
      }
      throw new SitewrightError(
        "DATA_FILE_UNUSABLE",
        `${path} cannot be used: it is damaged, or a newer version wrote it. Delete it, unless Redis has lost its data: then agents have to join again`,
        { path },
      );
    },
    write: (state) => writePrivateFile(path, `${JSON.stringify({ form: FORM, ...state })}\n`),
  };
}

/** Undefined: it is damaged, or a newer version wrote it. Throws `SyntaxError`. */
export function parseState(text: string): SavedState | undefined {
  const { form, ...state } = JSON.parse(text) as SavedState & { form: unknown };
  return form === FORM && stateFault(state) === undefined ? state : undefined;
}
