/**
 * Your agents and pipelines with what they need, in one value: the default export of `greenlang.config.ts`, on which the
 * command line works.
 *
 * ```ts
 * import { Schema } from "effect"
 * import { LlmAgent } from "greenlang"
 * import { Project } from "greenlang/project"
 *
 * const Triage = LlmAgent.make("Triage", {
 *   version: "1.0.0",
 *   input: Schema.Struct({ letter: Schema.String }),
 *   output: Schema.Struct({ urgent: Schema.Boolean }),
 *   instructions: "Say whether the letter is urgent."
 * })
 *
 * const project = Project.make({ agents: [Triage] }) // export default Project.make(...)
 * project.agents.map(({ name }) => name) // => ["Triage"]
 * ```
 */
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import type { Approval } from "../agent/Approval.ts"
import * as Stated from "../agent/internal/Stated.ts"
import * as Described from "../internal/Described.ts"
import * as NearestName from "../internal/NearestName.ts"
import type { LlmProvider } from "../llm/LlmProvider.ts"
import type * as Policy from "../orchestrator/Policy.ts"

const TypeId: unique symbol = Symbol.for("greenlang/project/Project") as never

/**
 * What the command line gives to every project: the language model that the environment names, or the offline one; an HTTP
 * client with timeouts and retries; approval by the person at the terminal, which is a no where there is no terminal. A
 * `layer` that provides one of them replaces it.
 *
 * @category models
 */
export type Given = LanguageModel.LanguageModel | LlmProvider | HttpClient.HttpClient | Approval

/** @category models */
export interface Project<out Agents extends ReadonlyArray<Agent.Any> = ReadonlyArray<Agent.Any>> {
  readonly [TypeId]: typeof TypeId
  readonly agents: Agents
  /** Provides what the agents and the policies need. The types were checked in `make`. */
  readonly layer: Layer.Layer<never, unknown, Given>
  readonly policies: ReadonlyArray<Policy.Policy<unknown>>
}

/**
 * The definition of a project is wrong. `field` is its place, such as `agents[1]`.
 *
 * @category errors
 */
export class InvalidProject extends Schema.TaggedError<InvalidProject>()("InvalidProject", {
  field: Schema.String,
  problem: Schema.String,
  expected: Schema.String
}) {
  override get message() {
    return `${this.field}: ${this.problem}; expected ${this.expected}`
  }
}

/** What the compiler shows where `layer` does not provide all that agents and policies need. @category utility types */
export interface LayerLacks<Services> {
  readonly "the layer does not provide what the agents and policies need": Services
}

/** What the compiler shows where `layer` itself needs something. @category utility types */
export interface LayerNeeds<Services> {
  readonly "the layer itself needs what nothing provides": Services
}

type Check<Missing, Open> = [Missing] extends [never]
  ? [Open] extends [never] ? unknown : { readonly layer: LayerNeeds<Open> }
  : { readonly layer: LayerLacks<Missing> }

/**
 * Throws `InvalidProject` where a program without types gives something else, such as a field that a project does not have,
 * and where two agents have one name in one version. Of several versions, the command line runs the newest, or `NAME@VERSION`.
 *
 * @category constructors
 */
export const make = <
  const Agents extends ReadonlyArray<Agent.Any>,
  Out = never,
  E = never,
  In = never,
  R = never
>(
  options: {
    /** Agents and pipelines. */
    readonly agents: Agents
    /** Provides what they need besides what is `Given`. A command builds it for its run, and releases it at the end. */
    readonly layer?: Layer.Layer<Out, E, In>
    /** Each is asked before every run. */
    readonly policies?: ReadonlyArray<Policy.Policy<R>>
  } & Check<Exclude<Agent.Services<Agents[number]> | R, Out | Given>, Exclude<In, Given>>
): Project<Agents> => {
  checkFields(options)
  const { agents, layer = Layer.empty, policies = [] } = options
  checkAgents(agents)
  if (!Stated.isLayer(layer)) throw invalid("layer", "it is not a layer", "a Layer of effect")
  if (!Described.isList(policies)) throw invalid("policies", "it is not a list", "a list of policies")
  policies.forEach((policy: Partial<Policy.Policy<R>> | undefined, at) => {
    if (typeof policy?.name !== "string" || typeof policy.check !== "function") {
      throw invalid(`policies[${at}]`, "it is not a policy", "what Policy.make returns")
    }
  })
  // `Check` has compared the services of the layer with those that agents and policies need.
  return { [TypeId]: TypeId, agents, layer: layer as never, policies: policies as never }
}

const fields = ["agents", "layer", "policies"]

/** A misspelt field would otherwise do nothing. */
const checkFields = (options: unknown) => {
  if (typeof options !== "object" || options === null) {
    throw invalid("Project.make", "it gets no object", "{ agents: [...] }")
  }
  for (const field of Object.keys(options)) {
    if (fields.includes(field)) continue
    const near = NearestName.find(field, fields)
    const guess = near === undefined ? "" : `, did you mean \`${near}\`?${NearestName.difference(field, near)}`
    throw invalid(field, `\`${field}\` is not a field of a project${guess}`, `one of ${fields.join(", ")}`)
  }
}

const checkAgents = (agents: ReadonlyArray<Agent.Any>) => {
  if (!Described.isList(agents)) throw invalid("agents", "it is not a list", "a list of agents and pipelines")
  const places = new Map<string, Array<number>>()
  agents.forEach((agent: unknown, at) => {
    if (!Agent.isAgent(agent)) {
      throw invalid(`agents[${at}]`, "it is not an agent", "what Agent.make, LlmAgent.make or Pipeline.make returns")
    }
    const look = NearestName.look(agent.name)
    const before = places.get(look) ?? []
    const same = before.find((one) => agents[one]!.name !== agent.name || agents[one]!.version === agent.version)
    if (same !== undefined) {
      throw invalid(
        `agents[${at}].name`,
        `agents[${same}] is called ${agent.name}, too, or looks like it`,
        "a name of its own, or another version of the agent of that name"
      )
    }
    places.set(look, [...before, at])
  })
}

const invalid = (field: string, problem: string, expected: string) => new InvalidProject({ field, problem, expected })

/** Whether this was made by `make`, also by that of another copy of the package. @category guards */
export const isProject: (u: unknown) => u is Project = Described.guard((u): u is Project =>
  typeof u === "object" && u !== null && TypeId in u
)
