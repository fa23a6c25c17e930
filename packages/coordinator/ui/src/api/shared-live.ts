import type { Change, Overview } from "@sitewright/protocol/api";
import { request, session, signedIn } from "./client.ts";
import { followLive, liveness, SILENCE, type Liveness, type LiveListener } from "./live.ts";

/** What the tab that holds the stream forwards, and what tabs tell each other about the session. */
type Passed =
  | { kind: "snapshot"; overview: Overview }
  | { kind: "change"; change: Change }
  | { kind: "liveness"; liveness: Liveness }
  | { kind: "session"; state: "in" | "out" };

const NAME = "sitewright live";

/**
 * Follows the coordinator through one stream for all tabs of a browser: a browser opens six connections per host, and each stream keeps one
 * as long as its tab is open. A lock determines which tab holds the stream; when that tab closes, the next one gets the lock and with it a
 * snapshot of its own.
 */
export async function followShared(listener: LiveListener): Promise<never> {
  const channel = new BroadcastChannel(NAME);
  const pass = (message: Passed): void => channel.postMessage(message);
  let silence: ReturnType<typeof setTimeout> | undefined;
  let passedOn: typeof session.value = session.value;

  channel.addEventListener("message", ({ data }: MessageEvent<Passed>) => {
    switch (data.kind) {
      case "snapshot":
        return listener.snapshot(data.overview);
      case "change":
        return listener.change(data.change);
      case "liveness":
        return heard(data.liveness);
      case "session":
        passedOn = data.state;
        if (data.state === "in") signedIn();
        else session.value = "out";
    }
  });
  session.subscribe((state) => {
    if (state !== "unknown" && state !== passedOn) pass({ kind: "session", state });
    passedOn = state;
  });

  function heard(now: Liveness): void {
    clearTimeout(silence);
    liveness.value = now;
    silence = setTimeout(() => (liveness.value = { ...liveness.value, state: "stale" }), SILENCE);
  }

  /** This tab's first view, and its view after a sign-in: later ones come from the tab that holds the stream. */
  async function takeSnapshot(): Promise<void> {
    const overview = await request<Overview>("GET", "/api/v1/overview").catch(() => undefined);
    if (!overview) return;
    if (session.value === "unknown") signedIn();
    listener.snapshot(overview);
    heard({ state: "live", heardAt: Date.now() });
  }

  const unsubscribe = session.subscribe((state) => {
    if (state !== "out") void takeSnapshot();
  });
  return navigator.locks.request(NAME, () => {
    unsubscribe();
    clearTimeout(silence);
    liveness.subscribe((state) => pass({ kind: "liveness", liveness: state }));
    return followLive({
      snapshot(overview) {
        listener.snapshot(overview);
        pass({ kind: "snapshot", overview });
      },
      change(change) {
        listener.change(change);
        pass({ kind: "change", change });
      },
    });
  });
}
