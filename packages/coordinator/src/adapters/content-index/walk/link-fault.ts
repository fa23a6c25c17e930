import { createLinkTree, isBelow, resolveLink } from "@sitewright/protocol";
import type { FaultList } from "./source-fault.ts";

/**
 * Why a link is refused, by its text alone.
 * @param path Where it lies in the manifest.
 * @param top The owned folder that it must not leave.
 */
export function linkFault(path: string, target: string | undefined, top: string): string | undefined {
  if (target === undefined) return "it links to a name that is not valid UTF-8";
  try {
    resolveLink(path, target, top);
    return undefined;
  } catch {
    return `it links to ${target}, outside of what it belongs to: put a copy here`;
  }
}

/** An entry of a source, with what the check of links needs. */
interface LinkEntry {
  kind: string;
  /** In the manifest. */
  path: string;
  /** Below the site data. */
  source: string;
  target?: string;
}

/** Finds links that leave through other links. Only for a walk that covers all of them. */
export interface LinkCheck {
  add(entry: LinkEntry): void;
  /** All entries were added. */
  end(): void;
}

/** @param owned The owned folders. */
export function createLinkCheck(owned: readonly { path: string }[], faults: FaultList): LinkCheck {
  const links = createLinkTree();
  const byPath = new Map<string, LinkEntry>();
  return {
    add(entry) {
      const { kind, path, target } = entry;
      const top = kind === "link" && owned.find((candidate) => isBelow(path, candidate.path))?.path;
      if (!top || target === undefined || linkFault(path, target, top)) return;
      byPath.set(path, entry);
      links.add(path, target, top);
    },
    end() {
      for (const { path, why } of links.faults()) {
        const { source, target } = byPath.get(path) as LinkEntry;
        faults.add("SOURCE_LINK", source, `it links to ${target}, and so ${why}: put a copy here`);
      }
    },
  };
}
