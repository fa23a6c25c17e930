import { useSignal } from "@preact/signals";
import { installLine, joinLine, PLATFORMS, type JoinToken } from "@sitewright/protocol/api";
import { makeJoinToken } from "../../api/operations.ts";
import { Action } from "../../components/action.tsx";
import { Section } from "../../components/page-parts.tsx";
import { formatMoment } from "../../lib/format.ts";

/** For a system that has not joined: makes a token and shows the line that joins it. */
export function JoinHelp({ system }: { system: string }) {
  const made = useSignal<JoinToken>();
  const make = async (): Promise<void> => {
    made.value = await makeJoinToken(system);
  };
  const token = made.value;
  return (
    <Section title="Joining">
      {token ? (
        <Lines made={token} />
      ) : (
        <p>
          No agent has ever connected as {system}. If one has joined there, start it; else one line, pasted there, installs the agent and
          makes it known to this coordinator.
        </p>
      )}
      <Action label={token ? "Make another line" : "Make the line to paste"} act={make} />
    </Section>
  );
}

const SHELLS = { linux: "On Linux, as root", windows: "On Windows, in PowerShell as an administrator" } as const;

function Lines({ made }: { made: JoinToken }) {
  const facts = { ...made, urls: [window.location.origin], installation: made.installation };
  const lines = PLATFORMS.map((platform) => ({ title: SHELLS[platform], line: installLine(platform, { ...facts, roots: [] }) }));
  return (
    <>
      <p>
        Valid once, until {formatMoment(made.expiresAt)}. Whoever has it can join as {made.system}.
      </p>
      {lines.map(({ title, line }) => line !== undefined && <Line key={title} title={title} line={line} />)}
      <Line title="If the agent is installed there already" line={joinLine({ ...facts, again: false })} />
      <p class="muted">
        In the last line, replace PATH by the folder of each role; in the others, edit the folders if they are not the usual ones. An agent
        that has joined before keeps its folders without <code>--root</code>.
      </p>
    </>
  );
}

function Line({ title, line }: { title: string; line: string }) {
  return (
    <>
      <h3>{title}</h3>
      <pre class="join-line">{line}</pre>
      <Action label="Copy" act={() => navigator.clipboard.writeText(line)} />
    </>
  );
}
