import type { Node } from "./tree.ts";

/**
 * What of a file system is on its disk, and survives a power cut: as on file systems with a journal, any sync brings all names, sizes and
 * attributes to the disk, but the bytes of its own file only. Those of others read as zeros then.
 */
export interface Durable {
  sync(node: Node): void;
  syncAll(): void;
  /** Everything that was not synced is lost. */
  cut(): void;
}

type Kept = Pick<Node, "mode" | "uid" | "gid" | "mtime"> & { size: number; children: [string, { name: string; node: Node }][] };

export function createDurable(root: Node): Durable {
  const names = new Map<Node, Kept>();
  const bytes = new Map<Node, Buffer>();

  function* below(node: Node): Generator<Node> {
    yield node;
    for (const child of node.children?.values() ?? []) yield* below(child.node);
  }

  function sync(node: Node): void {
    bytes.set(node, Buffer.from(node.data));
    names.clear();
    for (const one of below(root)) {
      const { mode, uid, gid, mtime, data, children } = one;
      names.set(one, { mode, uid, gid, mtime, size: data.length, children: [...(children ?? [])] });
    }
  }

  function syncAll(): void {
    for (const node of below(root)) bytes.set(node, Buffer.from(node.data));
    sync(root);
  }

  function restore(node: Node): void {
    const { size = 0, children = [], ...kept } = names.get(node) ?? {};
    const data = Buffer.alloc(size);
    bytes.get(node)?.copy(data);
    // Links are counted again, by the names that are left.
    Object.assign(node, kept, { data, nlink: node.nlink + 1 });
    if (node.nlink > 1) return;
    node.children?.clear();
    for (const [key, child] of children) {
      node.children?.set(key, child);
      restore(child.node);
    }
  }

  syncAll();
  return {
    sync,
    syncAll,
    cut() {
      for (const node of new Set([...names.keys(), ...below(root)])) node.nlink = 0;
      restore(root);
    },
  };
}
