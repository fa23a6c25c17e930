import { stat } from "node:fs/promises";
import { SitewrightError } from "@sitewright/protocol";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";

/** With the permissions and the owner of the file that it replaces. Throws `IO_ERROR`. */
export async function replaceFile(path: string, text: string): Promise<void> {
  try {
    const old = await stat(path).catch(() => undefined);
    await writeFileAtomic(path, text, old ? old.mode & 0o777 : 0o644, old);
  } catch (cause) {
    throw new SitewrightError("IO_ERROR", `${path} cannot be written: let the coordinator's account write it and its folder`, {
      path,
      cause,
    });
  }
}
