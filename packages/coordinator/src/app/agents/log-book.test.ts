import { expect, test } from "vitest";
import { LIMITS, type LogQuery } from "@sitewright/protocol";
import { aHierarchy, aPhase } from "../../../test-support/fakes.ts";
import type { Board } from "../runs/board.ts";
import { createLogBook, type LogBook } from "./log-book.ts";
import type { RunStore } from "../ports/runs.ts";
import type { SiteView } from "../sites/site-view.ts";

/** Of an agent, ms: far above the timer delay of a busy machine. */
const TIMEOUT = 250;

const line = (time: number, msg: string, facts: object = {}) => JSON.stringify({ level: 30, time, msg, ...facts });

/** A log book over SRV1's agent, which gives the configured answer. */
function aBook(setUp: { own?: string[]; connected?: boolean; answer?: (query: LogQuery, book: () => LogBook) => void }): LogBook {
  const returned = new Map<string, string[]>();
  const book: LogBook = createLogBook({
    logs: {
      find: () => setUp.own ?? [],
      keepReturned: (system, lines) => void returned.set(system, [...lines]),
      returned: (system) => returned.get(system) ?? [],
    },
    links: {
      connected: () => [],
      agent: () => undefined,
      isConnected: () => setUp.connected ?? true,
      async send(_, message) {
        setImmediate(() => setUp.answer?.(message as LogQuery, () => book));
        return true;
      },
      end: async () => undefined,
    },
    board: { get: (id: string) => (id === "order-1" ? aPhase() : undefined) } as Board,
    runStore: { phase: async () => undefined } as unknown as RunStore,
    site: { recent: async () => ({ hierarchy: aHierarchy() }) } as unknown as SiteView,
    timeoutMs: TIMEOUT,
  });
  return book;
}

test("the lines of both sides are merged by their times", async () => {
  const asked: LogQuery[] = [];
  const book = aBook({
    own: [line(10, "sent", { order: "order-1", system: "SRV1" }), line(40, "done", { order: "order-1", system: "SRV1" })],
    answer(query, self) {
      asked.push(query);
      self().arrived("SRV1", { kind: "log-lines", id: query.id, lines: [line(20, "begins")], last: false });
      self().arrived("SRV1", { kind: "log-lines", id: query.id, lines: [line(30, "ends", { level: 40, files: 3 })], last: true });
    },
  });
  const { lines, agent } = await book.read({ order: "order-1" }, 50);
  expect(agent).toBe("asked");
  expect(lines.map(({ side, message }) => `${side} ${message}`)).toEqual([
    "coordinator sent",
    "agent begins",
    "agent ends",
    "coordinator done",
  ]);
  expect(lines[2]).toEqual({ time: 30, side: "agent", system: "SRV1", level: "warn", message: "ends", files: 3 });
  expect(asked).toMatchObject([{ kind: "log-query", order: "order-1", limit: 50 }]);
});

test("for an agent that is disconnected or silent only the coordinator's own lines are returned", async () => {
  const own = [line(10, "sent", { order: "order-1" })];
  for (const book of [aBook({ own, connected: false }), aBook({ own })]) {
    expect(await book.read({ order: "order-1" }, 50)).toMatchObject({ agent: "unreachable", lines: [{ message: "sent" }] });
  }
});

test("what came back with a receipt of a disconnected agent is shown beside the coordinator's lines, and not for another order or system", async () => {
  const book = aBook({ own: [line(10, "sent", { order: "order-1" })], connected: false });
  book.returned("SRV1", [line(20, "begins", { order: "order-1", side: "coordinator" }), line(30, "another", { order: "order-2" })]);
  const { lines, agent } = await book.read({ order: "order-1" }, 50);
  expect([agent, ...lines.map(({ side, message }) => `${side} ${message}`)]).toEqual(["unreachable", "coordinator sent", "agent begins"]);
  expect((await book.read({ system: "SRV1" }, 50)).lines).toHaveLength(3);
  expect((await book.read({ system: "SRV2" }, 50)).lines).toHaveLength(1);
});

test("an agent cannot impersonate the coordinator or another system, nor send invalid or endless lines", async () => {
  const book = aBook({
    answer({ id }, self) {
      self().arrived("SRV2", { kind: "log-lines", id, lines: [line(1, "of a stranger")], last: true });
      const strange = ["no JSON", "[]", line(NaN, "no time"), line(1, "x".repeat(LIMITS.logLine))];
      self().arrived("SRV1", {
        kind: "log-lines",
        id,
        lines: [...strange, line(1, "m", { side: "coordinator", system: "SRV2" })],
        last: false,
      });
      for (let i = 0; i < 3; i++) {
        self().arrived("SRV1", { kind: "log-lines", id, lines: Array.from({ length: 500 }, () => line(2, "much")), last: false });
      }
    },
  });
  const { lines } = await book.read({ system: "SRV1" }, 10_000);
  expect(lines).toHaveLength(LIMITS.logLines - 3);
  expect(lines[0]).toEqual({ time: 1, side: "agent", system: "SRV1", level: "info", message: "m" });
});

test("the newest lines of both sides fill the limit", async () => {
  const book = aBook({
    own: [line(1, "a"), line(4, "d")],
    answer: ({ id }, self) => self().arrived("SRV1", { kind: "log-lines", id, lines: [line(2, "b"), line(3, "c")], last: true }),
  });
  expect((await book.read({ order: "order-1" }, 3)).lines.map(({ message }) => message)).toEqual(["b", "c", "d"]);
});

test("the system of an order that the run store has forgotten is known from the log", async () => {
  const book = aBook({
    own: [line(1, "sent", { order: "old", system: "SRV1" })],
    answer: ({ id }, self) => self().arrived("SRV1", { kind: "log-lines", id, lines: [line(2, "done")], last: true }),
  });
  expect((await book.read({ order: "old" }, 10)).lines).toHaveLength(2);
});

test("an unknown order, and an unknown system, are reported as such", async () => {
  const book = aBook({});
  await expect(book.read({}, 10)).rejects.toMatchObject({ code: "BAD_REQUEST" });
  await expect(book.read({ order: "nope" }, 10)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(book.read({ system: "NOPE" }, 10)).rejects.toMatchObject({ code: "SYSTEM_UNKNOWN" });
});

test("an agent that answers with parts without end, empty ones among them, is not waited for longer than four times its time limit", async () => {
  let parts: NodeJS.Timeout | undefined;
  const book = aBook({
    answer(query, self) {
      let time = 0;
      parts = setInterval(() => {
        time += 1;
        self().arrived("SRV1", { kind: "log-lines", id: query.id, lines: time % 2 === 0 ? [] : [line(time, "more")], last: false });
      }, 20);
    },
  });
  const began = performance.now();
  const { lines, agent } = await book.read({ order: "order-1" }, 50);
  clearInterval(parts);
  expect(performance.now() - began).toBeLessThan(20 * TIMEOUT);
  expect(agent).toBe("asked");
  expect(lines.length).toBeGreaterThan(0);
});

test("an agent whose parts are all empty has not answered", async () => {
  let parts: NodeJS.Timeout | undefined;
  const book = aBook({
    answer(query, self) {
      parts = setInterval(() => self().arrived("SRV1", { kind: "log-lines", id: query.id, lines: [], last: false }), 10);
    },
  });
  expect(await book.read({ order: "order-1" }, 50)).toMatchObject({ agent: "unreachable" });
  clearInterval(parts);
});

test("of an answer larger than any agent's, as much as fits is used", async () => {
  const book = aBook({
    answer(query, self) {
      const lines = Array.from({ length: 20 }, (_, time) => line(time, "x".repeat(8_000)));
      for (let part = 0; part < 10; part++) self().arrived("SRV1", { kind: "log-lines", id: query.id, lines, last: false });
    },
  });
  expect((await book.read({ order: "order-1" }, 1_000)).lines).toHaveLength(80);
});
