import { SitewrightError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { foldName } from "./tree-path.ts";

/** The symbolic links of one unit, and where each leads when the links on its way are followed. */
export interface LinkTree {
  /**
   * Adds a link whose text stays inside `top`, the owned folder that holds it. Throws `UNSAFE_PATH` when the links of the unit exceed their
   * limits.
   */
  add(path: string, target: string, top: string): void;
  /**
   * Finds links that leave their owned folder through other links, or lead over more links than any system follows. Throws as `add` does.
   */
  faults(): Generator<LinkFault, void, undefined>;
}

export interface LinkFault {
  path: string;
  /** Reason, worded to continue a sentence about the link. */
  why: string;
}

/** A name in the tree: of a link, on the way to one, or in a target. Whether it exists does not matter. */
interface Node {
  up: Node | undefined;
  below: Map<string, Node> | undefined;
  link: Link | undefined;
}

interface Link {
  path: string;
  target: string;
  node: Node;
  top: string;
  end: End | undefined;
}

/**
 * Where a link leads and over how many links, itself included; or why it leads nowhere, and how many links were followed to determine that.
 */
type End = { node: Node; hops: number } | { why: string; hops: number };

/** Linux follows at most this many links in one look-up. */
const MOST_HOPS = 40;

/**
 * Names are looked up as a file system that ignores case does: there `b/..` follows the link `B`. A name that is no link counts as a
 * folder, so that a link which dangles in the source leads nowhere else on a system where its target exists.
 */
export function createLinkTree(): LinkTree {
  const root: Node = { up: undefined, below: undefined, link: undefined };
  const links: Link[] = [];
  let nodes = 0;

  function child(up: Node, name: string): Node {
    up.below ??= new Map();
    const fold = foldName(name);
    const known = up.below.get(fold);
    if (known) return known;
    nodes += 1;
    if (nodes > LIMITS.linkNames) {
      throw new SitewrightError(
        "UNSAFE_PATH",
        `the symbolic links of the unit have more than ${LIMITS.linkNames} names in their paths and targets: put copies in the place of some`,
      );
    }
    const made: Node = { up, below: undefined, link: undefined };
    up.below.set(fold, made);
    return made;
  }

  function follow(link: Link, depth: number): End {
    if (link.end) return link.end;
    const end = depth > 2 * MOST_HOPS ? tooMany(0) : walk(link, depth);
    // A node abandoned only for its depth is known only for links with more links behind them than any system follows.
    if (!("why" in end) || end.hops > MOST_HOPS) link.end = end;
    return end;
  }

  function walk(link: Link, depth: number): End {
    const top = at(link.top);
    let node = link.node.up as Node;
    let hops = 1;
    let by = "";
    for (const name of link.target.split("/")) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        if (node === top) return { why: `leads out of ${link.top}${by}`, hops: Infinity };
        node = node.up as Node;
        continue;
      }
      node = child(node, name);
      if (!node.link) continue;
      by = ` by way of the link ${node.link.path}`;
      const end = follow(node.link, depth + 1);
      hops += end.hops;
      if ("why" in end) return { why: end.why, hops };
      if (hops > MOST_HOPS) return tooMany(hops);
      node = end.node;
    }
    return { node, hops };
  }

  const at = (path: string): Node => path.split("/").reduce(child, root);

  return {
    add(path, target, top) {
      const node = at(path);
      node.link = { path, target, node, top, end: undefined };
      links.push(node.link);
    },
    *faults() {
      for (const link of links) {
        const end = follow(link, 1);
        if ("why" in end) yield { path: link.path, why: end.why };
      }
    },
  };
}

function tooMany(hops: number): End {
  return { why: `leads over more than ${MOST_HOPS} links, or back to itself`, hops };
}
