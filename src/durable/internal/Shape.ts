/**
 * The shape of a pipeline: which steps it has, what they wait for and what was stated of them. It must not change under a
 * run, whose journal knows the steps by their names.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { InvalidInput } from "../../agent/AgentError.ts"
import { InvalidDefinition } from "../../agent/InvalidDefinition.ts"
import * as Issue from "../../agent/Issue.ts"
import * as SafeJson from "../../internal/SafeJson.ts"
import * as Pipeline from "../../pipeline/Pipeline.ts"
import type * as Step from "../../pipeline/Step.ts"
import { tag } from "./RunTable.ts"
import * as StepAnswer from "./StepAnswer.ts"

interface Shape {
  readonly name: string
  readonly after: ReadonlyArray<string>
  readonly policies: ReadonlyArray<string>
  readonly inside?: ReadonlyArray<Shape>
}

const of = (pipeline: Pipeline.Any): ReadonlyArray<Shape> =>
  pipeline.steps.map(({ after, agent, apart, name, policies }) => ({
    name,
    after: after.map(({ name }) => name),
    policies,
    // Runs that are apart have shapes of their own.
    ...(agent !== undefined && !apart && Pipeline.isPipeline(agent) ? { inside: of(agent) } : {})
  }))

/** As text: equal shapes have equal texts. */
export const text = (pipeline: Pipeline.Any): string => JSON.stringify(of(pipeline))

const read = (text: string): ReadonlyArray<Shape> => JSON.parse(text)

/** The names of the steps of a shape, in running order, without the input. */
export const steps = (text: string): ReadonlyArray<string> => read(text).slice(1).map(({ name }) => name)

/** The step `from`, and all that wait for it, also through others. */
export const dependents = (text: string, from: string): ReadonlyArray<string> => {
  const reached = new Set([from])
  for (const { after, name } of read(text)) if (after.some((one) => reached.has(one))) reached.add(name)
  return [...reached]
}

/** What changed from one shape to another, in words. */
export const difference = (before: string, now: string): string => {
  const found: Array<string> = []
  compare(read(before), read(now), "", found)
  return found.join("; ")
}

const compare = (
  before: ReadonlyArray<Shape>,
  now: ReadonlyArray<Shape>,
  around: string,
  found: Array<string>
): void => {
  const old = new Map(before.map((step) => [step.name, step]))
  const names = new Set(now.map(({ name }) => name))
  for (const { name } of before) if (!names.has(name)) found.push(`step \`${around}${name}\` is gone`)
  for (const step of now) {
    const was = old.get(step.name)
    const name = `step \`${around}${step.name}\``
    if (was === undefined) {
      found.push(`${name} is new`)
      continue
    }
    if (was.after.join("\n") !== step.after.join("\n")) {
      found.push(`${name} waits for ${list(step.after)}, and waited for ${list(was.after)}`)
    }
    if (was.policies.join("\n") !== step.policies.join("\n")) {
      found.push(`the policies of ${name} are ${list(step.policies)}, and were ${list(was.policies)}`)
    }
    compare(was.inside ?? [], step.inside ?? [], `${around}${step.name}/`, found)
  }
}

const list = (names: ReadonlyArray<string>): string => names.length === 0 ? "nothing" : names.join(", ")

/**
 * Throws `InvalidDefinition`, which names the step, where a durable run of the pipeline could not be recorded, or where a worker
 * that has no other pipelines than `all` could not run what the step runs apart.
 */
export const check = (pipeline: Pipeline.Any, all: ReadonlyArray<Pipeline.Any>): void => {
  const refuse = (problem: string, expected: string) =>
    new InvalidDefinition({ subject: `durable runs of \`${pipeline.name}\``, problem, expected })
  if (SafeJson.holdsSecrets(pipeline.input)) throw refuse("its input holds secrets", hidden)
  if (SafeJson.holdsSecrets(pipeline.output)) throw refuse("its answer holds secrets", hidden)
  if (pipeline.error !== undefined && SafeJson.holdsSecrets(pipeline.error)) {
    throw refuse("its failure holds secrets", hidden)
  }
  checkSteps(pipeline, "", refuse, new Set(all.map((one) => `${tag(one)} ${text(one)}`)))
}

const hidden = "a schema without `Redacted`: a durable run writes it to the database"

const checkSteps = (
  pipeline: Pipeline.Any,
  around: string,
  refuse: (problem: string, expected: string) => InvalidDefinition,
  registered: ReadonlySet<string>
): void => {
  for (const step of pipeline.steps.slice(1)) {
    const name = `\`${around}${step.name}\``
    if (!step.journaled) {
      throw refuse(`no schema for the answer of the step ${name}`, "`output`, or a `Step.pure` in its place")
    }
    const secret = [step.output, step.error].some((schema) => schema !== undefined && SafeJson.holdsSecrets(schema))
    if (secret) throw refuse(`the answer or the failure of the step ${name} holds secrets`, hidden)
    const inside: Step.Any["agent"] = step.agent
    if (!step.frame || inside === undefined || !Pipeline.isPipeline(inside)) continue
    if (!step.apart) checkSteps(inside, `${around}${step.name}/`, refuse, registered)
    else if (!registered.has(`${tag(inside)} ${text(inside)}`)) {
      throw refuse(
        `the step ${name} runs ${inside.name} ${inside.version} apart, which is not among the pipelines of the layer`,
        `\`${inside.name}\` in \`pipelines\`, too`
      )
    }
  }
}

/** The input of a pipeline as JSON, and back to what `run` takes. */
export const inputCodec = (pipeline: Pipeline.Any) => ({
  write: Schema.encodeUnknownEffect(Schema.toCodecJson(Schema.toType(pipeline.input))),
  read: Schema.decodeUnknownEffect(Schema.toCodecJson(Schema.toType(pipeline.input))),
  encode: Schema.encodeUnknownEffect(pipeline.input)
})

/** An input as JSON, after the schema has read it. */
export const readInput = (pipeline: Pipeline.Any, input: unknown): Effect.Effect<Schema.Json, InvalidInput> =>
  Effect.gen(function*() {
    const value = yield* Schema.decodeUnknownEffect(pipeline.input)(input, { errors: "all" })
    return (yield* inputCodec(pipeline).write(value)) as Schema.Json
  }).pipe(
    Effect.mapError(({ issue }) =>
      new InvalidInput({ agent: pipeline.name, issues: Issue.describe(pipeline.input, issue) })
    )
  )

/**
 * The same JSON for inputs that differ in nothing but fields that are `undefined`, which their schema may leave out. `json` is an input
 * as `readInput` answers it, or with what was hidden in it.
 */
export const sameInput = (pipeline: Pipeline.Any, json: Schema.Json): Effect.Effect<Schema.Json> => {
  const { read, write } = inputCodec(pipeline)
  return Effect.flatMap(read(json), (value) => write(StepAnswer.withoutUndefined(value))).pipe(
    Effect.map((same) => same as Schema.Json),
    Effect.catchCause(() => Effect.succeed(json))
  )
}
