import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Logger, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Approval } from "greenlang"
import * as Database from "greenlang/database/Database"
import { ApprovalQueue } from "greenlang/orchestrator"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Binary from "../support/Binary.ts"
import * as CommandLine from "../support/CommandLine.ts"
import * as OwnProject from "../support/OwnProject.ts"

const question = { run: "run-1", step: "pay", text: "Pay 100 euros?" }

const test = <A, E>(
  program: Effect.Effect<A, E, ApprovalQueue | Approval | Scope.Scope>,
  options?: Parameters<typeof ApprovalQueue.layer>[0]
) =>
  program.pipe(
    Effect.provide(ApprovalQueue.layerApproval.pipe(
      Layer.provideMerge(ApprovalQueue.layer(options)),
      Layer.provide(Database.layerMemory)
    ))
  )

const ask = Approval.use(({ ask }) => ask(question))

/** Until `ready`: the database answers in real time. */
const until = <A>(look: Effect.Effect<A, unknown>, ready: (a: A) => boolean) =>
  Effect.gen(function*() {
    while (true) {
      const found = yield* Effect.orDie(look)
      if (ready(found)) return found
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    }
  })

/** What the question came to. Moves the clock until it is known: the queue looks once a second. */
const decided = <A, E>(asking: Fiber.Fiber<A, E>) =>
  Effect.andThen(
    until(Effect.as(TestClock.adjust("1 second"), asking), (asking) => asking.pollUnsafe() !== undefined),
    Fiber.join(asking)
  )

const one = Effect.flatMap(ApprovalQueue, ({ open }) => until(open, (open) => open.length === 1))

describe("ApprovalQueue", () => {
  it.effect("keeps a question open until it is decided, once", () =>
    test(Effect.gen(function*() {
      const queue = yield* ApprovalQueue
      const asking = yield* Effect.forkChild(ask)
      const [open] = yield* one
      assert.deepInclude(open, question)
      yield* queue.decide(open!.id.slice(-12), { approved: true, by: "Ada", comment: "go on" })
      assert.deepStrictEqual(yield* decided(asking), { approved: true, by: "Ada", comment: "go on" })
      assert.deepStrictEqual(yield* queue.open, [])
      const late = yield* Effect.flip(queue.decide(open!.id, { approved: false }))
      assert.include(late.message, "was approved by Ada before")
      assert.strictEqual((yield* Effect.flip(queue.decide("nothing", { approved: true })))._tag, "QuestionNotFound")
    })))

  it.effect("withdraws the question of a run that is interrupted", () =>
    test(Effect.gen(function*() {
      const queue = yield* ApprovalQueue
      const asking = yield* Effect.forkChild(ask)
      const [open] = yield* one
      yield* Fiber.interrupt(asking)
      assert.deepStrictEqual(yield* queue.open, [])
      assert.strictEqual((yield* Effect.flip(queue.decide(open!.id, { approved: true })))._tag, "QuestionNotFound")
    })))

  it.effect("lets a run that asks the same again take up the question that its killed process has left", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      // a process each
      const process = Effect.map(
        Layer.build(Layer.fresh(ApprovalQueue.layer())),
        (all) => Context.get(all, ApprovalQueue)
      )
      const [killed, next, person] = yield* Effect.all([process, process, process])
      yield* Effect.forkChild(killed.ask(question))
      const [first] = yield* until(person.open, (open) => open.length === 1)
      const asker = sql<{ readonly asker: string }>`SELECT asker FROM approval_queue`
      const [before] = yield* asker
      const asking = yield* Effect.forkChild(next.ask(question))
      yield* until(asker, ([now]) => now?.asker !== before?.asker)
      yield* person.decide(first!.id, { approved: true, by: "Ada" })
      assert.deepStrictEqual(yield* decided(asking), { approved: true, by: "Ada" })
      assert.strictEqual((yield* asker).length, 1)
      // once it has the decision, the same question is a new one
      const again = yield* Effect.forkChild(killed.ask(question))
      yield* until(person.open, (open) => open.length === 1)
      yield* Fiber.interrupt(again)
    }).pipe(Effect.provide(Database.layerMemory)))

  it.effect("refuses when the time is up, and a decision that comes later is refused, too", () =>
    test(
      Effect.gen(function*() {
        const queue = yield* ApprovalQueue
        const asking = yield* Effect.forkChild(ask)
        const [open] = yield* one
        yield* until(Effect.andThen(TestClock.adjust("10 minutes"), queue.open), (open) => open.length === 0)
        assert.deepStrictEqual(yield* Fiber.join(asking), {
          approved: false,
          comment: "there was no decision within 10m"
        })
        assert.strictEqual((yield* Effect.flip(queue.decide(open!.id, { approved: true })))._tag, "AlreadyDecided")
      }),
      { timeout: "10 minutes", interval: "10 minutes" }
    ))

  it.effect("refuses what goes over its bound, at once", () =>
    test(
      Effect.gen(function*() {
        yield* Effect.forkChild(ask)
        yield* one
        assert.deepStrictEqual(yield* ask, { approved: false, comment: "1 other questions wait for a decision" })
      }),
      { capacity: 1 }
    ))

  it.effect("goes on looking for a decision while the database fails, and logs that once", () => {
    const logged: Array<unknown> = []
    const logger = Logger.layer([Logger.make(({ message }) => logged.push(message))])
    return Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const queue = yield* ApprovalQueue
      const asking = yield* Effect.forkChild(queue.ask(question))
      const [open] = yield* until(queue.open, (open) => open.length === 1)
      yield* sql`ALTER TABLE approval_queue RENAME TO away`
      yield* until(TestClock.adjust("1 second"), () => logged.length > 0)
      for (let n = 0; n < 5; n++) {
        yield* TestClock.adjust("1 second")
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      }
      yield* sql`ALTER TABLE away RENAME TO approval_queue`
      yield* queue.decide(open!.id, { approved: true })
      assert.deepStrictEqual(yield* decided(asking), { approved: true })
      assert.strictEqual(logged.length, 1)
    }).pipe(Effect.provide(Layer.mergeAll(Layer.provideMerge(ApprovalQueue.layer(), Database.layerMemory), logger)))
  })

  it.effect("refuses where the database does not answer", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(
        Layer.provideMerge(ApprovalQueue.layer(), Database.layerMemory),
        scope
      )
      yield* Scope.close(scope, yield* Effect.exit(Effect.void))
      const { approved, comment } = yield* Context.get(context, ApprovalQueue).ask(question)
      assert.isFalse(approved)
      assert.include(comment, "the question could not be asked")
    }))
})

const config = `
import { Effect, Layer, Schema } from "effect"
import { LlmAgent, Tool } from "greenlang"
import * as Database from "greenlang/database/Database"
import { ApprovalQueue } from "greenlang/orchestrator"
import { Project } from "greenlang/project"
import { Reply, ScriptedLlm } from "greenlang/testing"

const pay = Tool.make("pay", {
  description: "Pays", input: Schema.Struct({ euros: Schema.Finite }), output: Schema.String,
  execute: ({ euros }) => Effect.succeed("paid " + euros)
})
const Payer = LlmAgent.make("Payer", {
  version: "1.0.0", input: Schema.String, instructions: "Pay.",
  tools: [Tool.approval(pay, ({ euros }) => "Pay " + euros + " euros?")],
  output: Schema.String
})
const model = ScriptedLlm.layer(Reply.call("pay", { euros: 100 }), "done")
const queue = ApprovalQueue.layerApproval.pipe(
  Layer.provide(ApprovalQueue.layer({ interval: "20 millis" })), Layer.provide(Database.layerConfig)
)
export default Project.make({ agents: [Payer], layer: Layer.merge(model, queue) })
`

describe("two processes", () => {
  it("ask and decide: one waits, the other answers by greenlang approvals [B146]", async () => {
    using own = OwnProject.make({ "greenlang.config.ts": config })
    const folder = mkdtempSync(join(tmpdir(), "greenlang-approvals-"))
    const options = { cwd: own.path, env: { GREENLANG_DATABASE: join(folder, "queue.db") } }
    const open = async (): Promise<ReadonlyArray<Record<string, string>>> => {
      const { stdout } = await CommandLine.runPromise(["approvals", "--json"], options)
      return JSON.parse(stdout)
    }
    const waitFor = async (count: number) => {
      for (;;) {
        const questions = await open()
        if (questions.length === count) return questions
      }
    }
    const run = Binary.start(["run", "Payer", `"Pay"`, "--events"], options)
    const [question] = await waitFor(1)
    assert.deepInclude(question, { step: "pay", text: "Pay 100 euros?" })
    const refused = await Binary.run(
      ["approvals", "refuse", question!["id"]!, "--by", "Ada", "--comment", "too much"],
      options
    )
    assert.deepStrictEqual([refused.code, refused.stderr], [0, ""])
    const { code, stdout } = await run.ended
    assert.strictEqual(code, 0)
    const decided = stdout.split("\n").filter((line) => line.includes("ApprovalDecided")).map((line) =>
      JSON.parse(line)
    )
    assert.deepInclude(decided[0], { approved: false, by: "Ada", comment: "too much" })

    const again = await CommandLine.runPromise(["approvals", "approve", question!["id"]!], options)
    assert.strictEqual(again.code, 1)
    assert.strictEqual(JSON.parse(again.stderr)._tag, "AlreadyDecided")
    const unknown = await CommandLine.runPromise(["approvals", "approve", "nothing"], options)
    assert.strictEqual(unknown.code, 2)
    assert.include(unknown.stderr, "There is no question nothing.")

    const stopped = Binary.start(["run", "Payer", `"Pay"`, "--json"], options)
    await waitFor(1)
    stopped.process.kill("SIGTERM")
    assert.strictEqual((await stopped.ended).code, 143)
    assert.deepStrictEqual(await open(), [])
    rmSync(folder, { recursive: true })
  })
})
