import type { Case } from "../case.ts";
import { badLinks } from "./bad-links.ts";

/** Lines to other sites, in the order in which they are run and shown. */
export const LINK_CASES: readonly Case[] = [badLinks];
