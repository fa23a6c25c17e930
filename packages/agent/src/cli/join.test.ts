import { expect, test } from "vitest";
import { lacksDrive } from "./join.ts";

test("A role root on Windows that gets its drive from where the agent was started is told from a whole path", () => {
  expect(lacksDrive("\\SMS\\dp", "C:\\")).toBe(true);
  expect(lacksDrive("/SMS/dp", "D:\\")).toBe(true);
  expect(lacksDrive("D:\\SMS\\dp", "D:\\")).toBe(false);
  expect(lacksDrive("\\\\SRV\\SMSPKGD$", "\\\\SRV\\SMSPKGD$\\")).toBe(false);
  expect(lacksDrive("/srv/dp", "/")).toBe(false);
});
