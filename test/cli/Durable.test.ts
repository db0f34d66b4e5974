/**
 * The commands for durable runs, beside workers that are processes, on one SQLite file.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule, Struct } from "effect"
import { Durable } from "greenlang/durable"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import * as Binary from "../support/Binary.ts"
import * as CommandLine from "../support/CommandLine.ts"
import { Trip } from "../support/DurablePipelines.ts"
import { versions } from "../support/DurableVersions.ts"

const configOf = (file: string) => ["--config", join(import.meta.dirname, "../support", file)]
const config = configOf("DurableProject.ts")

type Env = Readonly<Record<string, string>>

/** Without `GREENLANG_DATABASE`, but for that of `env`. */
const runIn = (env: Env, ...args: ReadonlyArray<string>) =>
  CommandLine.runPromise([...args, ...config], { env: { GREENLANG_DATABASE: undefined, ...env } })

/** The same in a process of its own. */
const startIn = (env: Env, ...args: ReadonlyArray<string>) =>
  Binary.start([...args, ...config], { env: { GREENLANG_DATABASE: undefined, ...env } })

/** Runs a command in this process, on the durable runs of `file`. */
const run = (file: string, ...args: ReadonlyArray<string>) => runIn({}, ...args, "--file", file)

/** The same in a process of its own. */
const runApart = (file: string, ...args: ReadonlyArray<string>) => startIn({}, ...args, "--file", file).ended

/** Ends once the worker works, and has named the pipelines that it leaves out. */
const startWorker = (file: string) => startWorkerIn({}, "--file", file)

const startWorkerIn = async (env: Env, ...args: ReadonlyArray<string>) => {
  const { ended, process } = startIn(env, "worker", ...args)
  const written = { out: "", error: "" }
  process.stdout.on("data", (text: string) => written.out += text)
  process.stderr.on("data", (text: string) => written.error += text)
  while (!written.out.includes("works on Payment") || !written.error.endsWith("\n")) {
    await Promise.race([once(process.stdout, "data"), once(process.stderr, "data")])
  }
  return {
    left: () => written.error,
    said: () => written.out,
    stop: () => {
      process.kill("SIGTERM")
      return ended
    }
  }
}

describe("greenlang worker, submit, status, events, approve, cancel, retry, runs", () => {
  it("run a pipeline of the project durably, and decide what it asks [B170]", async () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-cli-durable-"))
    try {
      const file = join(folder, "runs.db")
      const submitted = await runApart(file, "submit", "Payment", "{\"n\":5}", "--key", "invoice 5")
      const { id, state, waitingFor } = JSON.parse(submitted.stdout)
      assert.strictEqual(state, "queued")
      assert.deepStrictEqual(waitingFor, [{ for: "worker", pipeline: "Payment", version: "1.0.0" }])

      const worker = await startWorker(file)
      assert.include(worker.left(), "left out")
      assert.include(worker.said(), `, in the file ${file}`)
      assert.include(worker.left(), "`loose`")
      let status = JSON.parse((await run(file, "status", id)).stdout)
      while (status.state !== "waiting") status = JSON.parse((await run(file, "status", id)).stdout)
      assert.strictEqual(status.waitingFor[0].text, "pay 5?")
      const part = id.slice(0, 13)
      assert.strictEqual(JSON.parse((await run(file, "status", part)).stdout).id, id)
      const listed = JSON.parse((await run(file, "approvals")).stdout)
      assert.deepStrictEqual(
        listed.map((one: { readonly askedAt: string }) => Struct.omit(one, ["askedAt"])),
        [{ id, run: id, step: "sign-off", text: "pay 5?", decide: `greenlang approve ${id} sign-off --file ${file}` }]
      )
      const asked = (await run(file, "approvals", "--format", "text")).stdout
      assert.include(asked, "pay 5?")
      assert.include(asked, `greenlang approve ${id} sign-off`)
      const wrong = await run(file, "approve", id, "paid")
      assert.strictEqual(wrong.code, 2)
      assert.include(wrong.stderr, "it waits for sign-off")
      assert.strictEqual((await runApart(file, "approve", id, "sign-off", "--by", "ada")).code, 0)

      const again = await runApart(file, "submit", "Payment", "{\"n\":5}", "--key", "invoice 5", "--wait")
      assert.strictEqual(JSON.parse(again.stdout).value, true)
      assert.strictEqual(JSON.parse(again.stdout).metadata.runId, id)
      const conflict = await run(file, "submit", "Payment", "{\"n\":6}", "--key", "invoice 5")
      assert.strictEqual(conflict.code, 2)

      const events = (await run(file, "events", id, "--follow")).stdout.trim().split("\n").map((line) =>
        JSON.parse(line)
      )
      assert.strictEqual(events[0]._tag, "RunStarted")
      assert.strictEqual(events.at(-1)._tag, "RunEnded")
      assert.strictEqual((await run(file, "retry", id)).code, 2)
      const cancelled = JSON.parse((await run(file, "submit", "Payment", "{\"n\":7}")).stdout).id
      assert.strictEqual(JSON.parse((await run(file, "cancel", cancelled)).stdout).state, "cancelled")
      assert.strictEqual(JSON.parse((await run(file, "retry", cancelled)).stdout).attempt, 2)
      const runs = JSON.parse((await run(file, "runs", "--state", "completed")).stdout)
      assert.deepStrictEqual(runs.map((one: { readonly id: string }) => one.id), [id])
      assert.strictEqual((await run(file, "status", "nothing")).code, 2)
      assert.strictEqual((await worker.stop()).code, 0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("say on standard error what submit --wait waits for, and how to answer", async () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-cli-wait-"))
    try {
      const file = join(folder, "runs.db")
      const submit = ["submit", "Payment", "{\"n\":5}", "--wait", "--format", "text", "--file", file]
      const { ended, process: waiting } = startIn({}, ...submit)
      let error = ""
      const said = (text: string) =>
        new Promise<void>((resolve) => {
          const look = () => error.includes(text) && resolve()
          waiting.stderr.on("data", look)
          look()
        })
      waiting.stderr.on("data", (text: string) => error += text)
      await said(`waits for a worker that has Payment 1.0.0; start one with \`greenlang worker --file ${file}\``)
      const worker = await startWorker(file)
      await said("waits for an approval of sign-off: pay 5?; answer with `greenlang approve ")
      const [, id = "", step = ""] = /greenlang approve (\S+) (\S+) --file/.exec(error) ?? []
      assert.strictEqual((await run(file, "approve", id, step)).code, 0)
      const second = await run(file, "approve", id, step)
      assert.include(second.stderr, `it was approved by ${userInfo().username}`)
      const { code, stdout } = await ended
      assert.strictEqual(code, 0)
      assert.strictEqual(JSON.parse(stdout).value, true)
      assert.strictEqual(error.split("waits for an approval").length, 2)
      await worker.stop()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("take the beginning of an id that no other run has, and list the runs where several have it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-cli-ids-"))
    try {
      const file = join(folder, "runs.db")
      const submit = async (n: number) => JSON.parse((await run(file, "submit", "Payment", `{"n":${n}}`)).stdout).id
      const first = await submit(1)
      for (const length of [8, 13, 30]) {
        assert.strictEqual(JSON.parse((await run(file, "status", first.slice(0, length))).stdout).id, first)
      }
      const second = await submit(2)
      const shared = [...first].findIndex((letter, at) => letter !== second[at])
      const several = await run(file, "cancel", first.slice(0, shared))
      assert.strictEqual(several.code, 2)
      for (const id of [first, second]) assert.include(several.stderr, id)
      assert.strictEqual(JSON.parse((await run(file, "cancel", first.slice(0, shared + 1))).stdout).state, "cancelled")
      for (const unknown of ["zzzzzzzz", "%%%%", "____"]) {
        const { code, stderr } = await run(file, "status", unknown)
        assert.strictEqual(code, 2)
        assert.include(stderr, `there is no run ${unknown}`)
      }
      const listed = JSON.parse((await run(file, "runs")).stdout)
      for (const one of listed) {
        assert.deepStrictEqual(JSON.parse((await run(file, "status", one.id)).stdout).waitingFor, one.waitingFor)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("find without --file what submit wrote without --file, and say how a run ended", async () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-cli-default-"))
    try {
      for (const env of [{ GREENLANG_DATABASE: join(folder, "stated.db") }, { XDG_DATA_HOME: join(folder, "data") }]) {
        const one = (...args: ReadonlyArray<string>) => runIn(env, ...args)
        const failing = JSON.parse((await startIn(env, "submit", "Charge", "{\"n\":5}").ended).stdout).id
        const paying = JSON.parse((await one("submit", "Payment", "{\"n\":5}")).stdout).id
        const worker = await startWorkerIn(env)
        assert.strictEqual((await one("events", failing, "--follow")).code, 0)
        const failed = JSON.parse((await one("status", failing)).stdout)
        assert.strictEqual(failed.state, "failed")
        assert.strictEqual(failed.failure._tag, "Refused")
        assert.strictEqual(failed.failure.step, "bank/charge")
        assert.match(failed.failure.message, /^the bank refuses/)
        assert.notInclude(failed.failure.message, "sk-proj-abcdefgh")
        const text = (await one("status", failing, "--format", "text")).stdout
        assert.include(text, "failure   Refused at step bank/charge")
        assert.include(text, "the bank refuses")

        while ((await one("approve", paying, "sign-off")).code !== 0) assert.isTrue(existsSync(folder))
        assert.strictEqual((await one("events", paying, "--follow")).code, 0)
        assert.strictEqual(JSON.parse((await one("status", paying)).stdout).value, true)
        assert.include((await one("status", paying, "--format", "text")).stdout, "value     true")
        const [first] = JSON.parse((await one("runs", "--state", "completed")).stdout)
        assert.notProperty(first, "value")
        await worker.stop()
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("make no file where they only ask, and name the one where they looked", async () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-cli-missing-"))
    try {
      const file = join(folder, "mistyped.db")
      for (
        const args of [["status", "x"], ["events", "x"], ["approve", "x", "y"], ["cancel", "x"], ["retry", "x"], [
          "runs"
        ]]
      ) {
        const { code, stderr } = await run(file, ...args)
        assert.strictEqual(code, 2)
        assert.include(stderr, file)
        assert.include(stderr, "--file FILE")
      }
      assert.isFalse(existsSync(file))
      assert.strictEqual((await run(file, "submit", "Payment", "{\"n\":5}")).code, 0)
      const { code, stderr } = await run(file, "status", "x")
      assert.strictEqual(code, 2)
      assert.include(stderr, `This is the file ${file}`)
      assert.strictEqual(
        (await runIn({ GREENLANG_DATABASE: ":memory:" }, "submit", "Payment", "{\"n\":5}")).code,
        2
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("print where the time of a run went, as a table or as JSON", async () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-cli-report-"))
    try {
      const file = join(folder, "runs.db")
      const pipelines = [Trip] as const
      const id = await Effect.runPromise(
        Effect.gen(function*() {
          const id = yield* Durable.submit(Trip, { n: 1 })
          const asked = Effect.repeat(Durable.status(id), {
            until: ({ waitingFor }) => waitingFor.some((wait) => wait.for === "approval"),
            schedule: Schedule.spaced("20 millis")
          })
          yield* asked
          yield* Durable.approve(id, "ok", { approved: true })
          yield* Durable.result(id, Trip)
          return id
        }).pipe(Effect.provide(Durable.layerEmbedded({ pipelines, file, survives: "process" })))
      )
      const json = JSON.parse((await CommandLine.runPromise(["status", id, "--report", "--file", file])).stdout)
      assert.deepStrictEqual(
        json.report.steps.map(({ path, state }: { readonly path: ReadonlyArray<string>; readonly state: string }) =>
          `${path.join("/")} ${state}`
        ),
        ["first finished", "nap finished", "ok finished", "last finished"]
      )
      assert.deepStrictEqual(json.report.criticalPath, ["first", "nap", "ok", "last"])
      const text = await CommandLine.runPromise(["status", id, "--report", "--format", "text", "--file", file])
      assert.match(text.stdout, /completed[^]*\* nap .* s\n/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("know the versions of a pipeline, print the id of a run that is waited for, and retry on another input", async () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-cli-versions-"))
    try {
      const file = join(folder, "runs.db")
      const run = (...args: ReadonlyArray<string>) =>
        CommandLine.runPromise([...args, "--file", file, ...configOf("DurableVersions.ts")])
      const versionOf = async (name: string) => JSON.parse((await run("submit", name, "{\"n\":1}")).stdout).version
      assert.deepStrictEqual([await versionOf("Checked"), await versionOf("Checked@9.0.0")], ["10.0.0", "9.0.0"])
      const unknown = await run("submit", "Checked@1.0.0", "{\"n\":1}")
      assert.strictEqual(unknown.code, 2)
      assert.include(unknown.stderr, "Its versions: 9.0.0, 10.0.0.")
      await Effect.runPromise(Effect.provide(
        Effect.promise(async () => {
          const failed = await run("submit", "Checked@9.0.0", "{\"n\":11}", "--wait")
          assert.strictEqual(failed.code, 1)
          const { _tag, id } = JSON.parse(failed.stderr.split("\n")[0] ?? "")
          assert.strictEqual(_tag, "Submitted")
          assert.strictEqual((await run("retry", id, "{\"n\":\"5\"}")).code, 1)
          assert.strictEqual(JSON.parse((await run("retry", id, "{\"n\":5}")).stdout).attempt, 2)
          assert.strictEqual((await run("events", id, "--follow")).code, 0)
          assert.strictEqual(JSON.parse((await run("status", id)).stdout).value, "9.0.0")
        }),
        Durable.layerEmbedded({ pipelines: versions, file })
      ))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("ask the policies of the project before a run is accepted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-cli-policies-"))
    try {
      const where = ["--file", join(folder, "runs.db")]
      const args = ["submit", "Payment", "{\"n\":5}", ...where, ...configOf("DurablePolicies.ts")]
      const { code, stderr } = await CommandLine.runPromise(args)
      assert.strictEqual(code, 1)
      assert.include(stderr, "nothing does not let Payment run: no")
      assert.strictEqual((await CommandLine.runPromise(["runs", ...where])).stdout, "[]\n")
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
