import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { AddressDetails, AddressPatch } from "@sitewright/protocol/api";
import { setAddress } from "../../api/addresses.ts";
import { Action } from "../../components/action.tsx";
import { Fault, Section } from "../../components/page-parts.tsx";
import { draftFaults, draftOf, patchOf, type Draft } from "../../lib/lines/address-draft.ts";
import { LimitRows } from "./limit-rows.tsx";
import { WeekGrid } from "./week-grid.tsx";

/** Bandwidth, hourly limits and the week of an address, edited together and then put in force. */
export function SettingsForm({ address, onChange }: { address: AddressDetails; onChange: (changed: AddressDetails) => void }) {
  /** Undefined: nothing is being edited, and the values in force are shown. */
  const edited = useSignal<Draft | undefined>(undefined);
  const id = useId();
  const draft = edited.value ?? draftOf(address.effective);
  const faults = draftFaults(draft);
  const patch = patchOf(draft, address.effective);
  const isWrong = faults.bandwidth !== undefined || faults.limits.length > 0;
  const change = (part: Partial<Draft>) => (edited.value = { ...draft, ...part });

  async function apply(asked: AddressPatch): Promise<void> {
    onChange(await setAddress(address.key, asked));
    edited.value = undefined;
  }

  const origin = (name: "bandwidth" | "rateLimit" | "schedule") => (
    <Origin address={address} name={name} onBack={() => apply({ [name]: null })} />
  );
  return (
    <>
      <Section title="Schedule" aside={origin("schedule")}>
        <div class="card">
          <WeekGrid schedule={draft.schedule} timeZone={address.timeZone} onChange={(schedule) => change({ schedule })} />
        </div>
      </Section>
      <div class="two-columns">
        <Section title="Hourly rate limits" aside={origin("rateLimit")}>
          <div class="card">
            <LimitRows draft={draft} faults={faults.limits} onChange={(limits) => change({ limits })} />
          </div>
        </Section>
        <Section title="Bandwidth" aside={origin("bandwidth")}>
          <div class="card">
            <label class="field" for={id}>
              What the line carries
            </label>
            <input
              id={id}
              class="rate-input"
              value={draft.bandwidth}
              placeholder="unlimited"
              aria-invalid={faults.bandwidth !== undefined}
              onInput={(event) => change({ bandwidth: event.currentTarget.value })}
            />
            <p class="hint">A rate such as 2 Mbit/s or 512 kbit/s. Shares in the hourly limits follow it. Empty: as in hierarchy.yaml.</p>
            <Fault message={faults.bandwidth} />
          </div>
        </Section>
      </div>
      {patch && (
        <div class="card unsaved" role="status">
          <p>
            <strong>Not in force yet.</strong> <span class="muted">In force within two seconds, also in running transfers.</span>
          </p>
          <div class="actions">
            <button type="button" class="button button-quiet" onClick={() => (edited.value = undefined)}>
              Discard
            </button>
            <Action label="Put in force" kind="primary" disabled={isWrong} act={() => apply(patch)} />
          </div>
        </div>
      )}
    </>
  );
}

/** The origin of a value, with a button to return to the file. */
function Origin({
  address: { override },
  name,
  onBack,
}: {
  address: AddressDetails;
  name: "bandwidth" | "rateLimit" | "schedule";
  onBack: () => Promise<void>;
}) {
  if (override?.[name] === undefined) return <span class="muted">as in hierarchy.yaml</span>;
  return (
    <span class="origin">
      <span class="muted">set by {override.by}</span>
      <Action label="Back to the file" act={onBack} />
    </span>
  );
}
