import { noChangeCase } from "./no-change.ts";

/** Not a rebuild with `--full`, which trusts no local byte and fetches all of them. */
export const noChangeFull = noChangeCase({
  name: "no-change-full",
  about: "the same two trees, every byte on the target hashed: verify --full",
  rsyncOptions: "-ac",
  order: (bed, id) => bed.order("verify", { packages: [id], full: true }),
});
