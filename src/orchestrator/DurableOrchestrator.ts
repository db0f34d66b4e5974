/**
 * Pipelines by name, run durably: the policies of an orchestrator decide whether a run is accepted, and the history has its
 * entry once it has ended.
 *
 * 1. Policies are asked once, before a run is accepted. A run that goes on elsewhere, or is retried, does not ask again, nor does a
 *    key that is known.
 * 2. A run that is refused, by a policy or for its input, is in the history, and nowhere else.
 * 3. A run that has ended is kept in the history, by any process with this layer: also one that has ended while there was none. A run
 *    that was retried has one entry, that of its last attempt.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { InvalidInput } from "../agent/AgentError.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import type { DatabaseError } from "../database/DatabaseError.ts"
import * as Durable from "../durable/Durable.ts"
import type { KeyConflict, QueueFull } from "../durable/DurableError.ts"
import type * as Pipeline from "../pipeline/Pipeline.ts"
import * as DurableHistory from "./DurableHistory.ts"
import { History } from "./History.ts"
import * as Attributes from "./internal/Attributes.ts"
import * as OptionNames from "./internal/OptionNames.ts"
import * as PolicyCheck from "./internal/PolicyCheck.ts"
import * as Runnable from "./internal/Runnable.ts"
import { AgentNotFound } from "./OrchestratorError.ts"
import type { Policy, PolicyDenied } from "./Policy.ts"
import * as RunRecorder from "./RunRecorder.ts"

/**
 * @category services
 */
export class DurableOrchestrator extends Context.Service<DurableOrchestrator, {
  /**
   * Submits a run of the pipeline `name`, and answers with its id once every policy has allowed it and it is accepted. `Durable`
   * has its status, events and result. The same `key` is the same run, about which no policy is asked again. Keys of `input` that the
   * schema does not name are an `InvalidInput` too.
   */
  readonly submit: (
    name: string,
    input: unknown,
    options?: Durable.SubmitOptions
  ) => Effect.Effect<
    string,
    AgentNotFound | InvalidInput | PolicyDenied | KeyConflict | QueueFull | DatabaseError
  >
}>()("greenlang/orchestrator/DurableOrchestrator") {
  /**
   * Runs what it submits in the workers of the `Durable` that it is given: one that runs nothing (`Durable.layerClient`) will do. The
   * policies run in this process, with what they need. `attributes` are of every run, and those of a call take precedence.
   *
   * Throws `InvalidDefinition` when two pipelines share a name, a policy has no name or no check, or an option is not known.
   */
  static readonly layer = <const Pipelines extends ReadonlyArray<Pipeline.Any>, R = never>(
    options: {
      readonly pipelines: Pipelines
      readonly policies?: ReadonlyArray<Policy<R>>
      readonly attributes?: Readonly<Record<string, string>>
    } & Durable.Recorded<Pipelines>
  ): Layer.Layer<DurableOrchestrator, DatabaseError, Durable.Durable | History | R> => {
    OptionNames.check(options, ["pipelines", "policies", "attributes"])
    const pipelines = new Map(
      [...Runnable.byName(options.pipelines).values()].map(({ agent }) => [agent.name, agent as Pipeline.Any])
    )
    const policies = PolicyCheck.validateAll(options.policies ?? [])
    return Layer.effect(DurableOrchestrator, make(pipelines, policies, attributesOf(options.attributes)))
  }
}

const attributesOf = (given: Attributes.Attributes | undefined): Attributes.Attributes => {
  const read = Attributes.read(() => given)
  if (Result.isSuccess(read)) return read.success
  const { expected = "texts", message, path } = read.failure
  throw new InvalidDefinition({ subject: "DurableOrchestrator", problem: `${path} ${message}`, expected })
}

/** How many runs of each pipeline it looks at when it starts, and the most that it looks at again, which may be retried. */
const mostMissed = 100

/** How often it looks whether a run was retried. */
const lookEvery = "2 seconds"

const make = Effect.fnUntraced(function*<R>(
  pipelines: ReadonlyMap<string, Pipeline.Any>,
  policies: ReadonlyArray<Policy<R>>,
  attributes: Attributes.Attributes
) {
  const history = yield* History
  const durable = yield* Durable.Durable
  const scope = yield* Effect.scope
  const services = yield* Effect.context<R>()
  const followed = new Set<string>()
  /** The attempts that ended without an answer, and may be retried. */
  const unanswered = new Map<string, number>()

  /** Keeps a run in the history once it has ended. */
  const keep = (id: string): Effect.Effect<void> =>
    Effect.gen(function*() {
      yield* Stream.runDrain(durable.events(id, { follow: true }))
      const { attempt, state } = yield* durable.status(id)
      if (state !== "completed" && unanswered.size < mostMissed) unanswered.set(id, attempt)
      const known = yield* history.find(id)
      // Another process may have kept it.
      if (Option.exists(known, ({ attributes }) => attributes["attempt"] === `${attempt}`)) return
      yield* DurableHistory.add(id)
    }).pipe(
      Effect.provideService(Durable.Durable, durable),
      Effect.provideService(History, history),
      Effect.catchCause((cause) => Effect.logWarning(`the durable run ${id} could not be kept in the history`, cause))
    )
  const follow = (id: string) =>
    Effect.suspend(() => {
      if (followed.has(id)) return Effect.void
      followed.add(id)
      return Effect.asVoid(
        Effect.forkIn(Effect.ensuring(keep(id), Effect.sync(() => followed.delete(id))), scope)
      )
    })
  for (const pipeline of pipelines.keys()) {
    const query = { pipeline, limit: mostMissed }
    for (const { id } of yield* Effect.catchTag(durable.runs(query), "InvalidInput", Effect.die)) yield* follow(id)
  }

  /** Follows again what was retried. */
  const look = Effect.suspend(() =>
    Effect.forEach([...unanswered], ([id, attempt]) =>
      Effect.flatMap(durable.status(id), (status) => {
        if (status.attempt === attempt) return Effect.void
        unanswered.delete(id)
        return follow(id)
      }), { discard: true })
  )
  const survived = Effect.catchCause(look, (cause) => Effect.logWarning("retried runs could not be read", cause))
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(lookEvery), survived)))

  /** Accepts the run `draft.id`, unless a policy or its input is against it. */
  const accept = (pipeline: Pipeline.Any, input: unknown, key: string | undefined, facts: Attributes.Attributes) =>
    Effect.fnUntraced(function*(draft: RunRecorder.Draft) {
      const { id } = draft
      const { name: agent, version } = pipeline
      const read = yield* RunRecorder.read(pipeline, input, draft)
      const request = { id, agent, version, kind: "pipeline" as const, input: read, attributes: facts }
      const broken: Array<string> = []
      for (const policy of policies) {
        yield* PolicyCheck.ask(policy, request, {
          left: Duration.infinity,
          late: Effect.never,
          broken: (message) => Effect.sync(() => broken.push(message)),
          redact: draft.redaction()
        })
      }
      const attributes = broken.length === 0 ? facts : { ...facts, [brokenPolicy]: broken.join("; ") }
      return { value: yield* durable.submit(pipeline, input, { id, key, attributes }) }
    })

  /** The run keeps its own entry where it is accepted. */
  const end = ({ entry }: RunRecorder.Recorded): Effect.Effect<void> =>
    entry.outcome === "denied" || entry.outcome === "rejected" ? Effect.orDie(history.add(entry)) : Effect.void

  const submit = Effect.fn("DurableOrchestrator.submit")(
    function*(name: string, input: unknown, options?: Durable.SubmitOptions) {
      const pipeline = pipelines.get(name)
      if (pipeline === undefined) {
        return yield* new AgentNotFound({ agent: `${name}`, available: [...pipelines.keys()] })
      }
      const stated = Attributes.read(() => options?.attributes)
      if (Result.isFailure(stated)) return yield* new InvalidInput({ agent: name, issues: [stated.failure] })
      const key = options?.key
      const known = key === undefined ? [] : yield* durable.runs({ pipeline: name, key, limit: 1 })
      // Its input is still compared with that of the run.
      if (known.length > 0) return yield* durable.submit(pipeline, input, { key })
      const facts = { ...attributes, ...stated.success }
      const body = accept(pipeline, input, key, facts)
      const { value: id } = yield* RunRecorder.make({ agent: pipeline, attributes: facts, sinks: [{ end }] }, body)
      yield* follow(id)
      return id
    },
    // What the policies need was checked where the layer was made.
    (self) => Effect.updateContext(self, (caller: Context.Context<never>) => Context.merge(services, caller))
  )

  return DurableOrchestrator.of({ submit })
})

/** The attribute of a run that went on though a policy could not be asked. */
const brokenPolicy = "policy broken"
