import Fastify from "fastify";
import { expect, test } from "vitest";
import { SitewrightError, type ErrorCode } from "@sitewright/protocol";
import { answerErrors } from "./errors.ts";

/** What becomes of an error that a request of an operator meets. */
async function answerTo(code: ErrorCode) {
  const logged: string[] = [];
  const note = (_: object, message: string): void => void logged.push(message);
  const app = Fastify();
  answerErrors(app, { debug: note, info: note, warn: note, error: note }, { note: () => undefined });
  app.get("/", { config: { right: "operator" } }, () => {
    throw new SitewrightError(code, "the reason");
  });
  const { statusCode } = await app.inject("/");
  await app.close();
  return { statusCode, logged };
}

test("a failure of the coordinator is logged as an error, and an agent that is away is not: a page asks for a hundred of them", async () => {
  expect(await answerTo("IO_ERROR")).toEqual({ statusCode: 500, logged: ["the reason"] });
  expect(await answerTo("AGENT_UNREACHABLE")).toEqual({ statusCode: 503, logged: [] });
});
