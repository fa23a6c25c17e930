import type { Case } from "../case.ts";
import { bounded } from "./bounded.ts";
import { clientView } from "./client-view.ts";
import { coldLarge } from "./cold/cold-large.ts";
import { coldSmall } from "./cold/cold-small.ts";
import { coldSmallDisk } from "./cold/cold-small-disk.ts";
import { killResume } from "./kill-resume.ts";
import { loss } from "./loss.ts";
import { noChangeFull } from "./no-change-full.ts";
import { noChangeQuick } from "./no-change-quick.ts";
import { wanDelta } from "./wan-delta.ts";
import { wanFull } from "./wan-full.ts";

/** In the order of their output. */
export const CONTENT_CASES: readonly Case[] = [
  coldLarge,
  coldSmall,
  coldSmallDisk,
  noChangeQuick,
  noChangeFull,
  wanFull,
  wanDelta,
  killResume,
  loss,
  clientView,
  bounded,
];
