/**
 * A pipeline as data: YAML, or JSON, over agents that the program knows.
 *
 * ```yaml
 * name: Heating
 * version: 1.0.0
 * inputs: # JSON Schema of the input; without it any JSON is read, and looked up unchecked
 *   type: object
 *   properties: { country: { type: string }, therms: { type: number } }
 *   required: [country]
 * concurrency: 4 # steps that run at the same time; default: 10
 * timeout: 10m # of the whole run; default: 5 minutes
 * steps:
 *   - name: gas
 *     agent: FuelAgent
 *     when: input.therms > 0
 *     input: { fuel_type: natural_gas, amount: input.therms, unit: therm, country: input.country }
 *     retry: { times: 2, delay: 200ms, factor: 2 } # or a number of times; delays vary by a fifth
 *     timeout: 30s # of one attempt
 *     cache: 1h # how long the answers of the agent are kept, and used again for the same input
 *     onFailure: continue
 *   - name: total
 *     agent: CarbonAgent
 *     input: { emissions: [results.gas] }
 * output: { total: results.total.total_co2e_kg } # without it, the results of all steps by their names
 * ```
 *
 * A step waits for the steps that it looks up, in its input, its condition or its `forEach`, and for those named in
 * `after`; it starts when the last of them has ended. Without `input` it reads the input of the pipeline.
 *
 * - **Look-ups** are `input`, `results.STEP` and, for each item of `forEach`, `item` and `index`, with fields behind them:
 *   `results.fuels.0.scope`, `item["odd key"]`. What is not there is left out. `...results.fuels` in a list puts its items
 *   there. Any other text, number or list stands for itself; `{ literal: VALUE }` always does.
 * - **Conditions** know `and`, `or`, `not`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `not in`, brackets, look-ups, numbers,
 *   quoted texts, lists, `true`, `false` and `null`, which is what is not there. A step whose `when` does not hold is
 *   skipped, and what waits for it runs without its result. `onConditionError: skip` skips it also where the condition
 *   cannot be evaluated, instead of failing.
 * - **`forEach`** runs the agent for each item of a list, `concurrency` at a time (default: one), and the
 *   result is the list of answers.
 * - **`cache`** keeps what the agent answers in the `StepCache`, as `Step.cached` does, for each item of `forEach` by itself.
 *   The program says by `cache: true` that there is one.
 * - **`onFailure`** is `stop` (the run fails, and its other steps are interrupted), `skip` (what waits for the step is
 *   skipped with it), `continue` (what waits for it runs without its result) or `{ default: VALUE }` in its place. What
 *   failed, and was gone without, stands in the annotation `failures` of the result.
 *
 * Answers of agents that are `Redacted` by their schema reach the steps that look them up, and are masked in the output.
 */
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import { isAgent } from "../agent/internal/AgentBox.ts"
import * as Stated from "../agent/internal/Stated.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as Described from "../internal/Described.ts"
import * as ForeignFile from "../internal/ForeignFile.ts"
import * as Keys from "./file/Keys.ts"
import type * as Pipeline from "./Pipeline.ts"
import {
  type ConditionFailed,
  type MappingFailed,
  PipelineSpecInvalid,
  PipelineSpecNotFound
} from "./PipelineSpecError.ts"
import type { StepCache } from "./StepCache.ts"

export { ConditionFailed, MappingFailed, PipelineSpecInvalid, PipelineSpecNotFound } from "./PipelineSpecError.ts"

/**
 * A pipeline like any other, which reads JSON and answers with JSON. Its steps can fail as the agents can.
 *
 * @category models
 */
export type Compiled<A extends Agent.Any, Cache extends boolean = false> = Pipeline.Pipeline<
  unknown,
  Schema.Json,
  Agent.Failure<A> | ConditionFailed | MappingFailed,
  Agent.Services<A> | (Cache extends true ? StepCache : never)
>

/**
 * `file` is what the faults call it. With `cache`, its steps may say how long their answers are kept, and what runs it
 * provides a `StepCache`; without, that is a fault.
 *
 * @category models
 */
export interface Options<Agents extends ReadonlyArray<Agent.Any>, Cache extends boolean> {
  readonly agents: Agents
  readonly file?: string
  readonly cache?: Cache
}

/**
 * Reads a pipeline over `agents`. Fails with every fault at once: of the syntax, keys and names, cycles, mappings that do
 * not fit the schemas of the agents around them, conditions and durations. Dies with `InvalidDefinition` where `agents` is
 * not a list of agents.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, PipelineSpec } from "greenlang"
 *
 * const Double = Agent.make("Double", {
 *   version: "1.0.0",
 *   input: Schema.Struct({ n: Schema.Finite }),
 *   output: Schema.Struct({ n: Schema.Finite }),
 *   execute: ({ n }) => Effect.succeed({ n: n * 2 })
 * })
 *
 * const program = Effect.gen(function*() {
 *   const pipeline = yield* PipelineSpec.fromYaml(`
 *     name: Quadruple
 *     version: 1.0.0
 *     steps:
 *       - { name: once, agent: Double }
 *       - { name: twice, agent: Double, input: { n: results.once.n } }
 *     output: results.twice.n
 *   `, { agents: [Double] })
 *   return (yield* pipeline.run({ n: 5 })).value
 * })
 * await Effect.runPromise(program) // => 20
 * ```
 *
 * @category constructors
 */
export const fromYaml = Effect.fnUntraced(function*<
  const Agents extends ReadonlyArray<Agent.Any>,
  Cache extends boolean = false
>(
  text: string,
  options: Options<Agents, Cache>
): Effect.fn.Return<Compiled<Agents[number], Cache>, PipelineSpecInvalid> {
  // loaded with the first spec: few programs read any
  const { draw } = yield* Effect.promise(() => import("./file/SpecText.ts"))
  const { agents, cache, file = "the spec" } = checked(options)
  const drawn = yield* draw(text, agents, cache === true)
  if (Result.isFailure(drawn)) return yield* new PipelineSpecInvalid({ file, issues: drawn.failure })
  // the agents' types are those of the pipeline's steps
  return drawn.success as Compiled<Agents[number], Cache>
})

const subject = "`PipelineSpec`"

/** Throws `InvalidDefinition` where a program without types did not give options with a list of agents. */
const checked = <Agents extends ReadonlyArray<Agent.Any>, Cache extends boolean>(
  options: Options<Agents, Cache>
) => {
  const { agents, cache, file } = Stated.readable(subject, "options", () => ({ ...options }))
  const known = Stated.items(subject, "agents", agents)
  const at = known.findIndex((agent) => !isAgent(agent))
  if (at === -1) return { agents: known, cache, file }
  throw new InvalidDefinition({
    subject,
    problem: `its agents have ${Described.kind(known[at])} at ${at}`,
    expected: "an agent"
  })
}

/** More than the characters that a spec may have. */
const mostBytes = 1024 * 1024

/**
 * Reads the file at `path` like `fromYaml`. Fails with `PlatformError`, whose reason names the path and says what is wrong
 * in plain words, where there is no file that can be read: a directory, a device, a pipe that nothing writes to, a file
 * without permission or of more than 1 MiB.
 *
 * @category constructors
 */
export const load = Effect.fn("PipelineSpec.load")(function*<
  const Agents extends ReadonlyArray<Agent.Any>,
  Cache extends boolean = false
>(
  path: string,
  options: Omit<Options<Agents, Cache>, "file">
): Effect.fn.Return<
  Compiled<Agents[number], Cache>,
  PipelineSpecInvalid | PipelineSpecNotFound | PlatformError
> {
  const text = yield* ForeignFile.text(path, { mostBytes }).pipe(
    Effect.catchReason("PlatformError", "NotFound", () => Effect.fail(new PipelineSpecNotFound({ path })))
  )
  return yield* fromYaml(text, Stated.readable(subject, "options", () => ({ ...options, file: path })))
})

/**
 * JSON Schema (draft 2020-12) of a spec, for editors that complete and check as one types. With `agents`, it knows their
 * names. What only `fromYaml` can know, such as a mapping that does not fit, it leaves alone.
 *
 * ```ts
 * import { PipelineSpec } from "greenlang"
 *
 * Object.keys(PipelineSpec.jsonSchema().properties) // => ["name", "version", "description", "inputs", "concurrency", "timeout", "steps", "output"]
 * ```
 *
 * @category schemas
 */
export const jsonSchema = (agents: ReadonlyArray<Agent.Any> = []) => {
  const count = { type: "integer", minimum: 1 }
  const duration = {
    type: "string",
    pattern: "^\\s*(\\d+(\\.\\d+)?\\s*[a-z]+|\\d{1,4}:[0-5]\\d:[0-5]\\d(\\.\\d+)?|P[\\dWDTHMS.]+)\\s*$",
    examples: ["500ms", "30s", "2m", "1h"]
  }
  const properties: Record<typeof Keys.specKeys[number], unknown> = {
    name: { type: "string", minLength: 1 },
    version: { type: "string", minLength: 1 },
    description: { type: "string" },
    inputs: { type: "object", description: "JSON Schema of the input; without it any JSON is read" },
    concurrency: { ...count, default: 10, description: "steps that run at the same time" },
    timeout: { ...duration, description: "of the whole run" },
    steps: { type: "array", minItems: 1, items: { $ref: "#/$defs/step" } },
    output: { description: "what the answer is made of; without it, the results of all steps by their names" }
  }
  const step: Record<typeof Keys.stepKeys[number], unknown> = {
    name: { type: "string", pattern: Keys.stepName.source },
    agent: { type: "string", ...(agents.length === 0 ? {} : { enum: agents.map(({ name }) => name) }) },
    input: { description: "what the agent reads; without it, the input of the pipeline, or the item" },
    when: { type: ["string", "boolean"], description: "condition, as input.area > 0 and results.grid.unit == \"kWh\"" },
    onConditionError: { enum: ["fail", "skip"], default: "fail" },
    forEach: { type: "string", description: "list whose items the agent runs for, as input.fuels" },
    concurrency: { ...count, default: 1, description: "items that run at the same time" },
    retry: {
      anyOf: [{ type: "integer", minimum: 0 }, {
        type: "object",
        properties: { times: { type: "integer", minimum: 0 }, delay: duration, factor: { type: "number", minimum: 1 } },
        required: ["times"],
        additionalProperties: false
      }]
    },
    timeout: { ...duration, description: "of one attempt" },
    cache: { ...duration, description: "how long the answers of the agent are kept and used again" },
    onFailure: {
      anyOf: [
        { enum: Keys.policies },
        { type: "object", properties: { default: true }, required: ["default"], additionalProperties: false }
      ],
      default: "stop"
    },
    after: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] }
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Pipeline of greenlang",
    type: "object",
    properties,
    required: ["name", "version", "steps"],
    additionalProperties: false,
    $defs: { step: { type: "object", properties: step, required: ["name", "agent"], additionalProperties: false } }
  }
}
