import type { Manifest, ManifestEntry } from "@sitewright/protocol";

/** Entries that are held at once. */
const PART = 4096;

/** The entries of a manifest, part by part. */
export async function* entryParts({ entries }: Manifest): AsyncGenerator<ManifestEntry[], void, undefined> {
  for (let at = 0; at < entries.length; at += PART) yield await Promise.resolve(entries.slice(at, at + PART));
}
