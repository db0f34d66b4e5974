/**
 * Draws a checked spec with the combinators of `Step` and `Pipeline`, each step of the file as one step.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Agent from "../../agent/Agent.ts"
import { InvalidInput, type InvalidOutput, RunError } from "../../agent/AgentError.ts"
import * as JsonOutput from "../../agent/internal/JsonOutput.ts"
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import * as Run from "../../agent/Run.ts"
import * as Recorded from "../../internal/SafeJson.ts"
import * as CachedWork from "../internal/CachedWork.ts"
import * as NestedStep from "../internal/NestedStep.ts"
import * as StepBox from "../internal/StepBox.ts"
import * as Pipeline from "../Pipeline.ts"
import { ConditionFailed, MappingFailed } from "../PipelineSpecError.ts"
import * as Step from "../Step.ts"
import * as Condition from "./Condition.ts"
import * as Reference from "./Reference.ts"
import * as Spec from "./Spec.ts"
import * as StepAnswer from "./StepAnswer.ts"

type AnyStep = Step.Step<StepAnswer.StepAnswer, unknown, unknown, unknown>

/** The types of the agents are erased here; `PipelineSpec` states them. */
export const compile = (
  spec: Spec.Spec,
  input: Agent.AnySchema,
  agents: ReadonlyMap<string, Agent.Any>
): Pipeline.Any => {
  const used = spec.steps.map(({ agent }) => agents.get(agent.name)!)
  const errors = used.flatMap(({ error }) => error ?? [])
  return Pipeline.make(spec.name, {
    version: spec.version,
    description: spec.description,
    input,
    output: Schema.Json,
    concurrency: spec.concurrency,
    ...(spec.timeout === undefined ? {} : { timeout: spec.timeout }),
    // the failures of an agent that states no schema are not known
    ...(errors.length < used.length
      ? {}
      : { error: Schema.Union([ConditionFailed, MappingFailed, RunError, ...new Set(errors)]) })
  }, (input) => {
    const byName = new Map(spec.steps.map((step) => [step.name.name, step]))
    const built = new Map<string, AnyStep>()
    // a stack of its own: a file may be a long chain, and name the last step first
    const open = spec.steps.toReversed()
    for (let step = open.at(-1); step !== undefined; step = open.at(-1)) {
      const before = new Set(Spec.waitsFor(step).map(({ name }) => name))
      const missing = [...before].flatMap((name) => built.has(name) ? [] : byName.get(name)!)
      open.push(...missing)
      if (missing.length > 0) continue
      open.pop()
      const { name } = step.name
      if (built.has(name)) continue
      const waitsFor = Array.from(before, (name) => [name, built.get(name)!] as const)
      built.set(name, draw(step, agents.get(step.agent.name)!, input, waitsFor))
    }
    const all = spec.steps.map(({ name }) => [name.name, built.get(name.name)!] as const)
    return Step.make("output", [input, ...all.map(([, step]) => step)], (input, ...answers) => {
      const results = StepAnswer.results(
        all.map(([name]) => name),
        answers as ReadonlyArray<StepAnswer.StepAnswer>,
        "shown"
      )
      if (spec.output === undefined) return Effect.succeed(results)
      // what was read by a JSON Schema is JSON
      return Effect.map(make(spec.output, { input: input as Schema.Json, results }, "output"), (value) => value ?? null)
    })
  })
}

const draw = (
  spec: Spec.StepSpec,
  agent: Agent.Any,
  input: Step.Step<unknown>,
  before: ReadonlyArray<readonly [name: string, step: AnyStep]>
): AnyStep => {
  const { name } = spec.name
  const readsInput = (spec.input === undefined && spec.forEach === undefined) || placesOf(spec).includes("input")
  const after = [...(readsInput ? [input] : []), ...before.map(([, step]) => step)]
  const work = spec.cache && CachedWork.make(CachedWork.ofAgent(agent, spec.cache.timeToLive))
  const one = Effect.fnUntraced(function*(data: Reference.Data) {
    const given = spec.input === undefined
      ? "item" in data ? data.item : data.input
      : yield* make(spec.input, data, name)
    // the agent decodes what it is given, and says what is wrong with it
    const run = Agent.call(agent, given as never)
    const value = yield* work === undefined ? run : work({
      step: name,
      who: CachedWork.who(agent, yield* Run.Current, name),
      given,
      run
    })
    return { value: yield* encode(agent, value), shown: (yield* Recorded.toJson(agent.output, value)) ?? null }
  })
  const run = Effect.fnUntraced(function*(data: Reference.Data) {
    if (!(yield* holds(spec, data))) return yield* StepBox.skip(StepAnswer.absent)
    if (spec.forEach === undefined) {
      const { shown, value } = yield* one(data)
      return StepAnswer.of(value, shown)
    }
    const { reference } = spec.forEach
    const items = Reference.find(reference, data) ?? []
    if (!Array.isArray(items)) {
      return yield* new MappingFailed({ step: name, path: reference.text, reason: "is not a list" })
    }
    const { concurrency } = spec
    const answers = yield* Effect.forEach(
      items,
      (item, index) => NestedStep.run(`${index}`, one({ ...data, item, index })),
      {
        concurrency
      }
    )
    return StepAnswer.of(answers.map(({ value }) => value), answers.map(({ shown }) => shown))
  })
  let step: AnyStep = Step.make(name, after, (...inputs) => {
    const answers = (readsInput ? inputs.slice(1) : inputs) as ReadonlyArray<StepAnswer.StepAnswer>
    if (answers.some(StepAnswer.isSkipped)) return StepBox.skip(StepAnswer.skipped)
    const results = StepAnswer.results(before.map(([name]) => name), answers, "value")
    return run({ input: (readsInput ? inputs[0] : null) as Schema.Json, results })
  })
  step = {
    ...step,
    agent,
    policies: [
      ...(spec.cache === undefined ? [] : [CachedWork.policy(spec.cache.timeToLive)]),
      ...(spec.when === undefined ? [] : ["when"]),
      ...(spec.forEach === undefined ? [] : ["for each"])
    ]
  }
  if (spec.timeout !== undefined) step = Step.timeout(step, spec.timeout)
  if (spec.retry !== undefined) step = Step.retry(step, schedule(spec.retry))
  if (spec.onFailure !== "stop") {
    const answer = typeof spec.onFailure === "object"
      ? StepAnswer.of(spec.onFailure.default)
      : spec.onFailure === "skip"
      ? StepAnswer.skipped
      : StepAnswer.absent
    step = Step.orElse(step, (error) => Effect.as(note(name, error), answer))
  }
  return { ...step, output: StepAnswer.StepAnswer }
}

const placesOf = (spec: Spec.StepSpec) =>
  [
    ...Spec.lookUps(spec.input).map(({ reference }) => reference),
    ...(spec.forEach === undefined ? [] : [spec.forEach.reference]),
    ...(spec.when === undefined ? [] : Condition.references(spec.when.condition).map(({ reference }) => reference))
  ].map(({ root }) => root)

/** The condition of a step, for which nothing is a step that runs. */
const holds = Effect.fnUntraced(function*({ name, onConditionError, when }: Spec.StepSpec, data: Reference.Data) {
  const answer = when === undefined || Condition.evaluate(when.condition, data)
  if (typeof answer === "boolean") return answer
  const failed = new ConditionFailed({ step: name.name, condition: String(when?.node.value), reason: answer.message })
  if (onConditionError === "fail") return yield* failed
  yield* note(name.name, failed)
  return false
})

const schedule = ({ delay, factor, times }: Spec.Retry) =>
  Schedule.exponential(delay, factor).pipe(
    Duration.isZero(delay) ? (same) => same : Schedule.jittered,
    Schedule.upTo({ times }),
    Schedule.setInputType<unknown>(),
    Schedule.while(({ input }) => isRetryable(input))
  )

/** What was asked in the wrong way stays wrong. */
const isRetryable = (error: unknown) =>
  !(error instanceof InvalidInput || error instanceof ConditionFailed || error instanceof MappingFailed)

/** Notes in the run that the step failed, though the run goes on: in the annotation `failures`. */
const note = (step: string, error: unknown): Effect.Effect<void> =>
  Effect.map(Run.Current, (run) => {
    const { _tag, message } = TaggedMessage.of(error)
    const failures = run?.annotations["failures"]
    run?.annotate("failures", [...(Array.isArray(failures) ? failures : []), { step, _tag, message }])
  })

/** What a mapping makes of the data. What is not there is left out. */
const make = (
  mapping: Spec.Mapping,
  data: Reference.Data,
  step: string
): Effect.Effect<Schema.Json | undefined, MappingFailed> => {
  switch (mapping._tag) {
    case "Literal":
      return Effect.succeed(mapping.value)
    case "LookUp":
      return Effect.succeed(Reference.find(mapping.reference, data))
    case "Object":
      return Effect.map(
        Effect.forEach(
          mapping.fields,
          ({ key, mapping }) => Effect.map(make(mapping, data, step), (value) => ({ key, value }))
        ),
        (fields) => Object.fromEntries(fields.flatMap(({ key, value }) => value === undefined ? [] : [[key, value]]))
      )
    case "List":
      return Effect.map(
        Effect.forEach(
          mapping.items,
          ({ mapping, spread }) =>
            Effect.flatMap(
              make(mapping, data, step),
              (value): Effect.Effect<ReadonlyArray<Schema.Json>, MappingFailed> => {
                if (value === undefined) return Effect.succeed([])
                if (!spread) return Effect.succeed([value])
                if (Array.isArray(value)) return Effect.succeed(value)
                const path = mapping._tag === "LookUp" ? mapping.reference.text : mapping.node.path
                return Effect.fail(new MappingFailed({ step, path, reason: "is not a list" }))
              }
            )
        ),
        (items) => items.flat()
      )
  }
}

const encode = (agent: Agent.Any, value: unknown): Effect.Effect<Schema.Json, InvalidOutput> =>
  JsonOutput.ofRun(agent)(value)
