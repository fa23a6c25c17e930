import { useSignal } from "@preact/signals";
import type { Deletion, DeletionPlan, DeletionTarget, RecoverySummary } from "@sitewright/protocol/api";
import { deleteTarget, planDeletion, undoDeletion } from "../../api/deletions.ts";
import { overview } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { Section } from "../../components/page-parts.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatMoment } from "../../lib/format.ts";
import { TextField } from "../recovery/fields.tsx";

interface DeletionsProps {
  deletions: readonly Deletion[];
  /** The open ones: each may order a deletion. */
  recoveries: readonly RecoverySummary[];
  onChange: () => Promise<void>;
}

/** Sites and roles that are out of force, and deleting another one after a preview. */
export function Deletions({ deletions, recoveries, onChange }: DeletionsProps) {
  const columns: readonly Column<Deletion>[] = [
    { head: "Deleted", rowHead: true, value: nameOf },
    { head: "By", value: ({ by }) => by },
    { head: "When", value: ({ at }) => formatMoment(at) },
    { head: "Why", wide: true, value: ({ reason }) => reason },
    { head: "Undo", value: (deletion) => <Undo deletion={deletion} onChange={onChange} /> },
  ];
  return (
    <>
      {deletions.length > 0 && (
        <Section title="Deleted">
          <Table caption="Deleted sites and roles" columns={columns} rows={deletions} rowKey={nameOf} one="deletion" />
        </Section>
      )}
      <Section title="Delete a site or a role">
        <DeleteForm recoveries={recoveries} onChange={onChange} />
      </Section>
    </>
  );
}

function Undo({ deletion: { site, system, role, ...deletion }, onChange }: { deletion: Deletion; onChange: () => Promise<void> }) {
  const target: DeletionTarget = site !== undefined ? { site } : { ...(system === undefined ? {} : { system }), ...(role ? { role } : {}) };
  return (
    <Action
      label="Put in force again"
      act={() => undoDeletion(target).then(onChange)}
      question={{
        title: `Put ${nameOf({ ...target, ...deletion })} in force again?`,
        text: <p>As hierarchy.yaml states it now. Orders that were cancelled stay cancelled; its agents connect by themselves.</p>,
        yes: "Put it in force again",
      }}
    />
  );
}

function DeleteForm({ recoveries, onChange }: Pick<DeletionsProps, "recoveries" | "onChange">) {
  const chosen = useSignal("");
  const orderedBy = useSignal("");
  const ordered = orderedBy.value === "" ? {} : { recovery: orderedBy.value };
  const plan = useSignal<DeletionPlan | undefined>(undefined);
  const typed = useSignal("");
  const reason = useSignal("");
  const targets = targetsOf();
  const target = targets.get(chosen.value);
  const word = target?.site ?? target?.system ?? "";
  const choose = (name: string): void => {
    chosen.value = name;
    plan.value = undefined;
    typed.value = "";
  };
  return (
    <div class="card recovery-form">
      <p>It is put out of force, whatever hierarchy.yaml names, and its orders end. Nothing is removed from a disk.</p>
      <label class="field">
        What is deleted
        <select value={chosen.value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
          <option value="">Choose</option>
          {[...targets.keys()].map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {recoveries.length > 0 && (
        <label class="field">
          Ordered by the recovery
          <select
            value={orderedBy.value}
            onChange={({ currentTarget }) => {
              orderedBy.value = currentTarget.value;
              plan.value = undefined;
            }}
          >
            <option value="">None</option>
            {recoveries.map(({ id, site }) => (
              <option key={id} value={id}>
                {id} of {site}
              </option>
            ))}
          </select>
        </label>
      )}
      <div class="actions">
        <Action
          label="Show what that would do"
          disabled={!target}
          act={async () => {
            if (target) plan.value = await planDeletion(target, ordered);
          }}
        />
      </div>
      {plan.value && <Preview plan={plan.value} />}
      {target && plan.value?.blocks.length === 0 && (
        <>
          <TextField label="Why" text={reason} />
          <TextField label={`Type ${word} to confirm`} text={typed} />
          <div class="actions">
            <Action
              label="Delete"
              kind="danger"
              disabled={typed.value !== word || reason.value.trim() === ""}
              act={async () => {
                await deleteTarget(target, { confirm: typed.value, reason: reason.value.trim(), ...ordered });
                choose("");
                reason.value = "";
                await onChange();
              }}
            />
          </div>
        </>
      )}
    </div>
  );
}

const WHEN: Record<DeletionPlan["steps"][number]["by"], string> = {
  before: "By hand before",
  sitewright: "Sitewright",
  after: "By hand after",
};

function Preview({ plan: { blocks, warnings, steps } }: { plan: DeletionPlan }) {
  return (
    <>
      {blocks.length > 0 && (
        <div class="fault" role="alert">
          {blocks.map(({ message }) => (
            <p key={message}>It cannot be deleted: {message}</p>
          ))}
        </div>
      )}
      {warnings.map((warning) => (
        <p key={warning} class="went-back">
          {warning}
        </p>
      ))}
      <ol class="signs deletion-steps">
        {steps.map(({ by, what, details }) => (
          <li key={what}>
            <strong>{WHEN[by]}</strong>: {what}
            {details.map((detail) => (
              <div key={detail} class="muted">
                {detail}
              </div>
            ))}
          </li>
        ))}
      </ol>
    </>
  );
}

/** Everything in force that may be deleted, by its name. */
function targetsOf(): Map<string, DeletionTarget> {
  const { sites = [], systems = [] } = overview.value ?? {};
  const all: DeletionTarget[] = [
    ...sites.map(({ code }) => ({ site: code })),
    ...systems.flatMap(({ name, roles }) => roles.map((role) => ({ system: name, role }))),
  ];
  return new Map(all.map((target) => [nameOf(target), target]));
}

function nameOf({ site, system, role }: DeletionTarget): string {
  return site === undefined ? `the role ${role} of ${system}` : `the site ${site}`;
}
