import { realpathSync } from "node:fs";
import { sep } from "node:path";
import { isBelow, resolveLink } from "@sitewright/protocol";

/** The owned folder that a link must not leave. */
export interface LinkBounds {
  /** In the manifest. */
  path: string;
  /** On the disk, as its real path. */
  real: string;
}

/**
 * Why a link cannot be carried. By its text it must stay inside its owned folder, and also where it really leads: a link on its
 * way may lead elsewhere.
 * @param real Where the link lies on the disk.
 * @param path Where it lies in the manifest.
 */
export function linkFault(real: string, path: string, target: string | undefined, bounds: LinkBounds): string | undefined {
  if (target === undefined) return "it links to a name that is not valid UTF-8";
  try {
    resolveLink(path, target, bounds.path);
  } catch {
    return `it links to ${target}, outside of what it belongs to: put a copy here`;
  }
  try {
    // The native one: Node's own reads "link/.." as no step at all, where the system goes to where the link leads first.
    const leadsTo = realpathSync.native(real);
    return isBelow(leadsTo.split(sep).join("/"), bounds.real.split(sep).join("/"))
      ? undefined
      : `it leads to ${leadsTo}, outside of what it belongs to: put a copy here`;
  } catch {
    return undefined; // It dangles inside its own folder: clients see on their side what they see here.
  }
}
