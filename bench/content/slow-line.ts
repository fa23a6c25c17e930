import { join } from "node:path";
import type { Context } from "../case.ts";
import { writeWanTree, type WanTree } from "../data/wan-tree.ts";
import { lineFact, openLine, overLine, type Line } from "../link/line.ts";
import { startBed, type Bed } from "../ours/bed.ts";
import { addPackage, writeSite } from "../ours/site.ts";
import { startRsyncDaemon } from "../peers/rsync.ts";

export const PACKAGE = "ABC00001";

/** Both sides' servers behind one slow line, and the tree that they serve. */
export interface SlowLine {
  folder: string;
  source: string;
  tree: WanTree;
  line: Line;
  bed: Bed;
  /** Of the rsync daemon's module, over the line. */
  rsyncUrl: string;
  fact: string;
  /** Makes the line slow, or unlimited for what is not measured. */
  slow(): Promise<void>;
  fast(): Promise<void>;
}

/** 20 Mbit/s and 80 ms there and back; the address in the site data says so to our side. */
const RATE = 20_000_000;
const DELAY = 40;

export async function makeSlowLine(context: Context): Promise<SlowLine> {
  const folder = context.folder("memory");
  const siteData = join(folder, "site-data");
  writeSite(siteData, { role: "dp", bandwidth: "20 Mbit/s" });
  const source = addPackage(siteData, PACKAGE);
  const tree = writeWanTree(source, context.scale);
  const line = openLine(context);
  const bed = await startBed(context, {
    siteData,
    folder: join(folder, "ours"),
    agentUrl: (url) => overLine(line, url),
  });
  const { port } = await startRsyncDaemon(context, { folder: join(folder, "rsyncd"), modules: { source } });
  return {
    folder,
    source,
    tree,
    line,
    bed,
    rsyncUrl: `rsync://127.0.0.1:${await line.open(port)}/source`,
    fact: lineFact(RATE, DELAY),
    slow: () => line.shape(RATE, DELAY),
    fast: () => line.shape(0, 0),
  };
}

export interface Sent {
  seconds: number;
  bytes: number;
}

export const describeSent = ({ seconds, bytes }: Sent): string => `${seconds.toFixed(2)} s ${(bytes / 1e6).toFixed(2)} MB`;
