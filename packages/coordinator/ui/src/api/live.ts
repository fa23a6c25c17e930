import { signal } from "@preact/signals";
import type { Change, Overview } from "@sitewright/protocol/api";
import { ask, session, signedIn } from "./client.ts";

/** A connection without data for this long is dead, ms. The coordinator sends something every 15 s. */
export const SILENCE = 20_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5_000;

/** `stale`: what is shown may be outdated; it was right at `heardAt`. */
export interface Liveness {
  state: "connecting" | "live" | "stale";
  /** ms since 1970; time of the last data. */
  heardAt: number;
}

export const liveness = signal<Liveness>({ state: "connecting", heardAt: Date.now() });

export interface LiveListener {
  snapshot(overview: Overview): void;
  change(change: Change): void;
}

/**
 * Follows the coordinator as long as the page is open: across its restarts, lost connections and a new sign-in. A plain EventSource would
 * distinguish neither a refusal from an outage nor keep-alives between two events.
 */
export async function followLive(listener: LiveListener): Promise<never> {
  let pause = FIRST_PAUSE;
  for (;;) {
    await mayAsk();
    const stop = new AbortController();
    const unsubscribe = session.subscribe((state) => {
      if (state === "out") stop.abort();
    });
    try {
      await readEvents(stop, listener, () => (pause = FIRST_PAUSE));
    } catch {
      // Whatever the failure, connect again.
    }
    unsubscribe();
    stop.abort();
    liveness.value = { ...liveness.value, state: "stale" };
    if (session.value !== "out") await new Promise((resolve) => setTimeout(resolve, pause * (0.75 + Math.random() / 2)));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

async function readEvents(stop: AbortController, listener: LiveListener, onHeard: () => void): Promise<void> {
  let silence = setTimeout(() => stop.abort(), SILENCE);
  try {
    const reply = await ask("/api/v1/events", { headers: { accept: "text/event-stream" }, signal: stop.signal });
    if (!reply.body) return;
    if (session.value === "unknown") signedIn();
    const parse = createEventParser();
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(() => stop.abort(), SILENCE);
      onHeard();
      for (const { event, data } of parse(value)) {
        if (event === "snapshot") listener.snapshot(JSON.parse(data) as Overview);
        if (event === "change") listener.change(JSON.parse(data) as Change);
      }
      liveness.value = { state: "live", heardAt: Date.now() };
    }
  } finally {
    clearTimeout(silence);
  }
}

/** Resolves when this browser is not known to be signed out. */
function mayAsk(): Promise<void> {
  if (session.value !== "out") return Promise.resolve();
  return new Promise((resolve) => {
    const unsubscribe = session.subscribe((state) => {
      if (state === "out") return;
      resolve();
      queueMicrotask(() => unsubscribe());
    });
  });
}

interface ServerEvent {
  event: string;
  data: string;
}

/**
 * Parses a stream of server-sent events, piece by piece as they arrive. Comments (the server's keep-alives) yield nothing.
 * @returns A function that takes the next piece and returns the events that it completed.
 */
export function createEventParser(): (piece: string) => ServerEvent[] {
  let rest = "";
  return (piece) => {
    const blocks = (rest + piece).split("\n\n");
    rest = blocks.pop() ?? "";
    return blocks.flatMap(parseBlock);
  };
}

function parseBlock(block: string): ServerEvent[] {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, field, value = ""] = /^([a-z]+):? ?(.*)$/.exec(line) ?? [];
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return data.length > 0 ? [{ event, data: data.join("\n") }] : [];
}
