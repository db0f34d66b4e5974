/**
 * How traces and metrics name agents, tools and calls of models: the semantic conventions of OpenTelemetry for generative AI.
 *
 * One table has every name that differs between version 0.1.0 of those conventions and 1.37 of the general ones, which
 * backends still read. `Settings` says which is written, and whether content is.
 */
import * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type * as Tracer from "effect/Tracer"

/** The names that differ between the versions. */
export interface Names {
  readonly cacheRead: string
  readonly cacheWrite: string
  readonly reasoning: string
  readonly callDuration: string
  /** The prefix of one counter for each kind of token, or one histogram of `gen_ai.token.type`. */
  readonly tokens: { readonly counters: string } | { readonly histogram: string }
}

/** The versions of the conventions. */
export const tables = {
  "0.1.0": {
    cacheRead: "gen_ai.usage.cache_read.input_tokens",
    cacheWrite: "gen_ai.usage.cache_write.input_tokens",
    reasoning: "gen_ai.usage.reasoning.output_tokens",
    callDuration: "gen_ai.client.inference.duration",
    tokens: { counters: "gen_ai.client.inference.usage" }
  },
  "1.37": {
    cacheRead: "gen_ai.usage.cache_read.input_tokens",
    cacheWrite: "gen_ai.usage.cache_creation.input_tokens",
    reasoning: "gen_ai.usage.reasoning.output_tokens",
    callDuration: "gen_ai.client.operation.duration",
    tokens: { histogram: "gen_ai.client.token.usage" }
  }
} as const satisfies Readonly<Record<string, Names>>

/** A version of the conventions that can be written. */
export type Version = keyof typeof tables

/** What is written. `content` adds prompts, answers, and what tools were given and answered. */
export interface Settings {
  readonly version: Version
  readonly content: boolean
}

/** What is written where nothing else is provided: the newest names, and no content. */
export const Settings = Context.Reference<Settings>("greenlang/internal/GenAi", {
  defaultValue: () => ({ version: "0.1.0", content: false })
})

/** The name of a span of a run. */
export const invokeAgent = "invoke_agent "

/** What a span is called where a person reads it: an agent by its name alone. */
export const titleOf = ({ name }: { readonly name: string }): string =>
  name.startsWith(invokeAgent) ? name.slice(invokeAgent.length) : name

/** The conventions' own names of vendors. */
const vendors: Readonly<Record<string, string>> = {
  google: "gcp.gemini",
  bedrock: "aws.bedrock",
  mistral: "mistral_ai",
  xai: "x_ai"
}

/** What the conventions call the provider `name`, or `name` itself where they have no word for it. */
export const providerName = (name: string): string => vendors[name] ?? name

/** Renames a span that another program has begun. Exporters read the name when the span ends. */
export const rename = (span: Tracer.Span, name: string): void => {
  // One that cannot be renamed keeps its name.
  Reflect.set(span, "name", name)
}

/** Sets the attributes that have a value. */
export const set = (span: Tracer.Span, attributes: Readonly<Record<string, unknown>>): void => {
  for (const name of Object.keys(attributes)) {
    if (attributes[name] !== undefined) span.attribute(name, attributes[name])
  }
}

/** In seconds, as the conventions advise. */
const secondBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const countBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]
const tokenBoundaries = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216]

/** Metrics by name and attributes: to make one takes longer than to update it. Bounded by the models and agents that there are. */
const known = new Map<string, Metric.Metric<number, unknown>>()

const metricOf = (
  name: string,
  attributes: Readonly<Record<string, string>>,
  make: () => Metric.Metric<number, unknown>
): Metric.Metric<number, unknown> => {
  let key = name
  for (const attribute of Object.keys(attributes)) key += `\n${attribute}\n${attributes[attribute]}`
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  known.set(key, made)
  return made
}

/** The histogram `name`, which takes seconds. */
export const durations = (name: string, attributes: Readonly<Record<string, string>>): Metric.Metric<number, unknown> =>
  metricOf(
    name,
    attributes,
    () => Metric.histogram(name, { attributes: { ...attributes, unit: "s" }, boundaries: secondBoundaries })
  )

/** The histogram `name`, which takes how many there were of what `unit` says. */
export const counts = (
  name: string,
  unit: string,
  attributes: Readonly<Record<string, string>>
): Metric.Metric<number, unknown> =>
  metricOf(
    name,
    attributes,
    () => Metric.histogram(name, { attributes: { ...attributes, unit }, boundaries: countBoundaries })
  )

/** Adds seconds to the histogram `name`. */
export const duration = (
  name: string,
  attributes: Readonly<Record<string, string>>,
  millis: number,
  context: Context.Context<never>
): void => durations(name, attributes).updateUnsafe(millis / 1_000, context)

/** What a call of a model is counted in. */
export interface CallMetrics {
  readonly duration: Metric.Metric<number, unknown>
  /** By the kind of the tokens, as `input_tokens`. The older version counts input and output only. */
  readonly tokens: (kind: string) => Metric.Metric<number, unknown> | undefined
}

/** The metrics of the calls that have these attributes. */
export const callMetrics = (names: Names, attributes: Readonly<Record<string, string>>): CallMetrics => {
  const kinds = new Map<string, Metric.Metric<number, unknown> | undefined>()
  return {
    duration: durations(names.callDuration, attributes),
    tokens: (kind) => {
      if (!kinds.has(kind)) kinds.set(kind, tokens(names, kind, attributes))
      return kinds.get(kind)
    }
  }
}

const tokens = (
  { tokens }: Names,
  kind: string,
  attributes: Readonly<Record<string, string>>
): Metric.Metric<number, unknown> | undefined => {
  const unit = "{token}"
  if ("counters" in tokens) {
    const name = `${tokens.counters}.${kind}`
    return metricOf(
      name,
      attributes,
      () => Metric.counter(name, { attributes: { ...attributes, unit }, incremental: true })
    )
  }
  const type = kind === "input_tokens" ? "input" : kind === "output_tokens" ? "output" : undefined
  if (type === undefined) return undefined
  const typed = { ...attributes, "gen_ai.token.type": type, unit }
  return metricOf(
    tokens.histogram,
    typed,
    () => Metric.histogram(tokens.histogram, { attributes: typed, boundaries: tokenBoundaries })
  )
}
