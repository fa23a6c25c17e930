import { once } from "node:events";
import { lstatSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { isErrorCode, SitewrightError } from "@sitewright/protocol";
import type { ImportedUnit } from "../../app/media/import-medium.ts";
import type { Log } from "../../app/ports/link.ts";
import { agentSocket } from "../disk/platform/service.ts";
import { firstLine } from "../first-line.ts";
import { linesIn } from "../lines-in.ts";
import { connectLocal } from "../local-socket.ts";

/** What an import came to, without its units. */
export interface ImportEnd {
  medium: string;
  system: string;
  /** Another coordinator has taken the place of the one that was joined, and is trusted from now on. */
  succeeded: boolean;
  receipt?: ReceiptFiles;
}

export interface ReceiptFiles {
  /** Of both files, without its ending. */
  name: string;
  /** For the coordinator, base64. */
  file: string;
  /** For people. */
  text: string;
}

/** What an agent does for the verbs of media. Folders are absolute. */
export interface MediaWork {
  /** @param told Called with each unit. Throws as `importFolders` does. */
  import(asked: { folders: string[]; receipt: boolean }, told: (unit: ImportedUnit) => void, signal: AbortSignal): Promise<ImportEnd>;
  /** What the system holds and wants: how many units, and the file, base64. */
  want(asked: { packages: string[] }): Promise<{ units: number; file: string }>;
  /** @param asked.medium What it is about; none: no medium. Throws as `receiptFor` does. */
  receipt(asked: { medium: string[] }): Promise<ReceiptFiles>;
}

type Question = { [Verb in keyof MediaWork]: { verb: Verb; asked: Parameters<MediaWork[Verb]>[0] } }[keyof MediaWork];

/** Characters of a question. */
const LARGEST_QUESTION = 64 * 1024;
/** Longest path of a socket on all systems, bytes. */
const LONGEST_PATH = 100;

/** Has other processes of this account ask for the work of media while this agent runs. The data folder is locked, so that nobody else serves. */
export async function serveMedia(dataDir: string, work: MediaWork, log: Log): Promise<AsyncDisposable> {
  const place = agentSocket(dataDir);
  const ending = new AbortController();
  const open = new Set<Promise<void>>();
  let imports = false;

  async function answer(socket: Socket): Promise<void> {
    const gone = new AbortController();
    socket.once("close", () => gone.abort(new SitewrightError("CANCELLED", "whoever asked for the import has gone")));
    socket.on("error", () => socket.destroy());
    const say = (line: object): void => void (socket.destroyed || socket.write(`${JSON.stringify(line)}\n`));
    try {
      const { verb, asked } = await questionOf(socket, ending.signal);
      if (verb === "want") say({ end: await work.want(asked) });
      else if (verb === "receipt") say({ end: await work.receipt(asked) });
      else say({ end: await importNow(asked, (unit) => say({ unit: plain(unit) }), AbortSignal.any([gone.signal, ending.signal])) });
    } catch (error) {
      const { code, message } = SitewrightError.from(error);
      say({ code, message });
    }
    socket.destroySoon();
  }

  /** One at a time. */
  async function importNow(...given: Parameters<MediaWork["import"]>): Promise<ImportEnd> {
    if (imports) throw new SitewrightError("AGENT_DATA_IN_USE", "the agent imports another medium: wait for its end");
    imports = true;
    try {
      return await work.import(...given);
    } finally {
      imports = false;
    }
  }

  if (Buffer.byteLength(place) > LONGEST_PATH) {
    log("warn", "the path of the data folder is too long: import, and want and receipt of media, need this agent stopped");
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  // Of an agent that was killed.
  if (lstatSync(place, { throwIfNoEntry: false })?.isSocket()) rmSync(place);
  const server = createServer((socket) => {
    const answered = answer(socket).finally(() => open.delete(answered));
    open.add(answered);
  });
  server.listen(place);
  try {
    await once(server, "listening");
  } catch (error) {
    // The name of a pipe is whose comes first. The agent has other things to do than media.
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    log("warn", `another process has ${place}: import, and want and receipt of media, need this agent stopped`);
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
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
async function questionOf(socket: Socket, signal: AbortSignal): Promise<Question> {
  const stop = (): void => void socket.destroy();
  signal.addEventListener("abort", stop);
  const question = readQuestion(await firstLine(socket, LARGEST_QUESTION));
  signal.removeEventListener("abort", stop);
  if (question) return question;
  throw new SitewrightError(
    "BAD_REQUEST",
    "the agent that runs here does not know that question: is it of another version than the one that asks?",
  );
}

function readQuestion(line: string): Question | undefined {
  const { verb, asked } = Object(JSON.parse(line)) as { verb?: unknown; asked?: unknown };
  const { folders, receipt, packages, medium } = Object(asked) as Record<string, unknown>;
  if (verb === "import" && Array.isArray(folders)) return { verb, asked: { folders: folders.map(String), receipt: receipt === true } };
  if (verb === "want" && Array.isArray(packages)) return { verb, asked: { packages: packages.map(String) } };
  if (verb === "receipt" && Array.isArray(medium)) return { verb, asked: { medium: medium.map(String) } };
  return undefined;
}

/** The agent that runs on this data folder; it answers one question. Undefined: none runs. Its methods throw what it reports. */
export async function connectAgent(dataDir: string): Promise<(MediaWork & AsyncDisposable) | undefined> {
  const connected = await connectLocal(agentSocket(dataDir)).catch(() => undefined);
  if (!connected) return undefined;
  const socket = connected;

  async function ask<End>(question: Question, told: (unit: ImportedUnit) => void, signal?: AbortSignal): Promise<End> {
    const stop = (): void => void socket.destroy();
    signal?.addEventListener("abort", stop);
    try {
      socket.write(`${JSON.stringify(question)}\n`);
      for await (const line of linesIn(socket)) {
        const said = JSON.parse(line) as { unit?: Plain; end?: End; code?: string; message?: string };
        if (said.unit) told(unitIn(said.unit));
        else if (said.end !== undefined) return said.end;
        else throw new SitewrightError(isErrorCode(said.code ?? "") ? (said.code as "INTERNAL") : "INTERNAL", said.message ?? "");
      }
    } catch (error) {
      if (error instanceof SitewrightError) throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
    const why = signal?.aborted ? "the import was stopped" : "the agent ended before its answer";
    throw new SitewrightError("CANCELLED", `${why}: ask again; an import keeps what was verified`);
  }

  const untold = (): void => undefined;
  return {
    import: (asked, told, signal) => ask({ verb: "import", asked }, told, signal),
    want: (asked) => ask({ verb: "want", asked }, untold),
    receipt: (asked) => ask({ verb: "receipt", asked }, untold),
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
}

type Plain = Omit<ImportedUnit, "missing"> & { missing?: { volumes: [number, number][]; elsewhere: number; chunks: number } };

function plain({ missing, ...unit }: ImportedUnit): Plain {
  return { ...unit, ...(missing ? { missing: { ...missing, volumes: [...missing.volumes] } } : {}) };
}

function unitIn({ missing, ...unit }: Plain): ImportedUnit {
  return { ...unit, ...(missing ? { missing: { ...missing, volumes: new Map(missing.volumes) } } : {}) };
}
