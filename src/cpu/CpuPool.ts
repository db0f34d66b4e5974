/**
 * Worker threads for functions that compute for long, or block: the event loop stays free meanwhile.
 *
 * A function is named by its module and its export, since no closure can cross to another thread.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { availableParallelism } from "node:os"
import { extname } from "node:path"
import type { ResourceLimits } from "node:worker_threads"
import { describe, type Job, perform, type Reply, type Thrown } from "./internal/ModuleFunction.ts"
import { type Loss, WorkerThreads } from "./internal/WorkerThreads.ts"

/**
 * A function threw. `thrown` is what is left of its error: after another thread, its class is gone. The `stack` of this
 * error shows the frames of both threads.
 *
 * @category errors
 */
export class CallFailed extends Schema.TaggedError<CallFailed>()("CallFailed", {
  /** The name of the function, or of the agent that was made of it. */
  function: Schema.String,
  thrown: Schema.Struct({
    name: Schema.String,
    message: Schema.String,
    code: Schema.optionalKey(Schema.Union([Schema.String, Schema.Finite])),
    stack: Schema.optionalKey(Schema.String)
  })
}) {
  override get message() {
    const { message, name } = this.thrown
    return `${this.function} threw ${name}: ${message}`
  }
}

/**
 * The thread ended before the function answered, or could not begin. The next call gets another one. Whether to call again
 * is the caller's decision, since the function may have done half of its work.
 *
 * - `exit`: somebody called `process.exit` in it, with `code`, or ended it from outside
 * - `uncaught`: an error that nobody caught, which is the `cause`
 * - `out-of-memory`: it grew beyond the `resourceLimits`
 * - `boot`: the thread could not start
 * - `module`: the module could not be loaded, or has no such function
 * - `closed`: the pool was closed
 *
 * @category errors
 */
export class WorkerLost extends Schema.TaggedError<WorkerLost>()("WorkerLost", {
  /** The name of the function that was called. */
  function: Schema.String,
  /** The address of its module. */
  module: Schema.String,
  reason: Schema.Literals(["exit", "uncaught", "out-of-memory", "boot", "module", "closed"]),
  code: Schema.optionalKey(Schema.Int),
  /** What is known besides. */
  detail: Schema.optionalKey(Schema.String),
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message() {
    const why = this.detail ?? (this.cause instanceof Error ? this.cause.message : undefined)
    return `${this.function} was not answered: ${ends[this.reason]}${this.code === undefined ? "" : ` (${this.code})`}`
      + `${why === undefined ? "" : `: ${why}`} (${this.module})`
  }
}

const ends = {
  exit: "its thread exited",
  uncaught: "its thread ended with an error that nobody caught",
  "out-of-memory": "its thread ran out of memory",
  boot: "its thread could not start",
  module: "its module cannot be used",
  closed: "its pool was closed"
}

/**
 * A function in a module. Its schemas are for this side: in the other thread it is given the encoded input, and answers
 * with the encoded output. Both must be what `structuredClone` can copy, such as plain data, dates and bytes.
 *
 * @category models
 */
export interface CpuFunction<I extends AnySchema, O extends AnySchema, F extends AnySchema> {
  /** Such as `new URL("./legacy.js", import.meta.url)`: an ES or CommonJS module, or a TypeScript one outside packages. */
  readonly module: URL
  /**
   * The name of a function, of one that answers with a promise, or of a class with a method `execute` or `run`. A class
   * is instantiated without arguments once in each thread, so what an instance remembers, it remembers for its thread.
   */
  readonly export: string
  readonly input: I
  readonly output: O
  /**
   * Reads those errors of the function that its callers handle. It is given the own properties of an error with its
   * `name` and `message`, or what was thrown instead of one. What it does not read becomes `CallFailed`.
   */
  readonly error?: F
}

/** A schema that needs no service to read or write. @category models */
export type AnySchema = Schema.ConstraintCodec<unknown, unknown>

/**
 * @category models
 */
export interface CpuPoolOptions {
  /** How many threads there may be. As many as there are processors, unless said otherwise. */
  readonly size?: number
  /** How many there are even when nothing is to be done: none, unless said otherwise. */
  readonly min?: number
  /** How long a thread may be idle before it is ended: 30 seconds, unless said otherwise. */
  readonly idleTimeToLive?: Duration.Input
  /** After so many calls a thread is replaced, for code that leaks. */
  readonly callsPerThread?: number
  /** Limits of one thread's memory, in megabytes. */
  readonly resourceLimits?: ResourceLimits
  /** The address of the module `cpu/worker` of this package, where a bundler has moved it. */
  readonly entry?: URL
}

/**
 * Runs functions of modules, and gives what they answer or throw.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { CpuPool } from "greenlang"
 *
 * const square = CpuPool.fn({
 *   module: new URL("data:text/javascript,export const square = (n) => n * n"),
 *   export: "square",
 *   input: Schema.Finite,
 *   output: Schema.Finite
 * })
 *
 * await Effect.runPromise(Effect.provide(square(12), CpuPool.layerWorkers({ size: 2 }))) // => 144
 * ```
 *
 * @category services
 */
export class CpuPool extends Context.Service<CpuPool, {
  /** Interruption ends the thread that works on the job. Types and errors are for `fn` to add. */
  readonly run: (job: Job) => Effect.Effect<Exclude<Reply, { readonly _tag: "Unloadable" }>, WorkerLost>
}>()("greenlang/cpu/CpuPool") {
  /**
   * Calls `target` on a thread of the pool. Fails with what its `error` schema reads, with `CallFailed`, with
   * `WorkerLost`, and with `SchemaError` when it answers what `output` does not read.
   *
   * Interruption ends the thread at once, whatever it computes; only native code, such as `execFileSync`, holds it until
   * it returns, for which nobody waits longer than a second.
   */
  static readonly fn = <I extends AnySchema, O extends AnySchema, F extends AnySchema = Schema.Never>(
    target: CpuFunction<I, O, F>
  ): (input: I["Type"]) => Effect.Effect<
    O["Type"],
    F["Type"] | CallFailed | WorkerLost | Schema.SchemaError,
    CpuPool
  > => {
    const encode = Schema.encodeEffect(target.input)
    const decode = Schema.decodeUnknownEffect(target.output)
    const fail = toFailure(target.export, target.error)
    const module = target.module.href
    return function call(input) {
      const caller: { stack?: string } = {}
      Error.captureStackTrace(caller, call)
      return encode(input).pipe(
        Effect.flatMap((input) =>
          Effect.flatMap(CpuPool, (pool) => pool.run({ module, export: target.export, input }))
        ),
        Effect.flatMap((reply) =>
          reply._tag === "Answered" ? decode(reply.value) : Effect.fail(fail(reply.thrown, caller.stack))
        )
      )
    }
  }

  /** Threads are started when they are needed, and ended with the layer. An idle one keeps no process alive. */
  static readonly layerWorkers = (options: CpuPoolOptions = {}): Layer.Layer<CpuPool> =>
    Layer.effect(
      CpuPool,
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => new WorkerThreads(settle(options))),
          (threads) => Effect.promise(() => threads.close())
        ),
        (threads) => ({
          run: (job: Job) =>
            Effect.callback<Reply | Loss>((resume) => {
              const task = { job, settle: (ending: Reply | Loss) => resume(Effect.succeed(ending)) }
              threads.submit(task)
              return Effect.promise(() => threads.cancel(task))
            }).pipe(
              Effect.flatMap((ending) => delivered(job, ending)),
              traced(job)
            )
        })
      )
    )

  /** Calls functions in this thread, for tests and for places without threads. Nothing interrupts a call. */
  static readonly layerInline: Layer.Layer<CpuPool> = Layer.succeed(CpuPool, {
    run: (job) =>
      Effect.promise(async () => {
        try {
          return await perform({ ...job, input: structuredClone(job.input) })
        } catch (error) {
          return { _tag: "Threw", thrown: describe(error) } as const
        }
      }).pipe(
        Effect.flatMap((reply) => delivered(job, reply)),
        traced(job)
      )
  })
}

/**
 * Makes the typed failure of what a function threw: what `error` reads of it, or else `CallFailed`.
 *
 * @internal
 */
export const toFailure = <F extends AnySchema = Schema.Never>(name: string, error: F | undefined) => {
  const read = error && Schema.decodeUnknownResult(error)
  return (thrown: Thrown, callerStack?: string): F["Type"] | CallFailed => {
    const { data, ...told } = thrown
    const typed = read?.(thrown.stack === undefined ? data : { ...told, ...Object(data) })
    if (typed?._tag === "Success") return typed.success
    const failed = new CallFailed({ function: name, thrown: told })
    const frames = [thrown.stack, callerStack].map(framesOf).filter((frames) => frames !== "")
    failed.stack = `CallFailed: ${failed.message}\n${frames.join("\n    --- worker thread ---\n")}`
    return failed
  }
}

const framesOf = (stack: string | undefined) =>
  stack?.split("\n").filter((line) => /^ +at /.test(line)).join("\n") ?? ""

const traced = (job: Job) =>
  Effect.withSpan("CpuPool.run", { attributes: { "cpu.function": job.export } }, { captureStackTrace: false })

const delivered = (job: Job, ending: Reply | Loss) => {
  const at = { function: job.export, module: job.module }
  switch (ending._tag) {
    case "Lost": {
      const { _tag, ...told } = ending
      return Effect.fail(new WorkerLost({ ...at, ...told }))
    }
    case "Unloadable":
      return Effect.fail(new WorkerLost({ ...at, reason: "module", detail: ending.detail }))
    default:
      return Effect.succeed(ending)
  }
}

const settle = (options: CpuPoolOptions) => ({
  entry: options.entry ?? new URL(`./worker${extname(import.meta.url)}`, import.meta.url),
  size: options.size ?? availableParallelism(),
  min: options.min ?? 0,
  idleMillis: Duration.toMillis(options.idleTimeToLive ?? "30 seconds"),
  callsPerThread: options.callsPerThread ?? Infinity,
  resourceLimits: options.resourceLimits
})
