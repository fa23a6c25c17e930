import { parentPort } from "node:worker_threads";
import { openContentStream, type ContentStream } from "./content-stream.ts";
import { openMediumStream } from "./medium-stream.ts";
import type { FromWorker, MediumTarget, StreamTarget, ToWorker } from "./messages.ts";
import { openFiles, type OpenFiles } from "./open-files.ts";

const port = parentPort;
const streams = new Map<number, { stream: ContentStream; fetch: number }>();
/** Open files of the streams of one fetch. */
const open = new Map<number, OpenFiles>();

port?.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "open":
      return begin(message.stream, message.target);
    case "ask":
      return streams.get(message.stream)?.stream.ask(message.work);
    case "close": {
      const closing = streams.get(message.stream);
      if (!closing) return; // it ended meanwhile
      closing.stream.close();
      forget(message.stream);
      return say({ kind: "ended", stream: message.stream, failure: undefined });
    }
    case "end":
      return port.close();
  }
});

function begin(id: number, target: StreamTarget | MediumTarget): void {
  const files = open.get(target.fetch) ?? openFiles(target.root);
  open.set(target.fetch, files);
  const report = (message: FromWorker): void => {
    if (message.kind === "ended") forget(id);
    say(message);
  };
  const stream = "places" in target ? openMediumStream(id, target, files, report) : openContentStream(id, target, files, report);
  streams.set(id, { stream, fetch: target.fetch });
}

function forget(id: number): void {
  const fetch = streams.get(id)?.fetch;
  streams.delete(id);
  if (fetch === undefined || [...streams.values()].some((other) => other.fetch === fetch)) return;
  open.get(fetch)?.close();
  open.delete(fetch);
}

function say(message: FromWorker): void {
  port?.postMessage(message);
}
