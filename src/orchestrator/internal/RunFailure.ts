/**
 * What a run by name failed with, and what its steps had answered by then.
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Agent from "../../agent/Agent.ts"
import { InvalidInput } from "../../agent/AgentError.ts"
import * as StepOrigin from "../../agent/internal/StepOrigin.ts"
import * as Described from "../../internal/Described.ts"
import * as StepAnswer from "../../pipeline/file/StepAnswer.ts"
import * as Pipeline from "../../pipeline/Pipeline.ts"
import { PipelineFailed } from "../../pipeline/PipelineFailed.ts"
import { RunFailed } from "../OrchestratorError.ts"
import { PolicyDenied } from "../Policy.ts"
import * as RunRecorder from "../RunRecorder.ts"

/** The `InvalidInput` of the agent itself, the `PolicyDenied` of this run, or else a `RunFailed`. */
export const of = Effect.fnUntraced(function*(
  agent: Agent.Any,
  { id, redaction }: RunRecorder.Draft,
  reason: Cause.Fail<unknown>
) {
  const { error } = reason
  if (Described.isInstance(error, InvalidInput) && error.agent === agent.name) return error
  if (Described.isInstance(error, PolicyDenied) && error.runId === id) return error
  const partial = new Map<string, Schema.Json>()
  if (Described.isInstance(error, PipelineFailed) && Pipeline.isPipeline(agent)) {
    for (const { name, output } of agent.steps) {
      const json = Object.hasOwn(error.partial, name) ? yield* answer(output, error.partial[name]) : undefined
      if (json !== undefined) partial.set(name, json)
    }
  }
  return new RunFailed({
    runId: id,
    agent: agent.name,
    failures: redaction()(RunRecorder.failures(error, StepOrigin.of(reason)?.path)),
    partial: redaction()(Object.fromEntries(partial)),
    steps: Described.isInstance(error, PipelineFailed) ? error.report.steps : [],
    cause: Described.isInstance(error, PipelineFailed) && error.errors.length > 0 ? error.errors[0]?.error : error
  })
})

/** The answer of a step, where its schema, or what it is, makes it JSON. */
const answer = (schema: Schema.Constraint | undefined, value: unknown) =>
  StepAnswer.is(value)
    ? Effect.succeed(value._tag === "Answer" ? value.shown : undefined)
    : RunRecorder.json(schema ?? Schema.Json, value)
