import { unitKey } from "@sitewright/protocol";
import { findingsOf, type Finding } from "../../../../src/domain/findings.ts";
import { Section } from "../../components/page-parts.tsx";
import { TroubleList } from "../../components/troubles.tsx";
import { reportWords } from "../../lib/troubles.ts";
import type { Phase } from "../../lib/types.ts";

/** Told at once; the table of the units has them all. */
const MOST = 8;

const FATES: Record<Exclude<Finding["fate"], "right">, { tone: "ok" | "info" | "bad"; words: string }> = {
  wrong: { tone: "bad", words: "" },
  repairing: { tone: "info", words: "Being put right." },
  repaired: { tone: "ok", words: "Put right." },
  "left-wrong": { tone: "bad", words: "Not put right: see what went wrong." },
};

/** What a repair found wrong, and what has become of it. */
export function RepairedList({ phases }: { phases: readonly Phase[] }) {
  const items = findingsOf(phases).flatMap(({ system, unit, report, fate }) => {
    if (fate === "right") return [];
    const { tone, words } = FATES[fate];
    const key = `${system} ${unitKey(unit)}`;
    return [{ key, tone, title: `${unitKey(unit)} on ${system}`, reason: reportWords(report), advice: words, systems: [system] }];
  });
  if (items.length === 0) return null;
  return (
    <Section title="What was wrong">
      <TroubleList items={items.slice(0, MOST)} />
      {items.length > MOST && <p class="muted">and {items.length - MOST} more, each below with its unit</p>}
    </Section>
  );
}
