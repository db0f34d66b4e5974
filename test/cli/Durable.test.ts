/**
 * The commands for durable runs, as processes on one SQLite file.
 */
import { assert, describe, it } from "@effect/vitest"
import { Struct } from "effect"
import { execFile, spawn } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Binary from "../support/Binary.ts"

const binOf = (config: string) => [
  ...Binary.nodeArguments,
  "--config",
  join(import.meta.dirname, "../support", config)
]
const bin = binOf("DurableProject.ts")

const run = (file: string, ...args: ReadonlyArray<string>) => runWith(bin, file, ...args)

const runWith = (bin: ReadonlyArray<string>, file: string, ...args: ReadonlyArray<string>) =>
  runIn({}, bin, ...args, "--file", file)

/** Without `DATABASE_URL` and `GREENLANG_DATABASE`, but for those of `env`. */
const environment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const { DATABASE_URL: _, GREENLANG_DATABASE: __, ...rest } = process.env
  return { ...rest, ...env }
}

const runIn = (env: NodeJS.ProcessEnv, bin: ReadonlyArray<string>, ...args: ReadonlyArray<string>) =>
  new Promise<{ readonly code: number; readonly out: string; readonly error: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [...bin, ...args],
      { env: environment(env) },
      (_, out, error) => resolve({ code: child.exitCode ?? -1, out, error })
    )
  })

/** Ends once the worker works, and has named the pipelines that it leaves out. */
const startWorker = (file: string) => startWorkerIn({}, "--file", file)

const startWorkerIn = (env: NodeJS.ProcessEnv, ...args: ReadonlyArray<string>) =>
  new Promise<
    { readonly stop: () => Promise<number | null>; readonly left: () => string; readonly said: () => string }
  >((resolve) => {
    const child = spawn(process.execPath, [...bin, "worker", ...args], {
      env: environment(env),
      stdio: ["ignore", "pipe", "pipe"]
    })
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve))
    const written = { out: "", error: "" }
    const look = () => {
      if (!written.out.includes("works on Payment") || !written.error.endsWith("\n")) return
      resolve({
        left: () => written.error,
        said: () => written.out,
        stop: () => {
          child.kill("SIGTERM")
          return ended
        }
      })
    }
    child.stderr.on("data", (data) => {
      written.error += data
      look()
    })
    child.stdout.on("data", (data) => {
      written.out += data
      look()
    })
  })

describe("greenlang worker, submit, status, events, approve, cancel, retry, runs", () => {
  it("run a pipeline of the project durably, and decide what it asks [B170]", async () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-cli-durable-"))
    try {
      const file = join(folder, "runs.db")
      const submitted = await run(file, "submit", "Payment", "{\"n\":5}", "--key", "invoice 5")
      const { id, state, waitingFor } = JSON.parse(submitted.out)
      assert.strictEqual(state, "queued")
      assert.deepStrictEqual(waitingFor, [{ for: "worker", pipeline: "Payment", version: "1.0.0" }])

      const worker = await startWorker(file)
      assert.include(worker.left(), "left out")
      assert.include(worker.said(), `, in the file ${file}`)
      assert.include(worker.left(), "`loose`")
      let status = JSON.parse((await run(file, "status", id)).out)
      while (status.state !== "waiting") status = JSON.parse((await run(file, "status", id)).out)
      assert.strictEqual(status.waitingFor[0].text, "pay 5?")
      const part = id.slice(0, 13)
      assert.strictEqual(JSON.parse((await run(file, "status", part)).out).id, id)
      const listed = JSON.parse((await run(file, "approvals")).out)
      assert.deepStrictEqual(
        listed.map((one: { readonly askedAt: string }) => Struct.omit(one, ["askedAt"])),
        [{ id, run: id, step: "sign-off", text: "pay 5?", decide: `greenlang approve ${id} sign-off --file ${file}` }]
      )
      const asked = (await run(file, "approvals", "--format", "text")).out
      assert.include(asked, "pay 5?")
      assert.include(asked, `greenlang approve ${id} sign-off`)
      const wrong = await run(file, "approve", id, "paid")
      assert.strictEqual(wrong.code, 2)
      assert.include(wrong.error, "it waits for sign-off")
      assert.strictEqual((await run(file, "approve", id, "sign-off", "--by", "ada")).code, 0)

      const again = await run(file, "submit", "Payment", "{\"n\":5}", "--key", "invoice 5", "--wait")
      assert.strictEqual(JSON.parse(again.out).value, true)
      assert.strictEqual(JSON.parse(again.out).metadata.runId, id)
      const conflict = await run(file, "submit", "Payment", "{\"n\":6}", "--key", "invoice 5")
      assert.strictEqual(conflict.code, 2)

      const events = (await run(file, "events", id, "--follow")).out.trim().split("\n").map((line) => JSON.parse(line))
      assert.strictEqual(events[0]._tag, "RunStarted")
      assert.strictEqual(events.at(-1)._tag, "RunEnded")
      assert.strictEqual((await run(file, "retry", id)).code, 2)
      const cancelled = JSON.parse((await run(file, "submit", "Payment", "{\"n\":7}")).out).id
      assert.strictEqual(JSON.parse((await run(file, "cancel", cancelled)).out).state, "cancelled")
      assert.strictEqual(JSON.parse((await run(file, "retry", cancelled)).out).attempt, 2)
      const runs = JSON.parse((await run(file, "runs", "--state", "completed")).out)
      assert.deepStrictEqual(runs.map((one: { readonly id: string }) => one.id), [id])
      assert.strictEqual((await run(file, "status", "nothing")).code, 2)
      await worker.stop()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("say on standard error what submit --wait waits for, and how to answer", async () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-cli-wait-"))
    try {
      const file = join(folder, "runs.db")
      const waiting = spawn(
        process.execPath,
        [...bin, "submit", "Payment", "{\"n\":5}", "--wait", "--format", "text", "--file", file],
        { env: environment({}), stdio: ["ignore", "pipe", "pipe"] }
      )
      const ended = new Promise<number | null>((resolve) => waiting.once("exit", resolve))
      let [out, error] = ["", ""]
      waiting.stdout.on("data", (data) => out += data)
      const said = (text: string) =>
        new Promise<void>((resolve) => {
          const look = () => error.includes(text) && resolve()
          waiting.stderr.on("data", look)
          look()
        })
      waiting.stderr.on("data", (data) => error += data)
      await said(`waits for a worker that has Payment 1.0.0; start one with \`greenlang worker --file ${file}\``)
      const worker = await startWorker(file)
      await said("waits for an approval of sign-off: pay 5?; answer with `greenlang approve ")
      const [, id = "", step = ""] = /greenlang approve (\S+) (\S+) --file/.exec(error) ?? []
      assert.strictEqual((await run(file, "approve", id, step)).code, 0)
      assert.strictEqual(await ended, 0)
      assert.strictEqual(JSON.parse(out).value, true)
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
      const submit = async (n: number) => JSON.parse((await run(file, "submit", "Payment", `{"n":${n}}`)).out).id
      const first = await submit(1)
      for (const length of [8, 13, 30]) {
        assert.strictEqual(JSON.parse((await run(file, "status", first.slice(0, length))).out).id, first)
      }
      const second = await submit(2)
      const shared = [...first].findIndex((letter, at) => letter !== second[at])
      const several = await run(file, "cancel", first.slice(0, shared))
      assert.strictEqual(several.code, 2)
      for (const id of [first, second]) assert.include(several.error, id)
      assert.strictEqual(JSON.parse((await run(file, "cancel", first.slice(0, shared + 1))).out).state, "cancelled")
      for (const unknown of ["zzzzzzzz", "%%%%", "____"]) {
        const { code, error } = await run(file, "status", unknown)
        assert.strictEqual(code, 2)
        assert.include(error, `there is no run ${unknown}`)
      }
      const listed = JSON.parse((await run(file, "runs")).out)
      for (const one of listed) {
        assert.deepStrictEqual(JSON.parse((await run(file, "status", one.id)).out).waitingFor, one.waitingFor)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("find without --file what submit wrote without --file, and say how a run ended", async () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-cli-default-"))
    try {
      for (const env of [{ GREENLANG_DATABASE: join(folder, "stated.db") }, { XDG_DATA_HOME: join(folder, "data") }]) {
        const one = (...args: ReadonlyArray<string>) => runIn(env, bin, ...args)
        const failing = JSON.parse((await one("submit", "Charge", "{\"n\":5}")).out).id
        const paying = JSON.parse((await one("submit", "Payment", "{\"n\":5}")).out).id
        const worker = await startWorkerIn(env)
        assert.strictEqual((await one("events", failing, "--follow")).code, 0)
        const failed = JSON.parse((await one("status", failing)).out)
        assert.strictEqual(failed.state, "failed")
        assert.strictEqual(failed.failure._tag, "Refused")
        assert.strictEqual(failed.failure.step, "bank/charge")
        assert.match(failed.failure.message, /^the bank refuses/)
        assert.notInclude(failed.failure.message, "sk-proj-abcdefgh")
        const text = (await one("status", failing, "--format", "text")).out
        assert.include(text, "failure   Refused at step bank/charge")
        assert.include(text, "the bank refuses")

        while ((await one("approve", paying, "sign-off")).code !== 0) assert.isTrue(existsSync(folder))
        assert.strictEqual((await one("events", paying, "--follow")).code, 0)
        assert.strictEqual(JSON.parse((await one("status", paying)).out).value, true)
        assert.include((await one("status", paying, "--format", "text")).out, "value     true")
        const [first] = JSON.parse((await one("runs", "--state", "completed")).out)
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
        const { code, error } = await run(file, ...args)
        assert.strictEqual(code, 2)
        assert.include(error, file)
        assert.include(error, "--file FILE")
      }
      assert.isFalse(existsSync(file))
      assert.strictEqual((await run(file, "submit", "Payment", "{\"n\":5}")).code, 0)
      const { code, error } = await run(file, "status", "x")
      assert.strictEqual(code, 2)
      assert.include(error, `This is the file ${file}`)
      assert.strictEqual(
        (await runIn({ GREENLANG_DATABASE: ":memory:" }, bin, "submit", "Payment", "{\"n\":5}")).code,
        2
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("refuse a project that has policies, which they do not ask", async () => {
    const folder = mkdtempSync(join(tmpdir(), "greenlang-cli-policies-"))
    try {
      const file = join(folder, "runs.db")
      for (const args of [["worker"], ["submit", "Payment", "{\"n\":5}"]]) {
        const { code, error } = await runWith(binOf("DurablePolicies.ts"), file, ...args)
        assert.strictEqual(code, 2)
        assert.include(error, "durable runs do not ask them")
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
