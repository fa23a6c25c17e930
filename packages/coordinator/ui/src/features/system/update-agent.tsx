import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AgentUpdate } from "@sitewright/protocol/api";
import { lastAgentUpdate, updateAgent } from "../../api/operations.ts";
import { Action } from "../../components/action.tsx";

/** Lets the agent of a system become the newest version that the coordinator offers, and shows what became of that. */
export function UpdateAgent({ system, version }: { system: string; version: string | undefined }) {
  const last = useSignal<AgentUpdate>();
  useEffect(() => {
    // Also when the agent has connected as another version.
    lastAgentUpdate().then(
      ({ update }) => (last.value = update),
      () => undefined,
    );
  }, [system, version]);
  const start = async (): Promise<void> => {
    last.value = await updateAgent(system);
  };
  return (
    <>
      <Action
        label="Update agent"
        act={start}
        question={{
          title: `Update the agent of ${system}?`,
          text: (
            <p>
              It loads the newest version that this coordinator offers, over its line, and starts it. If that does not connect within a
              minute, the version before runs again. What the system serves does not change; orders continue afterwards.
            </p>
          ),
          yes: "Update it",
        }}
      />
      <UpdateWords system={system} update={last.value} />
    </>
  );
}

function UpdateWords({ system, update }: { system: string; update: AgentUpdate | undefined }) {
  const own = update?.systems.find((one) => one.system === system);
  if (!update || !own || own.state === "updated" || update.state === "cancelled") return null;
  if (own.state === "failed")
    return (
      <span class="warn-text" role="status">
        {update.version} failed: {own.why}
      </span>
    );
  return (
    <span class="muted" role="status">
      {own.state === "ordered" ? `becomes ${update.version}` : `waits for its wave of ${update.version}`}
    </span>
  );
}
