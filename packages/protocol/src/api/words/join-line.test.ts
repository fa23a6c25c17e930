import { expect, test } from "vitest";
import { joinLine } from "./join-line.ts";

const FACTS = { urls: ["https://a:7400", "https://b:7400"], system: "SRVSEC", roles: ["cap", "dp"] as const, token: "secret.hash" };

test("the line of a new system has token, addresses, name and a folder to fill in for each role", () => {
  expect(joinLine({ ...FACTS, again: false })).toBe(
    "echo secret.hash | sitewright-agent join https://a:7400 https://b:7400 --name SRVSEC --root cap=PATH --root dp=PATH",
  );
});

test("the line of a system that joined before has nothing to fill in", () => {
  expect(joinLine({ ...FACTS, again: true })).toBe("echo secret.hash | sitewright-agent join https://a:7400 https://b:7400 --name SRVSEC");
});
