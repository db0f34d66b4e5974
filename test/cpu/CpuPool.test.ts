import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schema } from "effect"
import { CallFailed, CpuPool, type CpuPoolOptions } from "greenlang"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Installed from "../support/Installed.ts"

const module = new URL("./modules/legacy.ts", import.meta.url)
const broken = new URL("data:text/javascript,export const unreadable = (")
const untyped = (name: string, at = module) =>
  CpuPool.fn({ module: at, export: name, input: Schema.Unknown, output: Schema.Unknown })
const double = CpuPool.fn({ module, export: "double", input: Schema.Finite, output: Schema.Finite })
const busy = CpuPool.fn({ module, export: "busy", input: Schema.Finite, output: Schema.Finite })
const thread = untyped("thread")

const withPool = (options: CpuPoolOptions = {}) => Effect.provide(CpuPool.layerWorkers({ size: 1, ...options }))

/** Every worker thread that this process has started, and how it ended. */
const threads: Array<{ ended: boolean }> = []
process.on("worker", (worker) => {
  const seen = { ended: false }
  threads.push(seen)
  worker.on("exit", () => seen.ended = true)
})
const live = () => threads.filter(({ ended }) => !ended).length

const eventually = (met: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => met() ? Effect.void : Effect.delay(eventually(met), 10))

describe("CpuPool", () => {
  it.live("encodes what goes over and decodes what comes back", () =>
    Effect.gen(function*() {
      const later = CpuPool.fn({
        module,
        export: "double",
        input: Schema.FiniteFromString.pipe(Schema.flip),
        output: Schema.FiniteFromString.pipe(Schema.flip)
      })
      assert.strictEqual(yield* later("21"), "42")
      assert.strictEqual(yield* double(4), 8)
      const day = CpuPool.fn({ module, export: "later", input: Schema.Date, output: Schema.Date })
      assert.deepStrictEqual(yield* day(new Date("2024-02-28")), new Date("2024-02-29"))
    }).pipe(withPool()))

  it.live("awaits promises, and keeps one instance of a class in each thread", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* untyped("doubleLater")(3), 6)
      assert.strictEqual(yield* untyped("Runner")(3), 4)
      assert.deepStrictEqual(yield* Effect.forEach([1, 2, 3], untyped("Counter")), [1, 2, 3])
    }).pipe(withPool()))

  it.live("finds functions of CommonJS modules", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* untyped("triple", new URL("./modules/legacy.cjs", import.meta.url))(3), 9)
    }).pipe(withPool()))

  it.live("fails with what was thrown, with the stacks of both threads", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(untyped("burn")("peat"))
      assert(error._tag === "CallFailed")
      assert.strictEqual(error.function, "burn")
      assert.strictEqual(error.thrown.name, "NoSuchFuel")
      assert.strictEqual(error.thrown.message, "no fuel is called peat")
      assert.strictEqual(error.thrown.code, "E_FUEL")
      const [over, here] = error.stack!.split("--- worker thread ---")
      assert.include(over, "legacy.ts")
      assert.include(here, "CpuPool.test.ts")
      const text = yield* Effect.flip(untyped("burn")("text"))
      assert.strictEqual(text.message, "burn threw string: just text")
    }).pipe(withPool()))

  it.live("reads typed errors by their schema", () =>
    Effect.gen(function*() {
      const NoSuchFuel = Schema.Struct({ code: Schema.Literal("E_FUEL"), fuel: Schema.String })
      const burn = CpuPool.fn({
        module,
        export: "burn",
        input: Schema.String,
        output: Schema.Finite,
        error: NoSuchFuel
      })
      assert.deepStrictEqual(yield* Effect.flip(burn("peat")), { code: "E_FUEL", fuel: "peat" })
      const other = yield* Effect.flip(burn("text"))
      assert.instanceOf(other, CallFailed)
    }).pipe(withPool()))

  it.live("reports an answer that its schema refuses, and one that cannot be sent", () =>
    Effect.gen(function*() {
      const wrong = CpuPool.fn({ module, export: "double", input: Schema.Finite, output: Schema.String })
      assert.strictEqual((yield* Effect.flip(wrong(1)))._tag, "SchemaError")
      const unsendable = yield* Effect.flip(untyped("answersWithFunction")(0))
      assert(unsendable._tag === "CallFailed")
      assert.strictEqual(unsendable.thrown.name, "DataCloneError")
      const input = yield* Effect.flip(untyped("double")(() => 1))
      assert(input._tag === "CallFailed")
      assert.strictEqual(input.thrown.name, "DataCloneError")
      assert.strictEqual(yield* double(2), 4)
    }).pipe(withPool()))

  for (
    const { expected, name, input, what } of [
      { what: "an exit", name: "exits", input: 7, expected: { reason: "exit", exitCode: 7 } },
      { what: "an uncaught error", name: "throwsLater", input: 0, expected: { reason: "uncaught" } },
      { what: "memory that ran out", name: "hoards", input: 0, expected: { reason: "out-of-memory" } },
      { what: "a function that is not there", name: "absent", input: 0, expected: { reason: "module" } },
      { what: "an export that is not a function", name: "notFunction", input: 0, expected: { reason: "module" } }
    ]
  ) {
    it.live(`reports ${what}, and goes on with another thread`, () =>
      Effect.gen(function*() {
        const first = yield* thread(0)
        const error = yield* Effect.flip(untyped(name)(input))
        assert(error._tag === "WorkerLost")
        assert.containSubset(error, expected)
        assert.strictEqual(error.module, module.href)
        assert.notStrictEqual(yield* thread(0), first)
      }).pipe(withPool({ resourceLimits: { maxOldGenerationSizeMb: 32 } })))
  }

  it.live("names modules that cannot be loaded, and lists what the others export", () =>
    Effect.gen(function*() {
      for (const at of [new URL("./modules/absent.js", import.meta.url), broken]) {
        const error = yield* Effect.flip(untyped("any", at)(0))
        assert(error._tag === "WorkerLost")
        assert.strictEqual(error.reason, "module")
        assert.isDefined(error.detail)
      }
      const error = yield* Effect.flip(untyped("absent")(0))
      assert.include(error.message, "doubleLater")
    }).pipe(withPool()))

  it.live("reports an entry that is missing", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(double(1))
      assert(error._tag === "WorkerLost")
      assert.strictEqual(error.reason, "boot")
      assert.include(error.message, "bundler")
    }).pipe(withPool({ entry: new URL("./absent.js", import.meta.url) })))

  it.live("reports an entry that fails, also of threads that are started ahead", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(double(1))
      assert(error._tag === "WorkerLost")
      assert.strictEqual(error.reason, "boot")
    }).pipe(withPool({ min: 1, entry: broken })))

  it.live("ends the thread of an interrupted call, and has its place free again", () =>
    Effect.gen(function*() {
      const first = yield* thread(0)
      const fiber = yield* Effect.forkChild(busy(60_000))
      const queued = yield* Effect.forkChild(busy(60_000))
      yield* Effect.sleep(50)
      yield* Fiber.interrupt(queued)
      yield* Fiber.interrupt(fiber)
      assert.notStrictEqual(yield* thread(0), first)
      assert.strictEqual(live(), 1)
    }).pipe(withPool()))

  it.live("waits a second, and not for the end of native code", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.promise(() => mkdtemp(join(tmpdir(), "greenlang-"))),
        (folder) => Effect.promise(() => rm(folder, { recursive: true }))
      )
      const begun = join(folder, "begun")
      const end = join(folder, "end")
      const before = live()
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(untyped("waitNatively")({ begun, end }))
        yield* eventually(() => existsSync(begun))
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(live(), before + 1)
        yield* Effect.promise(() => writeFile(end, ""))
      }).pipe(withPool())
      yield* eventually(() => live() === before)
    }).pipe(Effect.scoped))

  it.live("has no more threads than its size, and answers every call", () =>
    Effect.gen(function*() {
      const before = threads.length
      const used = yield* Effect.forEach([1, 2, 3, 4, 5, 6], () => busy(20), { concurrency: "unbounded" })
      assert.strictEqual(new Set(used).size, 2)
      assert.strictEqual(threads.length - before, 2)
    }).pipe(withPool({ size: 2 })))

  it.live("ends threads that are idle for long, but for the fewest", () =>
    Effect.gen(function*() {
      const used = yield* Effect.forEach([1, 2, 3], () => busy(30), { concurrency: "unbounded" })
      assert.strictEqual(new Set(used).size, 3)
      yield* eventually(() => live() === 1)
      yield* Effect.sleep(100)
      assert.strictEqual(live(), 1)
      assert.strictEqual(yield* double(1), 2)
    }).pipe(withPool({ size: 3, min: 1, idleTimeToLive: 50 })))

  it.live("replaces a thread after so many calls", () =>
    Effect.gen(function*() {
      const used = yield* Effect.forEach([1, 2, 3, 4], thread)
      assert.strictEqual(new Set(used).size, 2)
      assert.strictEqual(used[0], used[1])
    }).pipe(withPool({ callsPerThread: 2 })))

  it.live("ends its threads and its calls when it is closed [B129]", () =>
    Effect.gen(function*() {
      const fibers = yield* Effect.gen(function*() {
        const fibers = [yield* Effect.forkDetach(busy(60_000)), yield* Effect.forkDetach(busy(60_000))]
        yield* Effect.sleep(100)
        return fibers
      }).pipe(withPool())
      for (const fiber of fibers) {
        const exit = yield* Fiber.await(fiber)
        assert(Exit.isFailure(exit))
        assert.include(String(exit.cause), "its pool was closed")
      }
      assert.strictEqual(live(), 0)
    }))

  it.live("does the same in this thread", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* double(4), 8)
      assert.strictEqual((yield* Effect.flip(untyped("burn")("peat")))._tag, "CallFailed")
      assert.strictEqual((yield* Effect.flip(untyped("absent")(1)))._tag, "WorkerLost")
      assert.strictEqual((yield* Effect.flip(untyped("double")(() => 1)))._tag, "CallFailed")
    }).pipe(Effect.provide(CpuPool.layerInline)))

  it("works when it is built, and lets the process end while its threads are idle", async () => {
    await using folder = await Installed.make(["effect"])
    const program = `
      import * as Effect from "effect/Effect"
      import * as Schema from "effect/Schema"
      import { CpuPool } from "greenlang/cpu"
      const module = new URL("data:text/javascript,export const double = (n) => n * 2")
      const double = CpuPool.fn({ module, export: "double", input: Schema.Finite, output: Schema.Finite })
      const forever = double(21).pipe(
        Effect.tap((n) => Effect.sync(() => console.log(n))),
        Effect.andThen(Effect.callback(() => {})),
        Effect.provide(CpuPool.layerWorkers({ min: 2 }))
      )
      Effect.runFork(forever)`
    await writeFile(join(folder.path, "program.js"), program)
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder.path, "program.js")])
    assert.strictEqual(stdout, "42\n")
  })
})
