import type { LogLine, LogStreamsAnswer } from "../answers.ts";
import { words } from "../format.ts";
import { LEVELS, readLevels, type LogFilter } from "../logs.ts";
import { usePolled } from "../polled.ts";
import { param, setParams } from "../route.ts";
import { LevelChip } from "./log-line.tsx";

/** What the link asks for. */
export const filterOf = (): LogFilter => ({
  service: param("service"),
  levels: readLevels(param("level")),
  text: param("text"),
});

const STREAMS_MS = 30_000;

/** What is searched for: a text, a service, levels. */
export function LogFilterFields() {
  const filter = filterOf();
  return (
    <div class="log-filter">
      <input
        class="field"
        type="search"
        placeholder="Search the text"
        aria-label="Search the text"
        title="In small letters it is found in any; with capitals only as it stands"
        maxLength={256}
        value={filter.text}
        // Escape and the cross empty it without a change being told.
        onInput={(event) => event.currentTarget.value === "" && setParams({ text: "" })}
        onChange={(event) => setParams({ text: event.currentTarget.value.trim() })}
      />
      <Services chosen={filter.service} />
      <div class="levels" role="group" aria-label="Levels">
        {LEVELS.map((level) => (
          <Level key={level} level={level} chosen={filter.levels} />
        ))}
      </div>
    </div>
  );
}

function Services({ chosen }: { chosen: string }) {
  const { answer } = usePolled<LogStreamsAnswer>("/api/v1/log_streams", STREAMS_MS);
  const known = (answer.value.value?.streams ?? []).map(({ service }) => service);
  const services = [...new Set(chosen === "" ? known : [...known, chosen])].sort();
  return (
    <select
      class="choice"
      aria-label="Service"
      value={chosen}
      onChange={(event) => setParams({ service: event.currentTarget.value })}
    >
      <option value="">All services</option>
      {services.map((service) => (
        <option key={service}>{service}</option>
      ))}
    </select>
  );
}

function Level({
  level,
  chosen,
}: {
  level: LogLine["level"];
  chosen: readonly LogLine["level"][];
}) {
  const pressed = chosen.includes(level);
  const toggle = (): void => {
    const next = pressed ? chosen.filter((one) => one !== level) : [...chosen, level];
    setParams({ level: next.join(",") });
  };
  return (
    <button aria-pressed={pressed} aria-label={words(level)} onClick={toggle}>
      <LevelChip level={level} />
    </button>
  );
}
