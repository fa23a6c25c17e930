import type { ObjectDecision, ObjectFinding, StandingDecision } from "@sitewright/protocol/api";
import type { Look } from "./words.ts";

export const FINDING_LOOKS: Record<ObjectFinding["finding"], Look> = {
  made: { tone: "warn", icon: "info", word: "made" },
  changed: { tone: "warn", icon: "work", word: "changed" },
  revived: { tone: "warn", icon: "dash", word: "deleted" },
  reissued: { tone: "bad", icon: "cross", word: "id given again" },
  conflict: { tone: "bad", icon: "cross", word: "contents differ" },
};

export const DECISION_LABELS: Record<ObjectDecision, string> = {
  "bring-back": "Bring back",
  recreate: "Recreate",
  remove: "Give up",
  keep: "Keep",
};

const DECIDED: Record<ObjectDecision, string> = {
  "bring-back": "was brought back",
  recreate: "was recreated",
  remove: "was given up",
  keep: "stays as the site data have it",
};

export function decidedWords({ decision, as, from }: Pick<StandingDecision, "decision" | "as" | "from">): string {
  return `${DECIDED[decision]}${as === undefined ? "" : ` as ${as}`}${from === undefined ? "" : ` from ${from}`}`;
}

/** What a decision does. */
export function decisionText(decision: ObjectDecision, { kind, stated }: Pick<ObjectFinding, "kind" | "stated">): string {
  switch (decision) {
    case "bring-back":
      return kind === "package"
        ? "Its files are fetched from the system, at the pace of its line, verified, and put into the site data."
        : "The definition is read from the system, verified, and put into the site data.";
    case "recreate":
      return "Its files are fetched from the system, verified, and put into the site data under a new id.";
    case "remove":
      return stated === undefined
        ? "The site gives it up. What systems hold stays there until it is removed."
        : "It is taken out of the site data again. What systems hold stays there until it is removed.";
    case "keep":
      return "What the site data have is right. A package gets a number above the highest that was seen.";
  }
}

/** The choices of a finding; where the newest copies may differ, one for each of their systems. */
export function choicesOf({
  choices,
  copies,
  finding,
}: Pick<ObjectFinding, "choices" | "copies" | "finding">): { decision: ObjectDecision; from?: string }[] {
  const newest = copies.filter(({ number }) => number === copies[0]?.number);
  return choices.flatMap((decision) =>
    finding === "conflict" && (decision === "bring-back" || decision === "recreate")
      ? newest.map(({ system }) => ({ decision, from: system }))
      : [{ decision }],
  );
}
