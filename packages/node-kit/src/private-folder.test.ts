import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { claimFolder } from "./private-folder.ts";
import type { WindowsRights } from "./windows-rights.ts";

function openFolder() {
  const folder = join(temporaryFolder(), "data");
  mkdirSync(folder);
  writeFileSync(join(folder, "agent-key.pem"), "");
  return folder;
}

function rules(windows: Partial<WindowsRights>) {
  const unused = { hide() {}, copy: () => false, fit() {}, fits: () => true, hasOwnEntries: () => false, isReadOnlyForOthers: () => true };
  return {
    owner: "this agent",
    remedy: "Remove it",
    linksWithin: false,
    windows: { isTrustedOwner: () => true, isTrustedPipe: () => true, close: () => true, ...unused, ...windows },
  };
}

test("On Windows a data folder and all that lies directly in it is closed by its access control list", () => {
  const folder = openFolder();
  const closed: string[] = [];
  claimFolder(folder, rules({ close: (path) => closed.push(path) > 0 }));
  expect(closed).toEqual([folder, join(folder, "agent-key.pem")]);
});

test("On Windows a data folder is refused that holds something of another account, or that cannot be closed", () => {
  const folder = openFolder();
  expect(() => claimFolder(folder, rules({ isTrustedOwner: (path) => !path.endsWith(".pem") }))).toThrow(
    expect.objectContaining({
      code: "DATA_DIR_UNSAFE",
      message: expect.stringMatching(/agent-key.pem belongs to another account/) as unknown,
    }),
  );
  expect(() => claimFolder(folder, rules({ close: () => false }))).toThrow(
    expect.objectContaining({ code: "DATA_DIR_UNSAFE", message: expect.stringMatching(/keeps no access control list/) as unknown }),
  );
});
