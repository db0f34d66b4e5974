import { assert, describe, it } from "@effect/vitest"
import { Console, Effect, Fiber, Layer, Queue, Stdio, Terminal } from "effect"
import { TestClock } from "effect/testing"
import { Approval } from "greenlang"
import * as ApprovalTerminal from "greenlang/cli/ApprovalTerminal"
import { existsSync } from "node:fs"
import * as Binary from "../support/Binary.ts"
import * as CommandLine from "../support/CommandLine.ts"
import * as OwnProject from "../support/OwnProject.ts"

const question = { run: "1", step: "pay", text: "Pay 100 euros?" }

/** A terminal at which a person types `lines`, and what it shows. */
const at = (lines: ReadonlyArray<string>, isTerminal = true) => {
  const shown: Array<string> = []
  const typed = Effect.gen(function*() {
    const queue = yield* Queue.unbounded<string>()
    yield* Queue.offerAll(queue, lines)
    return Terminal.make({
      columns: Effect.succeed(80),
      rows: Effect.succeed(24),
      size: Effect.never,
      readInput: Effect.never,
      readLine: Effect.filterOrFail(Queue.take(queue), (line) => line !== "^D", () => new Terminal.QuitError({})),
      display: () => Effect.void
    })
  })
  const stdio = Stdio.layerTest({
    stdinIsTerminal: Effect.succeed(isTerminal),
    stderrIsTerminal: Effect.succeed(isTerminal)
  })
  const recorder: Console.Console = Object.assign(Object.create(console), { error: (text: string) => shown.push(text) })
  const ask = Approval.use(({ ask }) => ask(question)).pipe(
    Effect.provide(
      ApprovalTerminal.layer({ timeout: "1 minute" }).pipe(
        Layer.provide(Layer.merge(stdio, Layer.effect(Terminal.Terminal, typed)))
      )
    ),
    Effect.provideService(Console.Console, recorder)
  )
  return { ask, shown }
}

describe("ApprovalTerminal", () => {
  it.effect("shows the question, and takes yes, no and a reason", () =>
    Effect.gen(function*() {
      const by = "the person at the terminal"
      const yes = at(["yes"])
      assert.deepStrictEqual(yield* yes.ask, { approved: true, by })
      assert.include(yes.shown[0], "pay asks: Pay 100 euros?")
      assert.deepStrictEqual(yield* at(["N"]).ask, { approved: false, by })
      assert.deepStrictEqual(yield* at(["what?", " no: too much "]).ask, { approved: false, by, comment: "too much" })
    }))

  it.effect("refuses without a terminal, when it is closed, and after five other answers", () =>
    Effect.gen(function*() {
      const comments = yield* Effect.forEach(
        [at(["yes"], false), at(["^D"]), at(["", "maybe", "yess", "1", "later", "yes"])],
        ({ ask }) => ask
      )
      assert.deepStrictEqual(comments.map(({ approved, comment }) => [approved, comment]), [
        [false, "there is no terminal to ask at"],
        [false, "the terminal was closed"],
        [false, "none of 5 answers was yes or no"]
      ])
    }))

  it.effect("refuses when the time is up", () =>
    Effect.gen(function*() {
      const asking = yield* Effect.forkChild(at([]).ask)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* Fiber.join(asking), {
        approved: false,
        comment: "there was no answer within 1m"
      })
    }))
})

const config = `
import { Effect, Schema } from "effect"
import { Pipeline, Step } from "greenlang"
import { Project } from "greenlang/project"

const Pay = Pipeline.make("Pay", {
  version: "1.0.0", input: Schema.Struct({ euros: Schema.Finite }), output: Schema.String
}, (input) => {
  const asked = Step.approval("allowed", [input], ({ euros }) => "Pay " + euros + " euros?")
  return Step.make("paid", [asked], () => Effect.succeed("in full"))
})
export default Project.make({ agents: [Pay] })
`

describe("a run that asks", () => {
  it.runIf(existsSync("/usr/bin/script"))(
    "asks the person at the terminal below its progress, and goes on [B145]",
    async () => {
      using own = OwnProject.make({ "greenlang.config.ts": config })
      const { ended, process } = Binary.startOnTerminal(["run", "Pay", `{"euros":100}`], { cwd: own.path })
      let text = ""
      process.stdout.on("data", (part: string) => {
        if (!text.includes("Answer yes") && (text + part).includes("Answer yes")) process.stdin.write("yes\n")
        text += part
      })
      const { code, stdout } = await ended
      assert.strictEqual(code, 0)
      assert.include(stdout, "allowed asks: Pay 100 euros?")
      assert.include(stdout.slice(stdout.lastIndexOf("Answer yes")), "in full")
    }
  )

  it("is refused where there is no terminal", async () => {
    using own = OwnProject.make({ "greenlang.config.ts": config })
    const { code, stderr } = await CommandLine.runPromise(["run", "Pay", `{"euros":100}`, "--json"], {
      cwd: own.path,
      stdin: "yes\n"
    })
    assert.strictEqual(code, 1)
    assert.match(stderr, /allowed was not approved by a person: there is no terminal/)
  })
})
