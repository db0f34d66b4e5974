/**
 * What several processes share in a database, on PostgreSQL. The modules' own tests run it on SQLite.
 */
import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Schema } from "effect"
import { Approval, type InvalidInput, LlmAgent, Tool } from "greenlang"
import * as Conversation from "greenlang/llm/Conversation"
import { ApprovalQueue } from "greenlang/orchestrator"
import { Reply, ScriptedLlm } from "greenlang/testing"
import { Postgres } from "../support/Postgres.ts"

const agent = (tools: ReadonlyArray<Tool.Tool<{}, void, InvalidInput>>) =>
  LlmAgent.make("Ask", { version: "1.0.0", input: Schema.String, instructions: "", tools })

layer(Postgres.layer, { excludeTestServices: true })("on PostgreSQL", (it) => {
  it.layer(Layer.fresh(Postgres.layerDatabase))((it) => {
    it.effect("one process asks for an approval and another one decides", () =>
      Effect.gen(function*() {
        const asking = Approval.use(({ ask }) => ask({ run: "1", step: "pay", text: "Pay?" })).pipe(
          Effect.provide(Layer.provide(ApprovalQueue.layerApproval, ApprovalQueue.layer({ interval: "10 millis" })))
        )
        const deciding = Effect.gen(function*() {
          const queue = yield* ApprovalQueue
          const first = yield* Effect.repeat(queue.open, { until: (open) => open.length > 0 })
          yield* queue.decide(first[0]!.id, { approved: true, by: "Ada" })
          const again = yield* Effect.flip(queue.decide(first[0]!.id, { approved: false }))
          return [first[0]!.text, again._tag]
        }).pipe(Effect.provide(ApprovalQueue.layer()))
        const [decision, decided] = yield* Effect.all([asking, deciding], { concurrency: 2 })
        assert.deepStrictEqual(decision, { approved: true, by: "Ada" })
        assert.deepStrictEqual(decided, ["Pay?", "AlreadyDecided"])
      }))

    it.effect("a conversation goes on, and a turn that was overtaken fails", () =>
      Effect.gen(function*() {
        const started = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        const wait = Tool.make("wait", {
          description: "Waits",
          input: Schema.Struct({}),
          output: Schema.Void,
          execute: () => Effect.andThen(Deferred.succeed(started, undefined), Deferred.await(go))
        })
        const slow = yield* Effect.forkChild(
          Effect.flip(
            agent([wait]).run("slow").pipe(
              Conversation.within("a"),
              Effect.provide(ScriptedLlm.layer(Reply.call("wait", {}), "done"))
            )
          )
        )
        yield* Deferred.await(started)
        yield* agent([wait]).run("fast").pipe(Conversation.within("a"), Effect.provide(ScriptedLlm.layer("yes")))
        yield* Deferred.succeed(go, undefined)
        assert.strictEqual((yield* Fiber.join(slow))._tag, "ConversationChanged")
        const { content } = yield* Conversation.history("a")
        assert.deepStrictEqual(content.slice(-2).map(({ role }) => role), ["user", "assistant"])
        yield* Conversation.remove("a")
        assert.strictEqual((yield* Conversation.history("a")).content.length, 0)
      }).pipe(Effect.provide(Conversation.layer)))
  })
})
