/** Fields of the events with their top values, counts and shares; a value is included or excluded with one click. */
import { ActionIcon, Skeleton, TextInput, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { severityToken } from "@/chart/palette";
import { Icon } from "@/shell/Icon";
import { ProblemNotice } from "@/shell/ProblemNotice";
import { compact, count, share } from "@/text/quantity";
import { askFacets, type Facet } from "./facets";
import classes from "./Facets.module.css";
import type { Question } from "./run";
import type { Term } from "./terms";

interface FacetsProps {
  question: Question;
  turn: number;
  columns: readonly string[];
  onTerm: (term: Term) => void;
  onColumn: (field: string) => void;
}

const OPEN_FIRST = ["index", "severity", "service", "sourcetype", "status", "name", "host", "source", "event_name"];
const OPEN_MOST = 6;

export function Facets({ question, turn, columns, onTerm, onColumn }: FacetsProps): ReactNode {
  const [filter, setFilter] = useState("");
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["facets", { ...question, most: 0 }, turn],
    queryFn: ({ signal }) => askFacets(question, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    placeholderData: (last) => last,
  });
  const words = filter.trim().toLowerCase();
  const found = ranked(data?.fields ?? []).filter((each) => each.name.toLowerCase().includes(words));
  return (
    <aside className={classes["panel"]} aria-label="Fields">
      <TextInput
        aria-label="Filter fields"
        placeholder="Filter fields"
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
        leftSection={<Icon name="filter" />}
      />
      <div className={classes["scroll"]}>
        {error !== null && <ProblemNotice error={error} onRetry={() => void refetch()} />}
        {isPending && error === null && Array.from({ length: 5 }, (_, at) => <Skeleton key={at} className={classes["skeleton"]} />)}
        {data?.sampled === true && <p className={classes["note"]}>Of the newest {compact(data.rows)} events.</p>}
        {found.map((facet, at) => (
          <FacetSection
            key={facet.name}
            facet={facet}
            opened={words !== "" || at < OPEN_MOST}
            column={columns.includes(facet.name)}
            onTerm={onTerm}
            onColumn={onColumn}
          />
        ))}
        {data !== undefined && found.length === 0 && <p className={classes["note"]}>{words === "" ? "No fields: no events matched." : "No field is called that."}</p>}
      </div>
    </aside>
  );
}

/** What people look for first, then fields that tell events apart, then the rest by name. */
function ranked(facets: readonly Facet[]): Facet[] {
  const rank = (each: Facet): number => {
    const place = OPEN_FIRST.indexOf(each.name);
    if (place >= 0) return place;
    return each.distinct > 1 && each.distinct <= 50 ? 20 : each.distinct === 1 ? 40 : 30;
  };
  return [...facets].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

interface FacetSectionProps {
  facet: Facet;
  opened: boolean;
  column: boolean;
  onTerm: (term: Term) => void;
  onColumn: (field: string) => void;
}

function FacetSection({ facet, opened, column, onTerm, onColumn }: FacetSectionProps): ReactNode {
  const [choice, setChoice] = useState<boolean | null>(null);
  const open = choice ?? opened;
  return (
    <section className={classes["facet"]}>
      <div className={classes["heading"]}>
        <h2>
          <button type="button" aria-expanded={open} onClick={() => setChoice(!open)} title={`${facet.name}: ${count(facet.present)} events have it`}>
            <Icon name={open ? "down" : "right"} />
            <span className={classes["name"]}>{facet.name}</span>
          </button>
        </h2>
        <span className={classes["distinct"]} title={`${count(facet.distinct)} different values`}>
          {compact(facet.distinct)}
        </span>
        <Tooltip label={column ? "Remove column" : "Show as column"}>
          <ActionIcon size="xs" aria-label={`${column ? "Remove" : "Show"} column ${facet.name}`} aria-pressed={column} onClick={() => onColumn(facet.name)}>
            <Icon name={column ? "minus" : "columns"} />
          </ActionIcon>
        </Tooltip>
      </div>
      {open && (
        <ul>
          {facet.values.map(({ value, count: times, share: part }) => (
            <li key={value} className={classes["value"]}>
              <i className={classes["bar"]} style={{ width: `${part * 100}%`, ...tint(facet.name, value) }} />
              <button type="button" className={classes["pick"]} title={value} onClick={() => onTerm({ field: facet.name, value, exclude: false })}>
                <span className="visually-hidden">Include </span>
                {value === "" ? "(empty)" : value}
              </button>
              <span className={classes["count"]} title={count(times)}>
                {compact(times)}
              </span>
              <span className={classes["share"]}>{share(part)}</span>
              <ActionIcon size="xs" className={classes["exclude"] ?? ""} aria-label={`Exclude ${facet.name} ${value}`} onClick={() => onTerm({ field: facet.name, value, exclude: true })}>
                <Icon name="minus" />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function tint(field: string, value: string): { background?: string } {
  return field === "severity" ? { background: `color-mix(in srgb, var(${severityToken(value)}) 40%, transparent)` } : {};
}
