/**
 * Durations as people write them: `500ms`, `30s`, `2m`, `1.5h`, `5 minutes`.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

export const example = `500ms, 30s, 2m, 1h or "5 minutes"`

export const parse = (text: string): Option.Option<Duration.Duration> => {
  const [, value, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim()) ?? []
  const millis = millisOf.get(unit ?? "")
  return millis === undefined ? Option.none() : Option.some(Duration.millis(Number(value) * millis))
}

const millisOf: ReadonlyMap<string, number> = new Map(([
  [1, ["ms", "milli", "millis", "millisecond", "milliseconds"]],
  [1000, ["s", "sec", "second", "seconds"]],
  [60_000, ["m", "min", "minute", "minutes"]],
  [3_600_000, ["h", "hour", "hours"]]
] as const).flatMap(([millis, names]) => names.map((name) => [name, millis] as const)))
