import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Ref, Schema } from "effect"
import { Chat, type Prompt } from "effect/ai"
import type { Persistence } from "effect/persistence"
import { SqlClient } from "effect/sql"
import { Agent, LlmAgent, Tool } from "greenlang"
import * as Database from "greenlang/database/Database"
import * as Conversation from "greenlang/llm/Conversation"
import { FakeProvider, Reply, ScriptedLlm } from "greenlang/testing"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expectTypeOf } from "vitest"
import * as NodeFlags from "../support/NodeFlags.ts"
import * as VendorRules from "../support/VendorRules.ts"
import * as Wires from "../support/Wires.ts"

const conversations = Layer.provideMerge(Conversation.layer, Database.layerMemory)

const ask = (instructions: string) => LlmAgent.make("Ask", { version: "1.0.0", input: Schema.String, instructions })
const Ask = ask("Answer in a word.")

const read = Tool.make("read", {
  description: "Reads a meter",
  input: Schema.Struct({ meter: Schema.String }),
  output: Schema.Finite,
  execute: () => Effect.succeed(400)
})

const texts = ({ content }: Prompt.Prompt) =>
  content.map((message) =>
    typeof message.content === "string"
      ? `${message.role}: ${message.content}`
      : `${message.role}: ${message.content.map((part) => part.type === "text" ? part.text : part.type).join(", ")}`
  )

describe("Conversation", () => {
  it.effect("goes on where the last turn ended, under the instructions of today", () =>
    Effect.gen(function*() {
      const { requests } = yield* ScriptedLlm.Asked
      yield* Ask.run("The capital of France?").pipe(Conversation.within("a"))
      yield* ask("Answer at length.").run("And of Spain?").pipe(Conversation.within("a"))
      assert.deepStrictEqual((yield* requests).map(({ prompt }) => texts(prompt)), [
        ["system: Answer in a word.", "user: The capital of France?"],
        ["system: Answer at length.", "user: The capital of France?", "assistant: Paris", "user: And of Spain?"]
      ])
      assert.deepStrictEqual(texts(yield* Conversation.history("a")), [
        "user: The capital of France?",
        "assistant: Paris",
        "user: And of Spain?",
        "assistant: Madrid"
      ])
      assert.deepStrictEqual(texts(yield* Conversation.history("b")), [])
      yield* Conversation.remove("a")
      assert.deepStrictEqual(texts(yield* Conversation.history("a")), [])
    }).pipe(Effect.provide(Layer.merge(ScriptedLlm.layer("Paris", "Madrid"), conversations))))

  it("says in its type how a turn can fail, and what it needs", () => {
    class Other extends Schema.TaggedError<Other>()("Other", {}) {}
    expectTypeOf(Conversation.within("a")(Effect.fail(new Other()))).toEqualTypeOf<
      Effect.Effect<
        never,
        Other | Conversation.ConversationChanged | Conversation.ConversationNotKept,
        Persistence.BackingPersistence
      >
    >()
  })

  it.effect("keeps a typed answer, and not what agents behind tools say", () =>
    Effect.gen(function*() {
      const Inner = LlmAgent.make("Inner", { version: "1.0.0", input: Schema.String, instructions: "Inner." })
      const Outer = LlmAgent.make("Outer", {
        version: "1.0.0",
        input: Schema.String,
        output: Schema.Struct({ n: Schema.Finite }),
        instructions: "Outer.",
        tools: [Agent.tool(Inner)]
      })
      const model = ScriptedLlm.layer(Reply.call("Inner", "well?"), "inner words", Reply.call("final_answer", { n: 1 }))
      const { value } = yield* Outer.run("Go").pipe(Conversation.within("a"), Effect.provide(model))
      assert.deepStrictEqual(value, { n: 1 })
      assert.deepStrictEqual(texts(yield* Conversation.history("a")), [
        "user: Go",
        "assistant: tool-call",
        "tool: tool-result",
        "assistant: tool-call",
        "tool: tool-result"
      ])
    }).pipe(Effect.provide(conversations)))

  it.effect("is saved before each wait, so that an interruption loses nothing", () =>
    Effect.gen(function*() {
      const reached = yield* Deferred.make<void>()
      const slow = Tool.make("slow", {
        description: "Never ends",
        input: Schema.Struct({}),
        output: Schema.Void,
        execute: () => Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
      })
      const Slow = LlmAgent.make("Slow", { version: "1.0.0", input: Schema.String, instructions: "", tools: [slow] })
      const turn = Slow.run("Go").pipe(
        Conversation.within("a"),
        Effect.provide(ScriptedLlm.layer(Reply.call("slow", {})))
      )
      const fiber = yield* Effect.forkChild(turn)
      yield* Deferred.await(reached)
      const during = yield* Conversation.history("a")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(texts(during), ["user: Go", "assistant: tool-call", "tool: tool-result"])
      assert.deepStrictEqual(texts(yield* Conversation.history("a")), texts(during))
    }).pipe(Effect.provide(conversations)))

  it.effect("fails with ConversationChanged where another turn was faster, and loses nothing of that", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const wait = Tool.make("wait", {
        description: "Waits",
        input: Schema.Struct({}),
        output: Schema.Void,
        execute: () => Effect.andThen(Deferred.succeed(started, undefined), Deferred.await(go))
      })
      const Waits = LlmAgent.make("Waits", { version: "1.0.0", input: Schema.String, instructions: "", tools: [wait] })
      const slow = yield* Waits.run("slow").pipe(
        Conversation.within("a"),
        Effect.provide(ScriptedLlm.layer(Reply.call("wait", {}), "done")),
        Effect.flip,
        Effect.forkChild
      )
      yield* Deferred.await(started)
      yield* Ask.run("fast").pipe(Conversation.within("a"), Effect.provide(ScriptedLlm.layer("yes")))
      yield* Deferred.succeed(go, undefined)
      assert.deepStrictEqual(yield* Fiber.join(slow), new Conversation.ConversationChanged({ id: "a" }))
      assert.deepStrictEqual(texts(yield* Conversation.history("a")).slice(-2), ["user: fast", "assistant: yes"])
    }).pipe(Effect.provide(conversations)))

  it.effect("fails with ConversationNotKept where the database cannot be read or written", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const drop = Effect.orDie(sql`DROP TABLE conversations`)
      const drops = Tool.make("drops", {
        description: "Drops",
        input: Schema.Struct({}),
        output: Schema.Void,
        execute: () => Effect.asVoid(drop)
      })
      const Drops = LlmAgent.make("Drops", { version: "1.0.0", input: Schema.String, instructions: "", tools: [drops] })
      const turn = (agent: typeof Drops) =>
        agent.run("Go").pipe(
          Conversation.within("a"),
          Effect.provide(ScriptedLlm.layer(Reply.call("drops", {}), "done")),
          Effect.flip
        )
      const keeping = yield* turn(Drops)
      assert(keeping._tag === "ConversationNotKept")
      assert.strictEqual(keeping.operation, "keep")
      const reading = yield* turn(Drops)
      assert(reading._tag === "ConversationNotKept")
      assert.strictEqual(reading.operation, "read")
      assert.include(reading.message, "the conversation a could not be read")
    }).pipe(Effect.provide(conversations)))

  it.effect("is one that a Chat of effect/ai opens, and goes on with", () =>
    Effect.gen(function*() {
      yield* Ask.run("The capital of France?").pipe(
        Conversation.within("a"),
        Effect.provide(ScriptedLlm.layer("Paris"))
      )
      const chat = yield* Effect.flatMap(Chat.Persistence, (chats) => chats.get("a"))
      assert.strictEqual((yield* Ref.get(chat.history)).content.length, 2)
      yield* chat.generateText({ prompt: "And of Spain?" }).pipe(Effect.provide(ScriptedLlm.layer("Madrid")))
      assert.strictEqual(texts(yield* Conversation.history("a")).at(-1), "assistant: Madrid")
    }).pipe(
      Effect.provide(Layer.provideMerge(Chat.layerPersisted({ storeId: "conversations" }), conversations))
    ))

  it.effect("begins a turn within its bound of tokens, with whole turns", () =>
    Effect.gen(function*() {
      const { requests } = yield* ScriptedLlm.Asked
      const Reads = LlmAgent.make("Reads", { version: "1.0.0", input: Schema.String, instructions: "", tools: [read] })
      const turn = (text: string) => Reads.run(text).pipe(Conversation.within("a", { maxTokens: 300 }))
      yield* turn("first")
      yield* turn("second")
      yield* turn("third")
      const prompts = (yield* requests).map(({ prompt }) => texts(prompt))
      // the first turn is too long alone, and of the last turn what followed last always stays
      assert.deepStrictEqual(prompts[2]!.map((text) => text.slice(0, 15)), [
        "system: ",
        "user: first",
        "assistant: long",
        "user: second"
      ])
      assert.deepStrictEqual(prompts[3], ["system: ", "user: second", "assistant: short", "user: third"])
    }).pipe(Effect.provide(Layer.merge(
      ScriptedLlm.layer(Reply.call("read", { meter: "hall" }), "long ".repeat(400), "short", "end"),
      conversations
    ))))
})

const root = join(import.meta.dirname, "../..")

for (const wire of Wires.wires) {
  describe(`a process that was killed in the middle of a tool loop, at ${wire.name}`, () => {
    it.live("leaves a history that the vendor takes, with all that was known [B147]", () =>
      Effect.gen(function*() {
        const folder = mkdtempSync(join(tmpdir(), "greenlang-conversation-"))
        yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
        const filename = join(folder, "chat.db")
        const child = spawn(process.execPath, [...NodeFlags.forChild, "test/llm/fixtures/turn.ts"], {
          cwd: root,
          env: NodeFlags.environment({ GREENLANG_DATABASE: filename }),
          stdio: ["ignore", "pipe", "inherit"]
        })
        const [line] = yield* Effect.promise(() => once(child.stdout, "data"))
        assert.include(String(line), "in tool")
        child.kill("SIGKILL")
        yield* Effect.promise(() => once(child, "close"))

        const server = yield* FakeProvider
        yield* server.script("Hall took 400. Roof is not known.")
        const Reads = LlmAgent.make("Ask", {
          version: "2.0.0",
          input: Schema.String,
          instructions: "New.",
          tools: [read]
        })
        const layer = Layer.provide(Conversation.layer, Database.layerSqlite({ filename }))
        const { value } = yield* Reads.run("So?").pipe(
          Conversation.within("meters"),
          Effect.provide(Layer.merge(wire.model, layer))
        )
        assert.strictEqual(value, "Hall took 400. Roof is not known.")
        const journal = yield* server.until((journal) => journal.every(({ ending }) => ending !== "open"))
        assert.deepStrictEqual(journal.flatMap(VendorRules.faultsOf), [])
        const sent = JSON.stringify(journal.at(-1)!.body)
        assert.include(sent, "What did hall and roof take?")
        assert.include(sent, "400")
        assert.include(sent, "this call was interrupted: whether it had an effect is not known")
      }).pipe(Effect.scoped, Effect.provide(FakeProvider.layer())))
  })
}
