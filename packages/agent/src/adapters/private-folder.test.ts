import { chownSync, lchownSync, linkSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { isRoot, NOBODY } from "@sitewright/testkit/account";
import { claimPrivateFolder } from "./private-folder.ts";

/** A data folder as it is created with a umask of 0. */
function dataFolder(): string {
  const folder = join(temporaryFolder(), "data");
  const before = process.umask(0);
  mkdirSync(join(folder, "manifests"), { recursive: true, mode: 0o777 });
  writeFileSync(join(folder, "agent-key.pem"), "key", { mode: 0o666 });
  process.umask(before);
  return folder;
}

const modes = (folder: string) => ["", "manifests", "agent-key.pem"].map((name) => statSync(join(folder, name)).mode & 0o777);

test("A data folder of the agent that is open to other accounts is closed to them, with its content", () => {
  const folder = dataFolder();
  claimPrivateFolder(folder);
  expect(modes(folder)).toEqual([0o700, 0o700, 0o600]);
});

test("A data folder behind a link of the administrator is accepted", () => {
  const folder = dataFolder();
  const link = join(temporaryFolder(), "link");
  symlinkSync(folder, link);
  claimPrivateFolder(link);
  expect(modes(folder)).toEqual([0o700, 0o700, 0o600]);
});

for (const [what, plant, named] of [
  [
    "that holds a symbolic link",
    (folder: string) => symlinkSync("/etc/passwd", join(folder, "agent.json")),
    "agent.json is a symbolic link",
  ],
  [
    "that holds a file with a name elsewhere",
    (folder: string) => linkSync(join(folder, "agent-key.pem"), join(folder, "../known")),
    "agent-key.pem has a second name",
  ],
  ...(isRoot
    ? ([
        ["of another user", (folder: string) => chownSync(folder, NOBODY, NOBODY), `data belongs to user ${NOBODY}`],
        [
          "that holds a key of another user",
          (folder: string) => chownSync(join(folder, "agent-key.pem"), NOBODY, NOBODY),
          `agent-key.pem belongs to user ${NOBODY}`,
        ],
        [
          "behind a link of another user",
          (folder: string) => {
            symlinkSync(folder, `${folder}.link`);
            lchownSync(`${folder}.link`, NOBODY, NOBODY);
          },
          "data.link is a symbolic link",
        ],
      ] as const)
    : []),
] as const)
  test(`The agent refuses a data folder ${what}, with advice`, () => {
    const folder = dataFolder();
    plant(folder);
    const claimed = named.startsWith("data.link") ? `${folder}.link` : folder;
    expect(() => claimPrivateFolder(claimed)).toThrow(
      expect.objectContaining({ code: "DATA_DIR_UNSAFE", message: expect.stringMatching(`${named}.*remove it`) as unknown }),
    );
  });
