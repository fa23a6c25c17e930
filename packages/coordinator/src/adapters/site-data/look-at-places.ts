import { lstat, opendir, stat } from "node:fs/promises";
import { join } from "node:path";
import { LOST_FOUND } from "../files/lost-found.ts";
import type { FoundPlace } from "../../domain/sites/site-memory.ts";

/** The state of one step of a path. */
interface Step {
  is: FoundPlace["is"] | "folder";
  device?: number;
  message?: string;
}

/** Places checked at once: more than the threads of libuv gain nothing. */
const AT_ONCE = 8;

/** Limit of folders without a file that are read; above it, the place counts as filled. */
const MOST_FOLDERS = 256;

/** The state of places below the site data. Each folder above them is checked once, and a folder is read up to its first file. */
export async function lookAtPlaces(root: string, places: Iterable<string>): Promise<Map<string, FoundPlace>> {
  const steps = new Map<string, Promise<Step>>();
  const found = new Map<string, FoundPlace>();
  const rest = places[Symbol.iterator]();

  function stepAt(place: string): Promise<Step> {
    const step = steps.get(place) ?? lookAt(join(root, place), place.endsWith(".yaml"));
    steps.set(place, step);
    return step;
  }

  async function look(place: string): Promise<FoundPlace> {
    const mounts: string[] = [];
    let above = { at: "", step: await stepAt("") };
    for (const at of pathsTo(place)) {
      const step = await stepAt(at);
      // The emptied folder is reported, not each name that is missing in it.
      if (step.is === "absent" && above.at !== "" && (await isEmpty(join(root, above.at)).catch(() => false)))
        return { is: "empty", at: above.at, mounts };
      if (step.is === "folder" && step.device !== above.step.device) mounts.push(at);
      const { is, message } = step;
      if (is !== "folder" && (at !== place || is !== "file"))
        return { is: at !== place && is === "file" ? "other" : is, at, mounts, ...(message === undefined ? {} : { message }) };
      above = { at, step };
    }
    if (above.step.is !== "folder") return { is: "file", at: place, mounts };
    try {
      return { is: (await isEmpty(join(root, place))) ? "empty" : "filled", at: place, mounts };
    } catch (error) {
      return { is: "unreadable", at: place, mounts, message: (error as Error).message };
    }
  }

  async function lookOn(): Promise<void> {
    for (let next = rest.next(); !next.done; next = rest.next()) found.set(next.value, await look(next.value));
  }

  await Promise.all(Array.from({ length: AT_ONCE }, lookOn));
  return found;
}

/** @param follow YAML files are read through links, folders never. */
async function lookAt(path: string, follow: boolean): Promise<Step> {
  try {
    const stats = await (follow ? stat : lstat)(path);
    if (stats.isSymbolicLink()) return { is: "link" };
    return { is: stats.isDirectory() ? "folder" : stats.isFile() ? "file" : "other", device: stats.dev };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? { is: "absent" } : { is: "unreadable", message };
  }
}

/** Whether neither a folder nor its subfolders contain a file: an unmounted disk may leave the folders of its mount points behind. */
export async function isEmpty(path: string): Promise<boolean> {
  const folders = [path];
  // The list grows during the loop.
  for (const at of folders) {
    // Closed by the loop.
    for await (const entry of await opendir(at, { bufferSize: 8 })) {
      if (entry.isDirectory() && entry.name === LOST_FOUND) continue; // of the disk, and closed to most accounts
      if (!entry.isDirectory() || folders.length === MOST_FOLDERS) return false;
      folders.push(join(at, entry.name));
    }
  }
  return true;
}

/** `["a", "a/b", "a/b/c"]` for `a/b/c`. */
function pathsTo(place: string): string[] {
  const names = place.split("/");
  return names.map((_, i) => names.slice(0, i + 1).join("/"));
}
