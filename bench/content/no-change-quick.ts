import { noChangeCase } from "./no-change.ts";

export const noChangeQuick = noChangeCase({
  name: "no-change-quick",
  about: "the trees of cold-large and cold-small again, nothing changed: a rebuild order, attributes only",
  rsyncOptions: "-a",
  order: (bed, id) => bed.order("rebuild", { packages: [id] }),
});
