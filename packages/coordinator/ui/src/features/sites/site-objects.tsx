import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ObjectFinding, ObjectPlan, SiteState } from "@sitewright/protocol/api";
import { whenHeardAgain } from "../../api/asked.ts";
import { messageOf } from "../../api/client.ts";
import { planObjects, returningObjects, undoObject } from "../../api/recovery.ts";
import { refreshSoon } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { Fault, Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatBytes } from "../../lib/format.ts";
import { decidedWords, FINDING_LOOKS } from "../../lib/object-words.ts";
import { ObjectDecisions } from "./object-decisions.tsx";

/** What was made, changed or deleted after the backup of a site, and deciding about it; its agents are asked when it is opened. */
export function SiteObjects({ site }: { site: SiteState }) {
  const isOpen = useSignal(false);
  return (
    <details class="no-print" onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
      <summary>Objects made, changed or deleted after its backup</summary>
      {isOpen.value && <Objects code={site.code} />}
    </details>
  );
}

function Objects({ code }: { code: string }) {
  const plan = useSignal<ObjectPlan | undefined>(undefined);
  const fault = useSignal<string | undefined>(undefined);
  const look = async (): Promise<void> => {
    plan.value = await planObjects(code);
    fault.value = undefined;
  };
  const lookAgain = (): Promise<void> => look().catch((error: unknown) => void (fault.value = messageOf(error)));
  useEffect(() => {
    void lookAgain();
    return whenHeardAgain(() => void (fault.peek() !== undefined && lookAgain()));
  }, [code]);
  useFetching(code, plan, lookAgain);
  const found = plan.value;
  if (!found) return fault.value ? <Fault message={fault.value} /> : <Skeleton lines={3} label="Asking the agents" />;
  const onChange = async (): Promise<void> => {
    await look();
    refreshSoon();
  };
  const { findings, unreached, decided } = found;
  return (
    <div class="site-objects">
      <Fault message={fault.value} />
      {findings.length === 0 && <p class="muted">Nothing has to be decided about.</p>}
      {findings.length > 0 && (
        <Table
          caption={`Objects of ${code} to decide about`}
          columns={[
            ...COLUMNS,
            { head: "Decide", value: (finding) => <ObjectDecisions code={code} finding={finding} onChange={onChange} /> },
          ]}
          rows={findings}
          rowKey={nameOf}
          one="object"
        />
      )}
      <Returning plan={found} />
      {unreached.length > 0 && (
        <p class="muted">Not reached: {unreached.join(", ")}. What only they hold is missing here: connect them, then look again.</p>
      )}
      {decided.length > 0 && (
        <ul class="decided-objects" aria-label={`What was decided about objects of ${code}`}>
          {decided.map((one) => (
            <li key={one.object}>
              <span>
                <code>{one.object}</code> {decidedWords(one)}
              </span>
              <Action label="Undo" act={() => undoObject(code, one.object).then(onChange)} />
            </li>
          ))}
        </ul>
      )}
      <div class="actions">
        <Action label="Look again" act={look} />
      </div>
    </div>
  );
}

/** How often the state of what is fetched is asked for, ms. */
const LOOK_MS = 1_000;

/** Follows what is being fetched, until all of it is there. */
function useFetching(code: string, plan: Signal<ObjectPlan | undefined>, lookAgain: () => Promise<void>): void {
  const isFetching = plan.value?.returning.some(({ state }) => state === "running") ?? false;
  useEffect(() => {
    if (!isFetching) return undefined;
    const timer = setInterval(() => {
      returningObjects(code)
        .then((returning) => {
          if (!returning.some(({ state }) => state === "running")) return lookAgain();
          if (plan.value) plan.value = { ...plan.value, returning };
          return undefined;
        })
        .catch(() => undefined);
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [code, isFetching]);
}

/** What is being fetched, and what could not be; what is there again is among the decisions. */
function Returning({ plan: { returning } }: { plan: ObjectPlan }) {
  return returning
    .filter(({ state }) => state !== "done")
    .map(({ object, state, bytes, of, error }) =>
      state === "failed" ? (
        <Fault key={object} message={`${object} was not brought back: ${error ?? "no reason is known"}`} />
      ) : (
        <p key={object} role="status">
          <code>{object}</code> is being fetched: {formatBytes(bytes)}
          {of > 0 && ` of ${formatBytes(of)}`}
        </p>
      ),
    );
}

const nameOf = ({ kind, id }: ObjectFinding): string => `${kind}/${id}`;

const COLUMNS: readonly Column<ObjectFinding>[] = [
  {
    head: "Object",
    rowHead: true,
    value: ({ kind, id }) => (
      <>
        <span class="muted">{kind}</span> {id}
      </>
    ),
  },
  { head: "Since the backup", value: ({ finding }) => <Pill look={FINDING_LOOKS[finding]} /> },
  {
    head: "Held by",
    value: ({ copies }) =>
      copies.length === 0 ? (
        <span class="muted">no system</span>
      ) : (
        <ul>
          {copies.map(({ system, number, isConnected }) => (
            <li key={system} class="nowrap">
              {system}
              {number > 0 && `: version ${number}`}
              {!isConnected && <span class="muted"> (not connected)</span>}
            </li>
          ))}
        </ul>
      ),
  },
  {
    head: "Why",
    wide: true,
    value: ({ reasons }) => (
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    ),
  },
];
