import { SitewrightError, type Held, type MediumManifest } from "@sitewright/protocol";

/**
 * Why what this system holds, or held, must not be replaced by what a medium has: a medium may have been under way for long, and nobody can be
 * asked. Undefined: it may.
 */
export function newerHeld(held: Held | undefined, { unit, digest, sourceVersion, content }: MediumManifest): SitewrightError | undefined {
  if (!held) return undefined;
  const { live, sourceVersion: present, highestVersion = 0 } = held;
  const version = Math.max(present, highestVersion);
  if (sourceVersion < version && live?.manifest !== digest)
    return new SitewrightError(
      "NEWER_VERSION_HELD",
      `version ${version} of ${unit.name} ${highestVersion > present ? "was" : "is"} live here, and the medium has version ${sourceVersion}: have a newer medium written, or one with --accept-older`,
    );
  if (sourceVersion === 0 || sourceVersion !== present || !live || live.manifest === digest) return undefined;
  const scheme = schemeOf(content);
  if (scheme === undefined || scheme !== schemeOf(held.content) || content === held.content) return undefined;
  return new SitewrightError(
    "OTHER_CONTENT_HELD",
    `other files are live here under version ${sourceVersion} of ${unit.name} than the medium has: raise its sourceVersion, or have a medium written with --accept-older`,
  );
}

/** The method of a content id; undefined: nothing can be compared. */
function schemeOf(content: string | undefined): string | undefined {
  return content?.slice(0, content.indexOf("-"));
}
