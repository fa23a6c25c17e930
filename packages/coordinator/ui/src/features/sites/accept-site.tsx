import { useSignal } from "@preact/signals";
import { acceptSite } from "../../api/recovery.ts";
import { Action } from "../../components/action.tsx";

/** Accepts a site as it is, with a reason. @param risk Possible consequences, for people. */
export function AcceptSite({ code, risk, onChange }: { code: string; risk: string; onChange: () => Promise<void> }) {
  const reason = useSignal("");
  return (
    <>
      <span class="push" />
      <label class="filter">
        <span class="unseen">Why {code} is right as it is</span>
        <input
          type="text"
          placeholder="Why it is right as it is"
          value={reason.value}
          onInput={(event) => (reason.value = event.currentTarget.value)}
        />
      </label>
      <Action
        label="It is right as it is"
        disabled={reason.value.trim() === ""}
        act={async () => {
          await acceptSite(code, reason.value.trim());
          await onChange();
        }}
        question={{
          title: `Accept ${code} as it is?`,
          text: <p>{risk} The ledger keeps your word and your reason.</p>,
          yes: "Accept it as it is",
        }}
      />
    </>
  );
}
