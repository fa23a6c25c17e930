import { useSignal } from "@preact/signals";
import { RECOVERY_OUTCOMES, type RecoveryOutcome } from "@sitewright/protocol";
import type { Recovery } from "@sitewright/protocol/api";
import { abandonRecovery, finishRecovery } from "../../api/recoveries.ts";
import { refreshSoon } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { Section } from "../../components/page-parts.tsx";
import { linesOf, OUTCOME_WORDS } from "../../lib/recovery-words.ts";
import { AreaField, TextField } from "./fields.tsx";

/** Signs a recovery, or gives it up. */
export function EndForm({ recovery: { id, site }, onChange }: { recovery: Recovery; onChange: (changed: Recovery) => void }) {
  const outcome = useSignal<RecoveryOutcome>("recovered");
  const signedBy = useSignal("");
  const losses = useSignal("");
  const reason = useSignal("");

  async function end(work: Promise<Recovery>): Promise<void> {
    onChange(await work);
    // Its site may be held again.
    refreshSoon();
  }

  const finish = (): Promise<void> => {
    const signed = signedBy.value.trim() === "" ? {} : { signedBy: signedBy.value.trim() };
    return end(finishRecovery(id, { outcome: outcome.value, losses: linesOf(losses.value), ...signed }));
  };

  return (
    <Section title="End it">
      <div class="card recovery-form no-print">
        <label class="field">
          Outcome
          <select value={outcome.value} onChange={({ currentTarget }) => (outcome.value = currentTarget.value as RecoveryOutcome)}>
            {RECOVERY_OUTCOMES.map((one) => (
              <option key={one} value={one}>
                {OUTCOME_WORDS[one]}
              </option>
            ))}
          </select>
        </label>
        <AreaField label="What was lost, a line for each" text={losses} />
        <TextField label="Signed by (you, unless told)" text={signedBy} />
        <div class="actions">
          <Action
            label="Finish"
            kind="primary"
            act={finish}
            question={{
              title: `Finish the recovery of ${site}?`,
              text: <p>What is signed stays as it is. A site whose numbers are not right is held again.</p>,
              yes: "Sign and finish",
            }}
          />
        </div>
        <TextField label="Why it is given up" text={reason} />
        <div class="actions">
          <Action
            label="Abandon"
            kind="danger"
            disabled={reason.value.trim() === ""}
            act={() => end(abandonRecovery(id, reason.value.trim()))}
            question={{
              title: `Abandon the recovery of ${site}?`,
              text: <p>What was recorded stays in the ledger. A site whose numbers are not right is held again.</p>,
              yes: "Abandon it",
            }}
          />
        </div>
      </div>
    </Section>
  );
}
