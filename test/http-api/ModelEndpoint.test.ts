/**
 * An agent that asks a model, as an endpoint: its answer and its failures reach a client with their types.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { AiError } from "effect/ai"
import { HttpRouter } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiClient, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { Agent, InvalidInput, LlmAgent } from "greenlang"
import { Reply, ScriptedLlm } from "greenlang/testing"

const Triage = LlmAgent.make("Triage", {
  version: "1.0.0",
  input: Schema.Struct({ letter: Schema.String }),
  output: Schema.Struct({ urgent: Schema.Boolean }),
  error: LlmAgent.Failure,
  instructions: "Sort.",
  limits: { turns: 1 }
})

const triage = HttpApiEndpoint.post("triage", "/triage", {
  payload: Schema.toEncoded(Triage.input),
  success: Triage.output,
  error: [Triage.error.pipe(HttpApiSchema.status(502)), InvalidInput.pipe(HttpApiSchema.status(422))]
})
const Api = HttpApi.make("Letters").add(HttpApiGroup.make("letters", { topLevel: true }).add(triage))

const serve = (...script: ReadonlyArray<ScriptedLlm.Line>) => {
  const model = ScriptedLlm.layer(...script)
  const Handlers = HttpApiBuilder.group(
    Api,
    "letters",
    (handlers) =>
      Effect.succeed(handlers.handleAll({
        triage: ({ payload }) =>
          Agent.call(Triage, payload).pipe(
            Effect.catchTag(["InvalidOutput", "NestedTooDeep", "TimedOut"], Effect.die),
            Effect.provide(model)
          )
      }))
  )
  return HttpRouter.serve(HttpApiBuilder.layer(Api), { disableLogger: true, disableListenLog: true }).pipe(
    Layer.provide(Handlers),
    Layer.provideMerge(NodeHttpServer.layerTest)
  )
}

const ask = (...script: ReadonlyArray<ScriptedLlm.Line>) =>
  HttpApiClient.make(Api).pipe(
    Effect.flatMap(({ triage }) => triage({ payload: { letter: "By Friday." } })),
    Effect.provide(serve(...script))
  )

describe("the endpoint of an agent with a model", () => {
  it.live("answers with what the model gave", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* ask(Reply.call("final_answer", { urgent: true })), { urgent: true })
    }))

  it.live("fails as the agent does, and sends no secret header of the vendor", () =>
    Effect.gen(function*() {
      const stopped = yield* Effect.flip(ask(Reply.call("unknown", {})))
      assert(stopped._tag === "ToolLoopStopped")
      assert.strictEqual(stopped.cap, "turns")

      const http = { response: { status: 400, headers: { "set-cookie": Redacted.make("a-cookie") } } }
      const refused = yield* Effect.flip(ask(new AiError.InvalidRequestError({ description: "no", http })))
      assert(refused._tag === "AiError" && refused.reason._tag === "InvalidRequestError")
      assert.deepStrictEqual(refused.reason.http?.response?.headers, { "set-cookie": "<redacted>" })
    }))
})
