import type { Case } from "../case.ts";
import { badLinks } from "./bad-links.ts";
import { capChange } from "./caps/cap-change.ts";
import { capKept } from "./caps/cap-kept.ts";
import { forecast } from "./forecast.ts";
import { fairness } from "./fairness.ts";
import { fourBehindOne } from "./four-behind-one.ts";
import { heartbeat } from "./heartbeat.ts";
import { manyAddresses } from "./many-addresses.ts";
import { slowerLine } from "./slower-line.ts";

/** Lines to other sites, in the order in which they are run and shown. */
export const LINK_CASES: readonly Case[] = [
  capKept,
  capChange,
  fairness,
  heartbeat,
  slowerLine,
  fourBehindOne,
  manyAddresses,
  badLinks,
  forecast,
];
