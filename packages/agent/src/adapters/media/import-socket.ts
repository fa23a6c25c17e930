import { once } from "node:events";
import { lstatSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { isErrorCode, SitewrightError } from "@sitewright/protocol";
import type { ImportedUnit } from "../../app/media/import-medium.ts";
import type { Log } from "../../app/ports/link.ts";
import { agentSocket } from "../disk/platform/service.ts";

/** What another process has this agent import. */
export interface ImportAsked {
  /** Absolute. */
  folders: string[];
  /** Absolute folder. */
  receipt?: string;
}

/** What the import came to, without its units. */
export interface ImportEnd {
  medium: string;
  /** Files. */
  receipt: string[];
}

/** Carries it out. @param told Called with each unit. Throws as `importFolders` does. */
export type ImportWork = (asked: ImportAsked, told: (unit: ImportedUnit) => void, signal: AbortSignal) => Promise<ImportEnd>;

/** Bytes of a question. */
const LARGEST_QUESTION = 64 * 1024;
/** Longest path of a socket on all systems, bytes. */
const LONGEST_PATH = 100;

/** Has other processes of this account import media while this agent runs; one at a time. The data folder is locked, so that nobody else serves. */
export async function serveImports(dataDir: string, work: ImportWork, log: Log): Promise<AsyncDisposable> {
  const place = agentSocket(dataDir);
  const ending = new AbortController();
  const open = new Set<Promise<void>>();
  let busy = false;

  async function answer(socket: Socket): Promise<void> {
    const gone = new AbortController();
    socket.once("close", () => gone.abort(new SitewrightError("CANCELLED", "whoever asked for the import has gone")));
    socket.on("error", () => socket.destroy());
    const say = (line: object): void => void (socket.destroyed || socket.write(`${JSON.stringify(line)}\n`));
    try {
      const asked = await questionOf(socket, ending.signal);
      if (busy) throw new SitewrightError("AGENT_DATA_IN_USE", "the agent imports another medium: wait for its end");
      busy = true;
      try {
        const told = (unit: ImportedUnit): void => say({ unit: plain(unit) });
        say({ end: await work(asked, told, AbortSignal.any([gone.signal, ending.signal])) });
      } finally {
        busy = false;
      }
    } catch (error) {
      const { code, message } = SitewrightError.from(error);
      say({ code, message });
    }
    socket.destroySoon();
  }

  if (Buffer.byteLength(place) > LONGEST_PATH) {
    log("warn", "the path of the data folder is too long: media can be imported only while this agent is stopped");
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  // Of an agent that was killed.
  if (lstatSync(place, { throwIfNoEntry: false })?.isSocket()) rmSync(place);
  const server = createServer((socket) => {
    const answered = answer(socket).finally(() => open.delete(answered));
    open.add(answered);
  });
  server.listen(place);
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      ending.abort(new SitewrightError("CANCELLED", "the agent stops: import the medium again, which keeps what was verified"));
      const closed = once(server, "close");
      server.close();
      await Promise.all(open);
      await closed;
    },
  };
}

/** @param signal Aborted: it is waited for no longer. */
async function questionOf(socket: Socket, signal: AbortSignal): Promise<ImportAsked> {
  let size = 0;
  const stop = (): void => void socket.destroy();
  signal.addEventListener("abort", stop);
  socket.on("data", (data: Buffer) => void ((size += data.length) > LARGEST_QUESTION && socket.destroy()));
  for await (const line of createInterface({ input: socket })) {
    signal.removeEventListener("abort", stop);
    const { folders, receipt } = Object(JSON.parse(line)) as Partial<Record<keyof ImportAsked, unknown>>;
    if (!Array.isArray(folders)) break;
    return { folders: folders.map(String), ...(typeof receipt === "string" ? { receipt } : {}) };
  }
  throw new SitewrightError("BAD_REQUEST", "that is no question of 'sitewright-agent import'");
}

/** Asks the agent that runs on this data folder. Undefined: none answers. Throws what it reports. */
export async function askImport(
  dataDir: string,
  asked: ImportAsked,
  told: (unit: ImportedUnit) => void,
  signal: AbortSignal,
): Promise<ImportEnd | undefined> {
  const socket = connect(agentSocket(dataDir));
  try {
    await once(socket, "connect");
  } catch {
    return undefined;
  }
  const stop = (): void => void socket.destroy();
  signal.addEventListener("abort", stop);
  try {
    socket.write(`${JSON.stringify(asked)}\n`);
    for await (const line of createInterface({ input: socket })) {
      const said = JSON.parse(line) as { unit?: Plain; end?: ImportEnd; code?: string; message?: string };
      if (said.unit) told(unitIn(said.unit));
      else if (said.end) return said.end;
      else throw new SitewrightError(isErrorCode(said.code ?? "") ? (said.code as "INTERNAL") : "INTERNAL", said.message ?? "");
    }
  } catch (error) {
    if (error instanceof SitewrightError) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    socket.destroy();
  }
  throw new SitewrightError("CANCELLED", "the agent ended before the import: start it again, which keeps what was verified");
}

type Plain = Omit<ImportedUnit, "missing"> & { missing?: { volumes: [number, number][]; elsewhere: number; chunks: number } };

function plain({ missing, ...unit }: ImportedUnit): Plain {
  return { ...unit, ...(missing ? { missing: { ...missing, volumes: [...missing.volumes] } } : {}) };
}

function unitIn({ missing, ...unit }: Plain): ImportedUnit {
  return { ...unit, ...(missing ? { missing: { ...missing, volumes: new Map(missing.volumes) } } : {}) };
}
