/**
 * The agents and pipelines that the command line can run, by name, each with the layer that it needs.
 */
import * as AiError from "effect/ai/AiError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Agent from "../agent/Agent.ts"
import type * as Tool from "../agent/Tool.ts"
import * as NearestName from "../internal/NearestName.ts"
import { UnusableModel } from "../llm/UnusableModel.ts"
import type * as Policy from "../orchestrator/Policy.ts"
import * as Printable from "../render/Printable.ts"
import { InvalidConfig, UsageError } from "./CliError.ts"

/**
 * @category models
 */
export interface Entry {
  readonly name: string
  /** `undefined` where only one version of it is there. */
  readonly version?: string
  /** Loads the agent, when a command needs it. */
  readonly load: Effect.Effect<Agent.Any>
  /** Provides what the agent and its tools need. Its type is erased: `entry` and `Project.make` have checked it. */
  readonly layer: Layer.Layer<never, unknown>
  /** The config file that it was read from. `undefined` for the library that ships. */
  readonly file?: string
}

/**
 * What the command line works on: a project of the user, or the library that ships.
 *
 * @category models
 */
export interface Catalog {
  /** The config file that it was read from. `undefined` for the library that ships. */
  readonly file: string | undefined
  readonly entries: ReadonlyArray<Entry>
  /** Each is asked before every run, with the services of the entry. */
  readonly policies: ReadonlyArray<Policy.Policy<unknown>>
}

/**
 * A library, without a config file.
 *
 * @category constructors
 */
export const make = (entries: ReadonlyArray<Entry>): Catalog => ({ file: undefined, entries, policies: [] })

/**
 * `layer` is built when a command runs the agent, and released when the run ends. The services that the tools of the agent
 * need appear in no type: they must be among those of the agent.
 *
 * @category constructors
 */
export const entry = <A extends Agent.Any, E>(
  name: string,
  load: Effect.Effect<A>,
  layer: Layer.Layer<Agent.Services<A>, E>
): Entry => ({ name, load, layer })

/**
 * Gives a run of the agent, or of one of its tools, the services that it needs. Fails with `InvalidConfig` for a service that a
 * config without types does not provide, and with a `UsageError` where the run asks a model whose settings are wrong.
 *
 * @category running
 */
export const provide = <A, E>(
  { file, layer, name }: Entry,
  effect: Effect.Effect<A, E, unknown>
): Effect.Effect<A, unknown> => {
  // the entry has erased the types that were checked where it was made
  const provided = Effect.provide(effect as Effect.Effect<A, E>, layer)
  return Effect.catchCause(provided, (cause): Effect.Effect<never, unknown> => {
    const unusable = wrongModel(cause)
    if (unusable !== undefined) return Effect.fail(new UsageError({ problem: unusable }))
    const service = file === undefined ? undefined : missing(cause)
    if (file === undefined || service === undefined) return Effect.failCause(cause)
    const problem = `it does not provide the service ${service}, which ${name} needs`
    return Effect.fail(
      new InvalidConfig({
        file,
        field: "layer",
        problem,
        hint: "Project.make({ agents, layer }) takes the layer of it."
      })
    )
  })
}

/** What is wrong with the settings of the model, where the run failed for that. */
const wrongModel = (cause: Cause.Cause<unknown>): string | undefined => {
  const failed = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (failed instanceof UnusableModel) return failed.message
  const isOfSettings = AiError.isAiError(failed) && failed.module === "LlmConfig"
  return isOfSettings && failed.reason._tag === "InvalidUserInputError" ? failed.reason.description : undefined
}

/** The key of the service that was not there. */
const missing = (cause: Cause.Cause<unknown>): string | undefined =>
  cause.reasons.flatMap((reason) => {
    if (!Cause.isDieReason(reason)) return []
    const { defect } = reason
    const thrown = Predicate.hasProperty(defect, "cause") ? defect.cause : defect
    const [, service] = Predicate.hasProperty(thrown, "message")
      ? /^Service not found: (.+)/.exec(`${thrown.message}`) ?? []
      : []
    return service ?? []
  })[0]

/** The newest version of each name. @category searching */
export const current = (catalog: Catalog): Catalog => ({
  ...catalog,
  entries: catalog.entries.filter((entry) => newest(catalog, entry.name) === entry)
})

const newest = ({ entries }: Catalog, name: string): Entry | undefined =>
  entries.filter((entry) => entry.name === name).toSorted((a, b) => byVersion(a.version ?? "", b.version ?? "")).at(-1)

/** As in 1.9.0, 1.10.0-beta, 1.10.0. */
const byVersion = (a: string, b: string): number => {
  const [[one = "", beta = ""], [other = "", otherBeta = ""]] = [a.split(/-(.*)/s), b.split(/-(.*)/s)]
  if (one !== other) return numeric.compare(one, other)
  return (beta === "" ? 1 : 0) - (otherBeta === "" ? 1 : 0) || numeric.compare(beta, otherBeta)
}
const numeric = new Intl.Collator("en", { numeric: true })

/** Every agent of the catalog, in all of its versions. @category loading */
export const loadAll = ({ entries }: Catalog): Effect.Effect<ReadonlyArray<Agent.Any>> =>
  Effect.forEach(entries, ({ load }) => load)

/**
 * The agent or pipeline of that name, in its newest version, or in that of `NAME@VERSION`. Fails with a `UsageError` that suggests a
 * similar name, or lists the versions, and says how to bring one's own where there is no config file.
 *
 * @category searching
 */
export const find = (catalog: Catalog, name: string): Effect.Effect<Entry, UsageError> => {
  const { entries, file } = catalog
  const found = newest(catalog, name) ?? entries.find((entry) => `${entry.name}@${entry.version}` === name)
  if (found !== undefined) return Effect.succeed(found)
  const place = file === undefined ? "" : ` in ${file}`
  const versions = entries.filter((entry) => name.startsWith(`${entry.name}@`)).map(({ version }) => version)
  if (versions.length > 0) {
    const problem = `${name} is not${place}.`
    return Effect.fail(new UsageError({ problem, hint: Printable.line(`Its versions: ${versions.join(", ")}.`) }))
  }
  const names = [...new Set(entries.map(({ name }) => name))]
  const hint = names.length === 0 ? [] : [Printable.line(NearestName.hint(name, names))]
  return Effect.fail(
    new UsageError({
      problem: `No agent or pipeline has the name ${name}${place}.`,
      hint: [...hint, ...(file === undefined ? [bringYourOwn] : [])].join("\n")
    })
  )
}

/** Shown where the library stands in for a project. */
export const bringYourOwn =
  "These are the agents of the climate library, as no greenlang.config.ts was found. To bring your own: greenlang new DIR"

/**
 * The tool of that name among those of `agent`. Fails with a `UsageError` that suggests a similar name.
 *
 * @category searching
 */
export const findTool = (agent: Agent.Any, name: string): Effect.Effect<Tool.Any, UsageError> => {
  const found = agent.tools.find((tool) => tool.name === name)
  if (found !== undefined) return Effect.succeed(found)
  const problem = `${agent.name} has no tool named ${name}.`
  return Effect.fail(
    new UsageError({ problem, hint: Printable.line(NearestName.hint(name, agent.tools.map(({ name }) => name))) })
  )
}
