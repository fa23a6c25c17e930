import type { ObjectDecision, ObjectFinding } from "@sitewright/protocol/api";
import { decideObject } from "../../api/recovery.ts";
import { Action } from "../../components/action.tsx";
import { choicesOf, DECISION_LABELS, decisionText } from "../../lib/object-words.ts";

interface ObjectDecisionsProps {
  code: string;
  finding: ObjectFinding;
  onChange: () => Promise<void>;
}

/** What can be decided about an object; where copies differ, each of them by its system. */
export function ObjectDecisions({ code, finding, onChange }: ObjectDecisionsProps) {
  const { kind, id } = finding;
  const object = `${kind}/${id}`;
  return (
    <div class="object-choices">
      {choicesOf(finding).map(({ decision, from }) => (
        <Action
          key={`${decision} ${from ?? ""}`}
          label={labelOf(decision, from)}
          kind={decision === "remove" ? "danger" : "quiet"}
          act={() => decideObject(code, { object, decision, ...(from === undefined ? {} : { from }) }).then(onChange)}
          question={{
            title: `${labelOf(decision, from)}: ${object}?`,
            text: (
              <>
                <p>{decisionText(decision, finding)}</p>
                <p>The ledger keeps your name. It can be undone as long as the object has not changed since.</p>
              </>
            ),
            yes: DECISION_LABELS[decision],
          }}
        />
      ))}
    </div>
  );
}

function labelOf(decision: ObjectDecision, from: string | undefined): string {
  return from === undefined ? DECISION_LABELS[decision] : `${DECISION_LABELS[decision]} from ${from}`;
}
