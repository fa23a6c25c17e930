import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { readJoinToken } from "./token-source.ts";

const CA_HASH = "ab".repeat(32);
const silent = new PassThrough();
const token = (secret: string) => `${secret}.${CA_HASH}`;

test("a token file takes precedence over the environment, and the environment over standard input", async () => {
  const file = join(temporaryFolder(), "token");
  writeFileSync(file, `${token("from-file")}\n`);
  const places = { file, environment: token("from-environment"), input: Readable.from([token("from-input")]), prompt: silent };
  expect(await readJoinToken(places)).toEqual({ secret: "from-file", caHash: CA_HASH });
  expect(await readJoinToken({ ...places, file: undefined })).toEqual({ secret: "from-environment", caHash: CA_HASH });
  expect(await readJoinToken({ ...places, file: undefined, environment: undefined })).toEqual({ secret: "from-input", caHash: CA_HASH });
});

test("one line of standard input is enough, though it stays open", async () => {
  const input = new PassThrough();
  input.write(`${token("typed")}\n`);
  expect((await readJoinToken({ file: undefined, environment: undefined, input, prompt: silent })).secret).toBe("typed");
  input.destroy();
});

test.each(["no token", "secret.abc", `a b.${CA_HASH}`, CA_HASH])("%j is refused without being repeated", async (text) => {
  const reading = readJoinToken({ file: undefined, environment: undefined, input: Readable.from([text]), prompt: silent });
  await expect(reading).rejects.toMatchObject({ code: "JOIN_TOKEN_INVALID", message: expect.not.stringContaining(text) });
});

test("without any token the three ways to give one are named", async () => {
  const reading = readJoinToken({ file: undefined, environment: undefined, input: Readable.from([]), prompt: silent });
  await expect(reading).rejects.toMatchObject({ code: "JOIN_TOKEN_INVALID", message: expect.stringContaining("--token-file") });
});

test("a token file that is not there is named", async () => {
  await expect(readJoinToken({ file: "/not/there", environment: undefined, input: silent, prompt: silent })).rejects.toMatchObject({
    code: "JOIN_TOKEN_INVALID",
    path: "/not/there",
  });
});

test("a pipe or a device in place of a token file is refused immediately, and so is an endless text", async () => {
  const pipe = join(temporaryFolder(), "pipe");
  spawnSync("mkfifo", [pipe]);
  const places = { environment: undefined, input: silent, prompt: silent };
  for (const file of [pipe, "/dev/zero"])
    await expect(readJoinToken({ ...places, file })).rejects.toMatchObject({
      code: "JOIN_TOKEN_INVALID",
      message: expect.stringContaining("is not a regular file"),
    });
  function* endless(): Generator<string> {
    for (;;) yield "x".repeat(10_000);
  }
  const reading = readJoinToken({ ...places, file: undefined, input: Readable.from(endless()) });
  await expect(reading).rejects.toMatchObject({ code: "JOIN_TOKEN_INVALID", message: expect.stringContaining("70000 characters") });
});
